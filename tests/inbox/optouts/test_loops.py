"""No two machines answer each other for ever."""

from datetime import timedelta

from django.utils import timezone

from smsops.inbox.models import AutoReply, InboundMessage, Keyword, Suppression
from smsops.messaging.models import Message
from tests.inbox.optouts.words import answering, is_opted_out


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
