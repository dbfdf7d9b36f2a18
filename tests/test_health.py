"""`/healthz`: without login, within two seconds, and without secrets."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from smsops.messaging.models import Outbox

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_answers_a_stranger(client):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json()["status"] in ("ok", "late")
    assert "no-store" in response["Cache-Control"]


def test_it_tells_how_long_the_oldest_due_message_waits(client, make_account, queue_messages):
    now = timezone.now()
    Outbox.objects.update_or_create(id=1, defaults={"heartbeat_at": now})
    account = make_account()
    queue_messages(account, 1, send_after=now - timedelta(seconds=90))
    queue_messages(account, ["+628999000000"], send_after=now + timedelta(days=1))
    body = client.get("/healthz").json()
    assert 89 <= body["oldest_due_seconds"] <= 100
    assert body["outbox_heartbeat_seconds"] <= 10
    assert body["status"] == "ok"


def test_it_calls_a_silent_beat_late_and_still_answers_200(client):
    Outbox.objects.update_or_create(id=1, defaults={"heartbeat_at": timezone.now() - timedelta(hours=1)})
    response = client.get("/healthz")
    assert (response.status_code, response.json()["status"]) == (200, "late")


def test_it_is_not_redirected_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/admin/login/").status_code == 301


def test_it_takes_questions_only(client):
    assert client.post("/healthz").status_code == 405


ASK = """
import json, time, django
django.setup()
from django.test import Client
from django.urls import reverse
reverse("admin:index")
started = time.monotonic()
response = Client(SERVER_NAME="localhost").get("/healthz")
print(json.dumps([response.status_code, response.json(), time.monotonic() - started]))
"""


def test_it_says_503_without_a_database(settings):
    nowhere = {"DATABASE_URL": "postgres://u:a-secret@127.0.0.1:9/nowhere", "SMSOPS_VAR": str(settings.SMSOPS_VAR)}
    environment = os.environ | nowhere | {"DJANGO_SETTINGS_MODULE": "smsops.settings"}
    done = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True)
    status, body, seconds = json.loads(done.stdout)
    assert (status, body) == (503, {"status": "unavailable", "database": "does not answer"})
    assert seconds < 2
    assert "a-secret" not in done.stderr
