"""Fixtures shared by all tests: accounts at a running sandbox, people of each role, the production web server."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils.translation import deactivate

from providers.models import Account
from providers.sandbox import Sandbox
from smsops.console.roles import apply_roles
from smsops.messaging.models import Message
from smsops.publishing import hang_up
from tests.processes import ROOT, database_url

DEMO_CREDENTIALS = {
    "smsmasking": {"username": "demo", "password": "demo-secret"},
    "rajasms": {"apikey": "demo-apikey-0001"},
    "tcast": {"account": "demo", "password": "demo-secret"},
    "unified": {"username": "demo", "password": "demo-secret"},
    "nusasms": {"username": "demo", "password": "demo-secret"},
}


@pytest.fixture
def make_account(db):
    """Make an account of a provider; `base_url` points nowhere unless told."""

    def make(provider="smsmasking", **fields):
        defaults = {
            "name": f"{provider} {Account.objects.count() + 1}",
            "provider": provider,
            "base_url": "http://127.0.0.1:9",
            "credentials": DEMO_CREDENTIALS[provider],
            "timeout_seconds": 20,
            "sender_id": "SMSOPS",
        }
        return Account.objects.create(**defaults | fields)

    return make


@pytest.fixture(autouse=True)
def no_language_of_others():
    """A page that was asked for in another language leaves that language to whatever the thread does next."""
    deactivate()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """A test that really commits empties the database at its end; what migrations put there (the roles, the outbox)
    must come back for the next one."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        commits = {"live_server", "transactional_db"} & set(getattr(item, "fixturenames", ()))
        if commits or (marker and marker.kwargs.get("transaction")):
            item.fixturenames.append("django_db_serialized_rollback")


@pytest.fixture
def sandbox():
    """The five providers on loopback; reports go out at once."""
    with Sandbox(delay=0.02) as running:
        yield running


@pytest.fixture
def sandbox_account(make_account, sandbox):
    """Make an account that points at the sandbox."""

    def make(provider="smsmasking", **fields):
        return make_account(provider, base_url=sandbox.base_url, **fields)

    return make


@pytest.fixture
def queue_messages(db):
    """Queue messages, past the gate: `queue_messages(account, 3)` or with recipients and fields of their own."""

    def queue(account, recipients=1, **fields):
        if isinstance(recipients, int):
            recipients = [f"+62812{number:08d}" for number in range(recipients)]
        defaults = {"text": "Halo", "sender_id": account.sender_id}
        if account.provider == "nusasms":
            defaults["channel"] = "whatsapp"
        rows = [Message(account=account, recipient=recipient, **defaults | fields) for recipient in recipients]
        return Message.objects.bulk_create(rows)

    return queue


@pytest.fixture
def client_of(db):
    """A logged-in test client of a new person with a role: `client_of("Operator")`."""

    def make(role):
        apply_roles(apps)
        person = User.objects.create_user(f"{role.lower()}-{User.objects.count()}", is_staff=True)
        person.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def start_celery(settings, tmp_path):
    """Start a worker over an engine on the test's database; killed at the end where it still lives."""
    started = []

    def start(broker_url):
        settings.CELERY_BROKER_URL, settings.SMSOPS_VAR = broker_url, tmp_path
        env = os.environ | {
            "DATABASE_URL": database_url(),
            "CELERY_BROKER_URL": broker_url,
            "SMSOPS_VAR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "smsops.settings",
        }
        command = [sys.executable, "-m", "celery", "-A", "smsops", "worker", "-P", "threads", "-c", "4"]
        log = (tmp_path / "worker.log").open("ab")
        worker = subprocess.Popen([*command, "-Q", "send,quick,long"], cwd=ROOT, env=env, stdout=log, stderr=log)
        started.append((worker, log))
        return worker

    yield start
    hang_up()
    for worker, log in started:
        worker.kill()
        worker.wait()
        log.close()


@pytest.fixture
def gunicorn(transactional_db):
    """The web server of production on a free port, on the test's own database; gives its port."""
    env = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "smsops.settings"}
    env |= {"DEBUG": "0", "HTTPS_ONLY": "0"}
    command = [sys.executable, "-m", "gunicorn", "smsops.wsgi", "-c", "smsops/gunicorn.py", "-b", "127.0.0.1:0"]
    process = subprocess.Popen([*command, "-w", "1"], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
    listening = next(filter(None, (re.search(r"127\.0\.0\.1:(\d+)", line) for line in process.stderr)))
    yield int(listening[1])
    process.terminate()
    process.communicate(timeout=30)
