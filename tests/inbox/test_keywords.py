"""Keywords: what counts as one, that an opt-out holds at once and everywhere, and that no machines talk for ever."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from providers.types import InboundText, Kind
from smsops.inbox.models import AutoReply, Conversation, InboundMessage, Keyword, Suppression, SuppressionEvent
from smsops.inbox.optouts.matching import normalise
from smsops.inbox.services import store_inbound
from smsops.inbox.suppressions import add_suppression
from smsops.messaging.campaigns.counting import count_messages
from smsops.messaging.checking.drafts import Draft
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.gate import examine
from smsops.messaging.models import Campaign, Message, MessageEvent
from smsops.messaging.opt_outs import suppress_messages
from smsops.messaging.resending import draft_of
from tests.inbox.conftest import NUMBER
from tests.people import client_of, form_values, make_person

LIST = "/admin/inbox/keyword/"
OTHER = "+6281200000001"


@pytest.fixture
def stored(receive, django_capture_on_commit_callbacks):
    """As `receive`, with what follows the commit."""

    def store(*args, **fields):
        with django_capture_on_commit_callbacks(execute=True):
            return receive(*args, **fields)

    return store


def answering(word, answer="Baik, kami berhenti.", action="stop", **fields):
    Keyword.objects.filter(word=word).delete()
    return Keyword.objects.create(word=word, action=action, answer=answer, **fields)


def is_opted_out(number=NUMBER):
    return Suppression.objects.filter(number=number).exists()


# --- what is a keyword -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        " Stop! ",
        "STOP.",
        '"stop"',
        "stop\n",
        "ＳＴＯＰ",
        "stop 🙏",
        "S\u200bTOP",
        "STOP STOP stop",
        "*stop*",
    ],
)
def test_it_is_the_whole_message_whatever_stands_around_it(text):
    assert normalise(text) == "stop"


@pytest.mark.parametrize(
    "text", ["stop by tomorrow", "nonstop", "jangan stop", "s t o p", "", "!!!", "stop " * 99, "🙏"]
)
def test_more_than_the_word_is_no_keyword(text):
    assert normalise(text) != "stop"


@given(st.text(max_size=300))
def test_what_is_normalised_stays_so(text):
    once = normalise(text)
    assert normalise(once) == once


@pytest.mark.parametrize("text", ["STOP", "berhenti", "Unreg", "KELUAR", "stop promo", "Unsubscribe."])
def test_the_usual_words_are_there_from_the_start(text, make_account, stored):
    found = stored(make_account("nusasms"), text)
    suppression = Suppression.objects.get()
    assert (suppression.number, suppression.reason, suppression.source_text) == (NUMBER, "stop", text)
    assert (found.unread, found.is_done) == (0, True)


@pytest.mark.parametrize("text", ["Stop by the shop tomorrow?", "Berhenti di halte mana?", "STOPKAN", "Pesan 2"])
def test_other_words_are_for_people(text, make_account, stored):
    found = stored(make_account("nusasms"), text)
    assert not is_opted_out()
    assert (found.unread, found.is_done) == (1, False)


@pytest.mark.parametrize("sender", ["TELKOMSEL", "3636", "021-555-1234", ""])
def test_no_mobile_number_opts_out_or_is_answered(sender, make_account, receive):
    answering("stop")
    account = make_account("tcast")
    store_inbound(account=account, texts=[InboundText(provider_message_id="1", sender=sender, text="STOP")])
    assert not Suppression.objects.exists()
    assert not Message.objects.exists()
    assert Conversation.objects.get().unread == 1


def test_a_keyword_holds_between_its_times_and_at_its_account(make_account, stored):
    account, other, now = make_account("tcast"), make_account("tcast"), timezone.now()
    Keyword.objects.all().delete()
    keyword = Keyword.objects.create(word="cukup", account=account, active_from=now + timedelta(hours=1))
    stored(account, "Cukup")
    assert not is_opted_out()
    Keyword.objects.update(active_from=now - timedelta(hours=1), active_until=now - timedelta(minutes=1))
    stored(account, "Cukup")
    assert not is_opted_out()
    Keyword.objects.update(active_until=now + timedelta(hours=1))
    stored(other, "Cukup")
    assert not is_opted_out()
    stored(account, "Cukup")
    assert is_opted_out()
    assert str(keyword) == "CUKUP"


def test_an_accounts_own_keyword_goes_before_the_others(make_account, stored):
    account = make_account("tcast")
    Keyword.objects.create(word="info", action="answer", answer="Umum")
    Keyword.objects.create(word="info", action="answer", answer="Khusus", account=account)
    stored(account, "INFO")
    assert Message.objects.get().text == "Khusus"


# --- opting out ------------------------------------------------------------------------------------------------------


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


# --- lifting ---------------------------------------------------------------------------------------------------------


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


# --- the loop guard --------------------------------------------------------------------------------------------------


def info(**fields):
    return Keyword.objects.create(word="info", action="answer", answer="Buka 08.00-17.00", **fields)


def test_the_same_question_at_once_is_answered_once_and_the_rest_is_for_people(make_account, stored):
    account = make_account("tcast")
    info()
    found = stored(account, "INFO")
    assert found.unread == 0
    for _turn in range(5):
        found = stored(account, "INFO")
    assert Message.objects.count() == 1
    assert found.unread == 5


def test_a_number_gets_three_answers_a_day(make_account, stored):
    account = make_account("tcast")
    info()
    for _turn in range(6):
        stored(account, "INFO")
        AutoReply.objects.update(at=timezone.now() - timedelta(hours=1))
    assert Message.objects.count() == 3
    AutoReply.objects.update(at=timezone.now() - timedelta(hours=25))
    stored(account, "INFO")
    assert Message.objects.count() == 4


def test_stop_and_start_in_turns_are_not_answered_for_ever(make_account, stored):
    account = make_account("tcast")
    answering("stop")
    answering("start", "Selamat datang.", action="start")
    for turn in range(20):
        stored(account, "START" if turn % 2 else "STOP")
    assert Message.objects.count() <= 3
    assert not is_opted_out()


def test_our_own_numbers_are_never_answered(make_account, stored):
    info()
    account = make_account("tcast", sender_id="081234567890")
    stored(account, "INFO")
    Message.objects.all().delete()
    stored(make_account("tcast", sender_id="X"), "INFO", recipient="0812 3456 7890", id="2")
    assert not Message.objects.exists()


def test_what_lay_somewhere_for_days_is_not_answered_but_counts(make_account, stored):
    answering("stop")
    stored(make_account("tcast"), "STOP", received_at=timezone.now() - timedelta(days=3))
    assert is_opted_out()
    assert not Message.objects.exists()


def test_a_repeat_of_the_same_message_does_nothing_again(make_account, stored):
    account, at = make_account("tcast"), timezone.now()
    stored(account, "STOP", id="1", received_at=at)
    Suppression.objects.all().delete()
    stored(account, "STOP", id="1", received_at=at)
    assert not is_opted_out()
    assert InboundMessage.objects.count() == 1


# --- the pages -------------------------------------------------------------------------------------------------------


def add(client, **values):
    given = {"word": "Info", "language": "", "action": "answer", "answer": "Buka 08.00", "account": ""}
    return client.post(f"{LIST}add/", given | {"answer_account": ""} | values)


def test_an_approver_adds_one_as_it_will_be_matched(make_account):
    add(client_of(make_person("Approver")), word=" Info  HARGA! ")
    assert Keyword.objects.filter(word="info harga", answer="Buka 08.00").exists()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"word": "!!!"}, "Write a word or a few"),
        ({"word": "STOP", "action": "stop"}, "There is this keyword already"),
        ({"answer": "Stop!"}, "answer each other for ever"),
        ({"answer": ""}, "Write the answer"),
        ({"active_from_0": "2026-05-02", "active_from_1": "10:00", "active_until_0": "2026-05-01",
          "active_until_1": "10:00"}, "before it begins"),
    ],
)  # fmt: skip
def test_what_could_not_work_is_refused_with_a_sentence(values, told, db):
    count = Keyword.objects.count()
    assert told in add(client_of(make_person("Approver")), **values).content.decode()
    assert Keyword.objects.count() == count


def test_the_same_word_may_hold_at_another_time(db):
    approver = client_of(make_person("Approver"))
    first = {
        "active_from_0": "2026-05-01",
        "active_from_1": "00:00",
        "active_until_0": "2026-06-01",
        "active_until_1": "00:00",
    }
    later = {"active_from_0": "2026-06-01", "active_from_1": "00:00"}
    add(approver, **first)
    assert (
        "There is this keyword already"
        in add(approver, active_from_0="2026-05-15", active_from_1="00:00").content.decode()
    )
    add(approver, **later)
    assert Keyword.objects.filter(word="info").count() == 2


def test_operators_look_at_keywords_and_change_none(db):
    operator = client_of(make_person("Operator"))
    assert operator.get(LIST).status_code == 200
    assert add(operator).status_code == 403


def test_compose_and_the_account_say_that_a_kind_is_exempt(make_account):
    account = make_account("rajasms", options={"opt_out_exempt_kinds": "otp"})
    warned = examine(Draft(account=account, recipients=[NUMBER], text="1234", kind=Kind.OTP)).warnings
    assert any("also to numbers that have opted out" in sentence for sentence in warned)
    plain = examine(Draft(account=account, recipients=[NUMBER], text="1234")).warnings
    assert not any("opted out" in sentence for sentence in plain)
    page = client_of(make_person("Administrator")).get(f"/admin/providers/account/{account.pk}/change/")
    assert "also to numbers that have opted out: otp" in page.content.decode()
    assert form_values(page)
