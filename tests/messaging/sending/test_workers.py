"""Real Celery workers over each engine: woken by a task, and asked to end by SIGTERM as a deployment does."""

import signal
from collections import Counter

import pytest

from smsops.messaging.models import Message
from smsops.messaging.tasks import dispatch_account
from smsops.publishing import publish
from tests.processes import await_true

pytestmark = pytest.mark.django_db(transaction=True)

BROKERS = [
    "filesystem://",
    pytest.param("redis://127.0.0.1:6379/14", marks=pytest.mark.broker),
    pytest.param("amqp://guest:guest@127.0.0.1:5672//", marks=pytest.mark.broker),
]


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
