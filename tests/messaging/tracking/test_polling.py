"""Asking for reports and balances: with a back-off by timetable, at once by hand."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from providers.errors import AccountRefused, Uncertain
from providers.models import Account, CallLog
from providers.sandbox import Outcome, magic_number
from smsops.messaging import tasks
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message, MessageEvent
from smsops.messaging.tracking.polling import poll_balance, poll_reports, pollable_accounts

pytestmark = pytest.mark.django_db(transaction=True)

POLLED = ["smsmasking", "tcast", "nusasms"]
NOT_POLLED = ["rajasms", "unified"]


@pytest.fixture
def make_sent(sandbox_account, queue_messages, sandbox):
    """Messages that the sandbox has taken and, without a callback, delivered."""

    def make(provider, count=1, account=None):
        account = account or sandbox_account(provider)
        numbers = [magic_number(Outcome.DELIVERED, serial) for serial in range(count)]
        messages = queue_messages(account, numbers)
        dispatch_account(account_id=account.pk)
        assert sandbox.wait_idle()
        return account, messages

    return make


def statuses(account):
    return list(Message.objects.filter(account=account).order_by("id").values_list("status", flat=True))


def poll(*arguments, capsys):
    call_command("poll", *arguments, "--json")
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("provider", POLLED)
def test_a_report_that_no_callback_brought_is_asked_for(provider, make_sent):
    account, (message,) = make_sent(provider)
    assert poll_reports(account=account, ask_all=True) == 1
    assert statuses(account) == ["delivered"]
    assert MessageEvent.objects.get(message=message, source="poll").told == "delivered"


@pytest.mark.parametrize("provider", [*POLLED, *NOT_POLLED])
def test_only_who_can_be_asked_stands_in_the_queue_of_questions(provider, sandbox_account, queue_messages):
    account = sandbox_account(provider)
    queue_messages(account, [magic_number(Outcome.NO_REPORT)])
    dispatch_account(account_id=account.pk)
    message = Message.objects.get()
    assert message.status == "sent"
    assert (message.next_poll_at is not None) is (provider in POLLED)


@pytest.mark.parametrize("provider", POLLED)
def test_by_timetable_it_waits_and_then_asks_ever_more_rarely(provider, make_sent, sandbox):
    account, (message,) = make_sent(provider)
    before = sandbox.counters(provider).calls
    assert poll_reports(account=account) == 0
    assert sandbox.counters(provider).calls == before
    Message.objects.update(status="sent", next_poll_at=Now(), sent_at=Now() - timedelta(hours=4))
    sandbox.reset()
    poll_reports(account=account)
    message.refresh_from_db()
    wait = message.next_poll_at - message.sent_at
    assert timedelta(hours=5, minutes=59) < wait < timedelta(hours=6, minutes=1)


def test_what_is_older_than_three_days_or_asked_for_no_report_is_left_alone(make_sent):
    account, _ = make_sent("tcast", 2)
    first, second = Message.objects.order_by("id")
    Message.objects.filter(pk=first.pk).update(sent_at=Now() - timedelta(days=4))
    Message.objects.filter(pk=second.pk).update(report_asked=False)
    assert poll_reports(account=account, ask_all=True) == 0


def test_what_is_older_than_three_days_is_not_looked_at_again_each_minute(make_sent):
    account, (old, young) = make_sent("tcast", 2)
    later = Now() + timedelta(hours=1)
    Message.objects.filter(pk=old.pk).update(sent_at=Now() - timedelta(days=4), next_poll_at=Now())
    Message.objects.filter(pk=young.pk).update(sent_at=Now() - timedelta(days=2), next_poll_at=later)
    poll_reports(account=account)
    asked_again = dict(Message.objects.values_list("pk", "next_poll_at"))
    assert asked_again[old.pk] is None
    assert asked_again[young.pk] is not None


def test_what_is_uncertain_and_has_an_id_is_asked_for_and_so_settled(make_sent, sandbox):
    account, (message, without) = make_sent("tcast", 2)
    doubted = {"status": "uncertain", "sent_at": None, "next_poll_at": None, "attempted_at": Now()}
    Message.objects.filter(pk=without.pk).update(**doubted, provider_message_id="")
    Message.objects.filter(pk=message.pk).update(**doubted)
    assert poll_reports(account=account) == 1
    assert statuses(account) == ["delivered", "uncertain"]


def test_what_stays_uncertain_is_asked_for_ever_more_rarely(make_sent, sandbox):
    account, (message,) = make_sent("tcast")
    at = Now() - timedelta(hours=4)
    Message.objects.update(status="uncertain", sent_at=None, attempted_at=at, next_poll_at=None)
    sandbox.reset()
    before = sandbox.counters("tcast").calls
    poll_reports(account=account)
    poll_reports(account=account)
    assert sandbox.counters("tcast").calls == before + 1
    message.refresh_from_db()
    wait = message.next_poll_at - message.attempted_at
    assert timedelta(hours=5, minutes=59) < wait < timedelta(hours=6, minutes=1)


def test_many_ids_go_in_one_call_where_the_provider_takes_them(make_sent, sandbox):
    account, _ = make_sent("tcast", 150)
    before = sandbox.counters("tcast").calls
    assert poll_reports(account=account, ask_all=True) == 150
    assert sandbox.counters("tcast").calls == before + 1


def test_an_id_without_an_answer_keeps_nobody_else_from_being_asked_for(make_sent):
    account, _ = make_sent("nusasms", 3)
    first = Message.objects.order_by("id").first()
    Message.objects.filter(pk=first.pk).update(provider_message_id="000000000000000001", next_poll_at=Now())
    assert poll_reports(account=account, ask_all=True) == 2
    assert statuses(account) == ["sent", "delivered", "delivered"]


@pytest.mark.parametrize("provider", POLLED)
def test_a_silent_provider_is_asked_three_times_at_most(provider, make_sent, sandbox):
    account, _ = make_sent(provider, 5)
    Message.objects.update(next_poll_at=None)
    sandbox.set_fault(provider, "500", everywhere=True)
    before = sandbox.counters(provider).calls
    if provider == "tcast":
        assert poll_reports(account=account, ask_all=True) == 0
    else:
        with pytest.raises(Uncertain):
            poll_reports(account=account, ask_all=True)
    assert sandbox.counters(provider).calls - before <= 3
    assert statuses(account) == ["sent"] * 5
    assert CallLog.objects.filter(is_plain=False, status=500).count() == sandbox.counters(provider).calls - before


def test_plain_answers_are_the_calls_that_the_log_forgets(make_sent):
    account, _ = make_sent("nusasms", 2)
    poll_reports(account=account, ask_all=True)
    assert list(CallLog.objects.filter(name="DR").values_list("is_plain", flat=True)) == [True, True]


@pytest.mark.parametrize("provider", ["tcast", "nusasms"])
def test_a_refused_account_is_suspended(provider, make_sent, sandbox):
    account, _ = make_sent(provider)
    sandbox.set_fault(provider, "credentials", everywhere=True)
    with pytest.raises(AccountRefused):
        poll_reports(account=account, ask_all=True)
    account.refresh_from_db()
    assert account.suspended_reason


@pytest.mark.parametrize("question", [poll_reports, poll_balance])
def test_credentials_that_cannot_be_read_suspend_the_account(question, make_account):
    account = make_account("tcast")
    Account.objects.filter(pk=account.pk).update(credentials="lost key")
    with pytest.raises(AccountRefused):
        question(account=Account.objects.get(pk=account.pk))
    assert Account.objects.values_list("suspended_reason", flat=True).get()


def test_only_accounts_that_send_and_offer_it_are_asked(make_account):
    asked = [make_account(provider) for provider in POLLED]
    for provider in NOT_POLLED:
        make_account(provider)
    make_account("tcast", suspended_reason="no credit")
    make_account("tcast", is_active=False)
    assert {account.pk for account in pollable_accounts()} == {account.pk for account in asked}


# --- tasks -------------------------------------------------------------------------------------------------------


def test_a_provider_that_does_not_answer_is_no_fault_of_the_task(make_account, queue_messages, caplog):
    account = make_account("tcast")
    queue_messages(account, status="sent", provider_message_id="1", sent_at=Now(), next_poll_at=Now())
    tasks.poll_account_reports(account.pk)
    tasks.poll_account_balance(account.pk)
    assert [record.levelname for record in caplog.records if record.name == tasks.__name__] == ["WARNING"] * 2


def test_a_task_for_an_account_that_is_gone_or_suspended_does_nothing(make_account):
    account = make_account("tcast", suspended_reason="no credit")
    for pk in (account.pk, 0):
        tasks.poll_account_reports(pk)
        tasks.poll_account_balance(pk)
    assert not CallLog.objects.exists()


# --- by hand -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", POLLED)
def test_by_hand_it_asks_whatever_the_back_off(provider, make_sent, capsys):
    account, _ = make_sent(provider)
    Message.objects.update(next_poll_at=Now() + timedelta(hours=6))
    assert poll("reports", "--account", account.name, capsys=capsys) == {
        "what": "reports",
        "accounts": [{"account": account.name, "outcome": 1}],
    }
    assert statuses(account) == ["delivered"]


@pytest.mark.parametrize("what", ["reports", "inbox", "balance"])
def test_by_hand_it_skips_what_cannot_be_asked(what, make_account, capsys):
    account = make_account("tcast", suspended_reason="no credit")
    make_account("unified")
    assert poll(what, capsys=capsys)["accounts"] == []
    assert poll(what, "--account", account.name, capsys=capsys)["accounts"] == []


def test_by_hand_a_refusal_is_told_and_keeps_no_other_from_being_asked(sandbox_account, make_account, capsys):
    dead, alive = make_account("tcast", name="a dead one"), sandbox_account("rajasms", name="b alive")
    call_command("poll", "balance")
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{dead.name}: ")
    assert second.startswith(f"{alive.name}: ")
    alive.refresh_from_db()
    assert alive.balance is not None


def test_an_unknown_account_is_one_clear_line(make_account):
    make_account()
    with pytest.raises(CommandError, match="no account named") as caught:
        call_command("poll", "reports", "--account", "nobody")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("provider", ["tcast", "rajasms", "nusasms"])
def test_a_balance_is_read_and_kept(provider, sandbox_account, capsys):
    account = sandbox_account(provider)
    (told,) = poll("balance", "--account", account.name, capsys=capsys)["accounts"]
    account.refresh_from_db()
    assert account.balance == account.balance_readings.get().amount
    assert float(told["outcome"]) == float(account.balance)
