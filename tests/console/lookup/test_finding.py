"""The look-up: who is found by what."""

import pytest

from smsops.console.lookup import MOST
from smsops.inbox.models import InboundMessage
from smsops.messaging.models import Message
from tests.console.lookup.looking import NUMBER, look, text_of
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db


def numbers(answer):
    return [each["hit"].number for each in answer.context["hits"]]


def shown(answer):
    return answer.context.get("number", "")


@pytest.mark.parametrize(
    "spelling", ["081234567890", "6281234567890", "+62 812-3456-7890", "0062 812 3456 7890", " 0812.3456.7890 "]
)
def test_a_number_in_any_spelling_leads_to_its_page(support, make_account, queue_messages, spelling):
    queue_messages(make_account(), [NUMBER, "+6281234567891"])
    assert shown(look(support, spelling)) == NUMBER


@pytest.mark.parametrize("ending", ["7890", "67890", "567890", "…7890", "** 7890", "67-890"])
def test_the_last_digits_find_contacts_strangers_and_who_wrote(
    support, add_contact, make_account, queue_messages, ending
):
    account = make_account()
    add_contact("Siti", "+6281111567890")
    queue_messages(account, ["+6282222567890"] * 3)
    queue_messages(account, ["+6282222567891"])
    for text, sender in (("a", "+6283333567890"), ("b", "BANK7890")):
        InboundMessage.objects.create(account=account, sender=sender, text=text, fingerprint=text)
    expected = ["+6282222567890", "+6283333567890", "+6281111567890"]
    found = [number for number in numbers(look(support, ending)) if number.startswith("+")]
    assert found == expected


@pytest.mark.parametrize("ending", ["4567890", "34567890"])
def test_more_than_the_last_six_digits_narrow_it_down(support, add_contact, make_account, queue_messages, ending):
    add_contact("Siti", NUMBER)
    add_contact("Budi", "+6281111567890")
    queue_messages(make_account(), ["+6282222567890"])
    assert shown(look(support, ending)) == NUMBER


def test_the_page_asks_for_as_many_digits_as_it_takes(support, add_contact):
    add_contact("Siti", NUMBER)
    assert "its last 4 to 8 digits" in text_of(look(support, ""))
    found = [shown(look(support, NUMBER[-count:])) == NUMBER for count in range(3, 10)]
    assert found == [False, True, True, True, True, True, False]


def test_one_of_them_alone_is_shown_at_once(support, add_contact):
    add_contact("Siti", NUMBER)
    assert shown(look(support, "7890")) == NUMBER


def test_a_reference_and_a_providers_id_lead_to_the_number(support, make_account, queue_messages):
    first, _second = queue_messages(make_account(), [NUMBER, "+6281200000001"])
    assert shown(look(support, first.reference.upper())) == NUMBER
    Message.objects.filter(reference=first.reference).update(provider_message_id="WX-17/b")
    assert shown(look(support, "WX-17/b")) == NUMBER


def test_a_providers_id_that_looks_like_a_number_is_found(support, make_account, queue_messages):
    queue_messages(make_account(), [NUMBER], provider_message_id="081299999999")
    assert shown(look(support, "081299999999")) == NUMBER


def test_a_name_finds_contacts_by_its_beginning(support, add_contact):
    siti, sitor = add_contact("Siti Rahmawati"), add_contact("sitor")
    add_contact("Budi")
    assert numbers(look(support, "SIT")) == [siti.mobile, sitor.mobile]
    assert shown(look(support, "siti r")) == siti.mobile


def test_who_may_not_see_contacts_finds_nobody_by_name(add_contact):
    add_contact("Siti", NUMBER)
    client = client_of(make_person(None, "messaging.view_message"))
    assert numbers(look(client, "Siti")) == []
    assert "Siti" not in text_of(look(client, NUMBER))


def test_more_than_a_page_shows_the_first_and_says_so(support, add_contact):
    for number in range(MOST + 2):
        add_contact("Siti", f"+62812{number:04d}7890")
    for term in ("7890", "Siti"):
        answer = look(support, term)
        assert len(numbers(answer)) == MOST
        assert "There are more. Type more of it." in text_of(answer)


@pytest.mark.parametrize("term", ["zzz", "123", "1234", "<b>x</b>", "x" * 5000, "%", "\x00", "‮abc", "٣٤٥٦"])
def test_nonsense_finds_nobody_and_is_no_error(support, add_contact, term):
    add_contact("Siti", NUMBER)
    answer = look(support, term)
    assert numbers(answer) == []
    assert "<b>x</b>" not in text_of(answer)
