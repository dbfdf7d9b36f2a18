"""Fetching the inbox: each message is handed out once, so nothing may be lost between the reply and its reading."""

import time

import pytest
from django.core.management import call_command

from providers.errors import AccountRefused, Uncertain
from providers.models import CallbackReceipt
from smsops.inbox.models import InboundMessage
from smsops.inbox.polling import accounts_with_inbox, poll_inbox
from smsops.receipts import apply_receipt, apply_waiting
from smsops.tasks import poll_account_inbox
from tests.processes import await_true, kill, start_python

pytestmark = pytest.mark.django_db(transaction=True)

POLL_AND_STOP_BEFORE_READING = """
import os, time
from providers.models import Account
from smsops.inbox.polling import poll_inbox
poll_inbox(account=Account.objects.get(pk={id}), apply=lambda receipt: time.sleep(60))
"""


def texts():
    return list(InboundMessage.objects.order_by("id").values_list("text", flat=True))


def test_it_asks_until_there_is_no_more(sandbox_account, sandbox):
    account = sandbox_account("tcast")
    for number in range(120):
        sandbox.receive("tcast", "6281299990000", f"pesan {number} 👍")
    assert poll_inbox(account=account, apply=apply_receipt) == 120
    assert texts() == [f"pesan {number} 👍" for number in range(120)]
    assert sandbox.counters("tcast").calls == 4
    # The reply that only said "no more" is not kept.
    assert list(CallbackReceipt.objects.values_list("state", "source")) == [("applied", "poll")] * 3


def test_the_raw_reply_is_stored_before_it_is_read(sandbox_account, sandbox):
    account = sandbox_account("tcast")
    sandbox.receive("tcast", "6281299990000", "Halo")
    seen = []
    poll_inbox(account=account, apply=lambda receipt: seen.append((receipt.state, bytes(receipt.body))) or "")
    ((state, body),) = seen
    assert state == "waiting"
    assert b"6281299990000" in body
    assert texts() == []
    assert apply_waiting() == 1
    assert texts() == ["Halo"]


def test_a_process_killed_between_storing_and_reading_loses_nothing(sandbox_account, sandbox):
    account = sandbox_account("tcast")
    sandbox.receive("tcast", "6281299990000", "Halo")
    process = start_python(POLL_AND_STOP_BEFORE_READING.format(id=account.pk))
    assert await_true(lambda: sandbox.counters("tcast").calls == 2 and CallbackReceipt.objects.count() == 1)
    kill(process)
    assert texts() == []
    # The reply that only said "no more" may have been stored as well when the process died.
    assert apply_waiting() >= 1
    assert texts() == ["Halo"]


@pytest.mark.parametrize("fault", ["html", "truncated"])
def test_a_reply_that_cannot_be_read_is_kept_with_its_error(fault, sandbox, sandbox_account):
    account = sandbox_account("tcast")
    sandbox.receive("tcast", "6281299990000", "Halo")
    sandbox.set_fault("tcast", fault, everywhere=True)
    with pytest.raises(Uncertain):
        poll_inbox(account=account, apply=apply_receipt)
    receipt = CallbackReceipt.objects.get()
    assert receipt.state == "unreadable"
    assert receipt.error
    assert bytes(receipt.body)


def test_what_came_before_a_failure_is_applied(sandbox_account, sandbox):
    account = sandbox_account("tcast", timeout_seconds=2)
    for number in range(60):
        sandbox.receive("tcast", "6281299990000", f"pesan {number}")
    sandbox.set_fault("tcast", "slow", count=1, everywhere=True)
    sandbox.desks["tcast"].slow = 5
    with pytest.raises(Uncertain):
        poll_inbox(account=account, apply=apply_receipt)
    assert poll_inbox(account=account, apply=apply_receipt) == 10


def test_refused_credentials_suspend_the_account(sandbox_account, sandbox):
    account = sandbox_account("tcast", credentials={"account": "demo", "password": "wrong"})
    with pytest.raises(AccountRefused):
        poll_inbox(account=account, apply=apply_receipt)
    account.refresh_from_db()
    assert account.suspended_reason


def test_the_timetable_asks_only_accounts_that_say_they_have_one(make_account):
    plain, hosted = make_account("tcast"), make_account("tcast", options={"has_inbox": True})
    make_account("tcast", options={"has_inbox": True}, suspended_reason="no credit")
    make_account("nusasms", options={"has_inbox": True})
    assert list(accounts_with_inbox(on_timetable=True)) == [hosted]
    assert set(accounts_with_inbox(on_timetable=False)) == {plain, hosted}


def test_by_hand_a_named_account_is_always_asked(sandbox_account, sandbox, capsys):
    account = sandbox_account("tcast")
    sandbox.receive("tcast", "6281299990000", "Halo")
    call_command("poll", "inbox")
    assert texts() == []
    call_command("poll", "inbox", "--account", account.name)
    assert texts() == ["Halo"]
    assert capsys.readouterr().out == f"{account.name}: 1\n"


def test_a_task_survives_a_provider_that_is_away(make_account, caplog):
    poll_account_inbox(make_account("tcast").pk)
    assert "asking the inbox" in caplog.text


def test_asking_again_stores_nothing_twice(sandbox_account, sandbox):
    account = sandbox_account("tcast")
    sandbox.receive("tcast", "6281299990000", "Halo")
    poll_inbox(account=account, apply=apply_receipt)
    CallbackReceipt.objects.update(state="waiting")
    started = time.monotonic()
    assert apply_waiting() == 1
    assert time.monotonic() - started < 30
    assert texts() == ["Halo"]
