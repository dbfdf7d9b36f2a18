"""An opt-out by keyword holds at once and everywhere, and what lifts it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from smsops.inbox.models import Keyword, Suppression, SuppressionEvent
from smsops.inbox.suppressions import add_suppression
from smsops.messaging.campaigns.counting import count_messages
from smsops.messaging.checking.drafts import Draft
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.gate import examine
from smsops.messaging.models import Campaign, Message, MessageEvent
from smsops.messaging.opt_outs import suppress_messages
from smsops.messaging.resending import draft_of
from tests.inbox.conftest import NUMBER
from tests.inbox.optouts.words import answering, is_opted_out

OTHER = "+6281200000001"


# --- opting out -------------------------------------------------------------------------------------------------------


def test_it_takes_the_number_out_of_everything_that_waits_and_the_counters_know(make_account, stored, queue_messages):
    account = make_account("tcast")
    campaign = Campaign.objects.create(name="Promo", account=account, status="running", total=2)
    queue_messages(account, [NUMBER, OTHER], campaign=campaign)
    queue_messages(account, [NUMBER], send_after=timezone.now() + timedelta(days=3))
    queue_messages(account, [NUMBER], status="delivered")
    stored(account, "STOP")
    assert sorted(Message.objects.values_list("recipient", "status")) == [
        (OTHER, "queued"), (NUMBER, "delivered"), (NUMBER, "suppressed"), (NUMBER, "suppressed"),
    ]  # fmt: skip
    assert MessageEvent.objects.filter(status="suppressed", source="system").count() == 2
    assert count_messages(campaign)["statuses"] == {"suppressed": 1, "queued": 1}


def test_the_gate_is_shut_from_then_on(make_account, stored):
    account = make_account("tcast")
    stored(account, "STOP")
    assert not examine(Draft(account=account, recipients=[NUMBER], text="Promo")).is_open


@pytest.mark.django_db(transaction=True)
def test_the_answer_to_it_is_the_only_message_that_still_leaves(sandbox_account, sandbox, receive, queue_messages):
    account = sandbox_account("tcast")
    answering("stop", "Anda tidak akan dikirimi lagi.")
    queue_messages(account, [NUMBER], text="Promo")
    receive(account, "STOP")
    add_suppression(number=NUMBER, reason="staff")
    suppress_messages(numbers=[NUMBER])
    queue_messages(account, [NUMBER], text="Promo lagi")
    dispatch_account(account_id=account.pk)
    assert [submission.text for submission in sandbox.submissions] == ["Anda tidak akan dikirimi lagi."]
    assert dict(Message.objects.values_list("text", "status")) == {
        "Promo": "suppressed", "Promo lagi": "suppressed", "Anda tidak akan dikirimi lagi.": "sent",
    }  # fmt: skip
    answer = Message.objects.get(status="sent")
    assert not examine(draft_of(answer, None)).is_open


def test_it_is_answered_once_for_each_opt_out(make_account, stored):
    account = make_account("tcast")
    answering("stop")
    for text in ("STOP", "stop!", "STOP"):
        stored(account, text)
    assert Message.objects.count() == 1
    assert SuppressionEvent.objects.count() == 1


def test_where_the_account_cannot_answer_that_way_nothing_is_sent_unless_another_one_is_chosen(make_account, stored):
    nusa, other = make_account("nusasms"), make_account("smsmasking")
    keyword = answering("stop")
    stored(nusa, "STOP")
    assert is_opted_out()
    assert not Message.objects.exists()
    Suppression.objects.all().delete()
    Keyword.objects.filter(pk=keyword.pk).update(answer_account=other)
    stored(nusa, "STOP")
    assert (Message.objects.get().account, Message.objects.get().channel) == (other, "sms")


def test_an_answer_that_the_gate_refuses_keeps_nobody_from_opting_out(make_account, stored):
    account = make_account("tcast", is_active=False)
    answering("stop")
    stored(account, "STOP")
    assert is_opted_out()
    assert not Message.objects.exists()


# --- lifting ----------------------------------------------------------------------------------------------------------


def test_start_lifts_what_the_person_said_himself(make_account, stored):
    account = make_account("tcast")
    answering("daftar", "Selamat datang kembali.", action="start")
    stored(account, "STOP")
    found = stored(account, "Daftar")
    assert not is_opted_out()
    assert (found.unread, Message.objects.get().text) == (0, "Selamat datang kembali.")
    lifted = SuppressionEvent.objects.get(kind="lifted")
    assert (lifted.reason, lifted.note, lifted.source_text) == ("stop", "Daftar", "STOP")


@pytest.mark.parametrize("reason", ["staff", "imported", "provider"])
def test_start_lifts_nothing_that_others_entered_and_stays_for_a_person(reason, make_account, stored):
    Suppression.objects.create(number=NUMBER, reason=reason)
    found = stored(make_account("tcast"), "START")
    assert is_opted_out()
    assert found.unread == 1


def test_start_from_one_who_never_stopped_is_for_a_person(make_account, stored):
    assert stored(make_account("tcast"), "DAFTAR").unread == 1
    assert not Message.objects.exists()
