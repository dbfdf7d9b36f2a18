"""What counts as a keyword, and what does not."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from providers.types import InboundText
from smsops.inbox.models import Conversation, Keyword, Suppression
from smsops.inbox.optouts.matching import normalise
from smsops.inbox.services import store_inbound
from smsops.messaging.models import Message
from tests.inbox.conftest import NUMBER
from tests.inbox.optouts.words import answering, is_opted_out


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
