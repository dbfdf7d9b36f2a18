"""Workers killed, stopped and asked to end while messages go out: nothing twice, nothing lost, nothing pretended."""

import random
import signal
from collections import Counter
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now

from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message, MessageEvent
from smsops.messaging.sending.recovery import recover_claims
from tests.processes import await_true, end, kill, start_worker

pytestmark = pytest.mark.django_db(transaction=True)

CONNECTIONS = 4
BOUND = 4 * CONNECTIONS


def count(account, **which):
    return Message.objects.filter(account=account, **which).count()


def let_leases_run_out(account):
    Message.objects.filter(account=account, status="sending").update(claimed_at=Now() - timedelta(minutes=10))


def received(sandbox, account):
    """How often each number arrived at the counterpart."""
    return Counter(submission.number for submission in sandbox.submissions)


def stop_between_writes(worker):
    """SIGSTOP a worker; on SQLite not while it holds the one write lock, since then nobody could go on."""
    for _ in range(50):
        worker.send_signal(signal.SIGSTOP)
        if connection.vendor == "postgresql" or can_write():
            return
        worker.send_signal(signal.SIGCONT)
        await_true(lambda: False, seconds=0.01)
    raise AssertionError("the worker never stood still outside a write")


def can_write():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 200")
        try:
            Message.objects.filter(pk=0).update(attempts=0)
        except OperationalError:
            return False
        finally:
            cursor.execute("PRAGMA busy_timeout = 30000")
    return True


@pytest.mark.parametrize("provider", ["smsmasking", "nusasms", "rajasms"])
def test_a_worker_killed_again_and_again_sends_nothing_twice_and_loses_nothing(
    provider, sandbox_account, queue_messages, sandbox
):
    account = sandbox_account(provider, max_connections=CONNECTIONS, messages_per_second=600)
    total = 2000
    queue_messages(account, total)
    kills = 0
    rng = random.Random(20260101)
    bound = CONNECTIONS * 1000 if provider == "rajasms" else BOUND
    while count(account, status="queued") and kills < 6:
        goal = count(account, status="sent") + rng.randint(50, 300)
        worker = start_worker(account)
        await_true(lambda goal=goal: count(account, status="sent") >= goal or not count(account, status="queued"))
        kill(worker)
        kills += 1
        assert count(account, status="sending", attempted_at__isnull=False) <= bound
        let_leases_run_out(account)
        recover_claims()
        Message.objects.filter(status="queued").update(send_after=Now())
    while count(account, status="queued"):
        Message.objects.filter(status="queued").update(send_after=Now())
        dispatch_account(account_id=account.pk, seconds=60)
    assert kills >= 3
    arrived = received(sandbox, account)
    assert set(arrived.values()) == {1}
    sent = set(Message.objects.filter(status="sent").values_list("recipient", flat=True))
    uncertain = set(Message.objects.filter(status="uncertain").values_list("recipient", flat=True))
    assert len(sent) + len(uncertain) == total
    assert {number.lstrip("+") for number in sent} <= set(arrived)
    if provider == "smsmasking":
        assert not uncertain
    else:
        assert len(uncertain) <= kills * bound


def test_sigterm_leaves_nothing_uncertain(sandbox_account, queue_messages, sandbox):
    account = sandbox_account("nusasms", max_connections=CONNECTIONS, messages_per_second=200)
    queue_messages(account, 1000)
    worker = start_worker(account)
    assert await_true(lambda: count(account, status="sent") >= 100)
    worker.send_signal(signal.SIGTERM)
    assert end(worker) == ""
    left = Counter(Message.objects.values_list("status", flat=True))
    assert set(left) == {"sent", "queued"}
    assert left["sent"] == len(sandbox.submissions) < 1000
    assert not Message.objects.filter(status="queued").exclude(claim_id=None).exists()


def test_a_worker_stopped_past_its_lease_sends_nothing_that_was_given_to_another(
    sandbox_account, queue_messages, sandbox
):
    account = sandbox_account("nusasms", max_connections=CONNECTIONS, messages_per_second=150)
    queue_messages(account, 600)
    stopped = start_worker(account)
    assert await_true(lambda: count(account, status="sent") >= 50)
    stop_between_writes(stopped)
    let_leases_run_out(account)
    recover_claims()
    doubtful = count(account, status="uncertain")
    assert doubtful <= BOUND
    account.messages_per_second = None
    account.save()
    while count(account, status="queued"):
        dispatch_account(account_id=account.pk, seconds=60)
    stopped.send_signal(signal.SIGCONT)
    stopped.send_signal(signal.SIGTERM)
    assert end(stopped) == ""
    arrived = received(sandbox, account)
    assert set(arrived.values()) == {1}
    # What was on the wire when the process stopped is told by the process itself, once it goes on.
    assert count(account, status="sent") + count(account, status="uncertain") == 600
    assert count(account, status="sending") == count(account, status="queued") == 0


def test_two_workers_send_each_message_once_and_hold_the_accounts_rate(sandbox_account, queue_messages, sandbox):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time; several workers need PostgreSQL")
    account = sandbox_account("nusasms", max_connections=CONNECTIONS, messages_per_second=100)
    queue_messages(account, 500)
    workers = [start_worker(account) for _ in range(2)]
    assert await_true(lambda: count(account, status="sent") == 500, seconds=120)
    for worker in workers:
        assert end(worker) == ""
    assert set(received(sandbox, account).values()) == {1}
    times = sorted(submission.at for submission in sandbox.submissions)
    assert (times[-1] - times[0]).total_seconds() >= 500 / 100 - 1.0
    assert MessageEvent.objects.filter(status="sent").count() == 500
