"""The messages on a contact's page, and the filters that ask messages and opt-outs."""

from datetime import UTC, datetime

import pytest

from contacts.models import Contact
from smsops.inbox.history import PAGE
from smsops.inbox.models import InboundMessage, SuppressionReason
from smsops.inbox.suppressions import add_suppression
from smsops.messaging.models import Message
from smsops.reports.reach.following import follow_reach
from tests.contacts.conftest import add_contact as add_contact
from tests.contacts.conftest import names_on
from tests.people import client_of, make_person

LIST = "/admin/contacts/contact/"
NUMBER = "+6281234567890"


@pytest.fixture
def siti(add_contact):
    return add_contact("Siti", NUMBER)


@pytest.fixture
def support(db):
    return client_of(make_person("Support"))


def minute(number):
    return datetime(2026, 8, 17, 9, number, tzinfo=UTC)


def receive(account, text, sender=NUMBER, **fields):
    return InboundMessage.objects.create(account=account, sender=sender, text=text, fingerprint=text, **fields)


def texts_on(answer):
    return [entry.text for entry in answer.context["history"].entries]


def page_of(contact):
    return f"{LIST}{contact.pk}/change/"


def test_both_directions_are_shown_latest_first_with_words_and_links(siti, support, make_account, queue_messages):
    account = make_account()
    queue_messages(account, [NUMBER], text="first", created_at=minute(1), contact=siti, status="delivered")
    receive(account, "second", created_at=minute(2), contact=siti)
    queue_messages(account, [NUMBER], text="third", created_at=minute(3), contact=siti, status="undelivered")
    answer = support.get(page_of(siti))
    assert texts_on(answer) == ["third", "second", "first"]
    page = answer.content.decode()
    assert "Not delivered" in page
    assert f"/admin/messaging/message/{Message.objects.latest('pk').pk}/change/" in page
    assert f"/admin/inbox/inboundmessage/{InboundMessage.objects.get().pk}/change/" in page


def test_messages_of_the_number_that_no_contact_has_belong_to_it(
    siti, add_contact, support, make_account, queue_messages
):
    account, other = make_account(), add_contact("Budi")
    queue_messages(account, [NUMBER], text="before she was entered", created_at=minute(1))
    receive(account, "her own", created_at=minute(2))
    queue_messages(account, [NUMBER], text="while it was his", contact=other)
    queue_messages(account, ["+6281299999999"], text="another number")
    assert texts_on(support.get(page_of(siti))) == ["her own", "before she was entered"]


def test_pages_lead_through_the_whole_story_once(siti, support, make_account, queue_messages):
    account = make_account()
    for number in range(2 * PAGE):
        queue_messages(account, [NUMBER], text=f"out {number}", contact=siti if number % 3 else None)
        if number % 2:
            receive(account, f"in {number}", contact=siti)
    url, seen, pages = f"{LIST}{siti.pk}/messages/", [], 0
    while url:
        history = support.get(url).context["history"]
        seen += [entry.text for entry in history.entries]
        url, pages = f"{LIST}{siti.pk}/messages/?before={history.older}" if history.older else "", pages + 1
    assert pages == 3
    assert len(seen) == len(set(seen)) == 3 * PAGE
    assert [text for text in seen if text.startswith("out")] == [f"out {n}" for n in reversed(range(2 * PAGE))]


def test_a_long_story_costs_no_more_questions(
    siti, support, make_account, queue_messages, django_assert_num_queries, django_assert_max_num_queries
):
    queue_messages(make_account(), [NUMBER], contact=siti)
    support.get(page_of(siti))
    with django_assert_max_num_queries(30) as few:
        support.get(page_of(siti))
    for _ in range(3):
        queue_messages(make_account(), [NUMBER] * 30, contact=siti)
    with django_assert_num_queries(len(few)):
        support.get(page_of(siti))


@pytest.mark.parametrize("place", ["x", "1", "-", "9999999999999999999-1", "1-%00", "0-0"])
def test_a_place_that_cannot_be_is_no_error(siti, support, make_account, queue_messages, place):
    queue_messages(make_account(), [NUMBER], contact=siti)
    assert support.get(f"{LIST}{siti.pk}/messages/?before={place}").status_code == 200


@pytest.mark.parametrize(
    ("permissions", "seen"),
    [
        (["messaging.view_message"], ["sent"]),
        (["inbox.view_inboundmessage"], ["received"]),
        ([], None),
    ],
)
def test_each_person_sees_the_direction_that_he_may(siti, make_account, queue_messages, permissions, seen):
    account = make_account()
    queue_messages(account, [NUMBER], text="sent", contact=siti)
    receive(account, "received", contact=siti)
    client = client_of(make_person(None, "contacts.view_contact", *permissions))
    answer = client.get(page_of(siti))
    assert (texts_on(answer) if answer.context["history"] else None) == seen
    assert client.get(f"{LIST}{siti.pk}/messages/").status_code == (200 if permissions else 403)


def test_who_may_not_see_contacts_sees_no_messages_of_them(siti):
    client = client_of(make_person(None, "messaging.view_message"))
    assert client.get(f"{LIST}{siti.pk}/messages/").status_code == 403


@pytest.mark.parametrize(("role", "is_shown"), [("Support", False), ("Operator", False), ("Administrator", True)])
def test_a_code_is_masked_here_too(siti, make_account, queue_messages, role, is_shown):
    queue_messages(make_account(), [NUMBER], text="Kode 739215", kind="otp", contact=siti)
    client = client_of(make_person(role))
    for url in (page_of(siti), f"{LIST}{siti.pk}/messages/"):
        assert ("739215" in client.get(url).content.decode()) is is_shown


def test_hostile_texts_are_only_text(siti, support, make_account):
    receive(make_account(), "<script>alert(1)</script>", contact=siti)
    assert "<script>alert" not in support.get(page_of(siti)).content.decode()


# --- filters ---------------------------------------------------------------------------------------------------------


def test_the_page_and_the_filter_say_who_opted_out(siti, add_contact, support):
    add_contact("Budi")
    add_suppression(number=NUMBER, reason=SuppressionReason.STOP, source_text="STOP")
    assert names_on(support.get(f"{LIST}?opted_out=yes")) == ["Siti"]
    assert names_on(support.get(f"{LIST}?opted_out=no")) == ["Budi"]
    assert "has opted out of messages since" in support.get(page_of(siti)).content.decode()


def test_never_delivered_means_sent_to_and_nothing_arrived(add_contact, support, make_account, queue_messages):
    account = make_account()
    stories = {
        "Never": ["undelivered", "expired"], "Once": ["undelivered", "delivered"], "Refused": ["failed"],
        "Waiting": ["queued"], "No report": ["sent"], "Nothing": [],
    }  # fmt: skip
    for name, statuses in stories.items():
        contact = add_contact(name)
        for status in statuses:
            queue_messages(account, [contact.mobile], status=status)
    follow_reach(seconds=60)
    assert names_on(support.get(f"{LIST}?delivery=never")) == ["No report", "Never"]
    assert Contact.objects.count() == len(stories)
