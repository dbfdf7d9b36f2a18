"""Real Celery workers over each engine: woken by a task, and asked to end by SIGTERM as a deployment does."""

import os
import signal
import subprocess
import sys
from collections import Counter

import pytest

from smsops.messaging.models import Message
from smsops.messaging.tasks import dispatch_account
from smsops.publishing import hang_up, publish
from tests.processes import ROOT, await_true, database_url

pytestmark = pytest.mark.django_db(transaction=True)

BROKERS = [
    "filesystem://",
    pytest.param("redis://127.0.0.1:6379/14", marks=pytest.mark.broker),
    pytest.param("amqp://guest:guest@127.0.0.1:5672//", marks=pytest.mark.broker),
]


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
        log = (tmp_path / "worker.log").open("wb")
        worker = subprocess.Popen([*command, "-Q", "send,quick,long"], cwd=ROOT, env=env, stdout=log, stderr=log)
        started.append((worker, log))
        return worker

    yield start
    hang_up()
    for worker, log in started:
        worker.kill()
        worker.wait()
        log.close()


def sent():
    return Message.objects.filter(status="sent").count()


def wake(account):
    """Publish as beat would, again and again: a publisher that has just met a dead broker leaves it alone a while."""
    publish(dispatch_account, account.pk)
    return await_true(sent, seconds=3)


@pytest.mark.parametrize("broker_url", BROKERS)
def test_a_task_wakes_a_worker_and_sigterm_leaves_nothing_uncertain(
    broker_url, start_celery, sandbox_account, queue_messages, sandbox
):
    account = sandbox_account("nusasms", max_connections=4, messages_per_second=200)
    queue_messages(account, 1500)
    worker = start_celery(broker_url)
    assert any(wake(account) for _ in range(20))
    assert await_true(lambda: sent() >= 100, seconds=180)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=120) == 0
    left = Counter(Message.objects.values_list("status", flat=True))
    assert set(left) == {"sent", "queued"}
    assert left["sent"] == len(sandbox.submissions) < 1500
    assert not Message.objects.filter(status="queued").exclude(claim_id=None).exists()
