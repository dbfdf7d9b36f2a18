"""Storing what phones send: each message once, whatever it holds."""

from datetime import UTC, datetime

import pytest

from contacts.models import Contact
from providers.types import InboundText
from smsops.inbox.models import InboundMessage
from smsops.inbox.services import store_inbound

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)


def text(**fields):
    given = {"provider_message_id": "1", "sender": "081299990000", "text": "Halo", "received_at": AT}
    return InboundText(**given | fields)


def stored():
    return list(InboundMessage.objects.order_by("id").values_list("provider_message_id", "sender", "text"))


def test_a_repeat_is_stored_once_within_a_call_and_over_several(make_account):
    account = make_account("nusasms")
    store_inbound(account=account, texts=[text(), text()])
    store_inbound(account=account, texts=[text()])
    assert stored() == [("1", "+6281299990000", "Halo")]


@pytest.mark.parametrize(
    "other",
    [{"text": "Halo!"}, {"sender": "081299990001"}, {"received_at": AT.replace(hour=11)}, {"received_at": None}],
)
def test_the_same_id_with_other_content_is_another_message(make_account, other):
    store_inbound(account=make_account("nusasms"), texts=[text(), text(**other)])
    assert len(stored()) == 2


def test_a_known_number_is_linked_to_its_contact(make_account):
    contact = Contact.objects.create(name="Sari", mobile="+6281299990000")
    store_inbound(account=make_account("nusasms"), texts=[text(), text(provider_message_id="2", sender="TELKOMSEL")])
    assert list(InboundMessage.objects.order_by("id").values_list("contact", "sender")) == [
        (contact.pk, "+6281299990000"),
        (None, "TELKOMSEL"),
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        {"text": "\x00\ud800" * 20_000},
        {"sender": "\x00" * 500},
        {"sender": "+" * 300},
        {"sender": ""},
        {"recipient": "\udfff" * 99},
        {"provider_message_id": "i\x00" * 200},
        {"received_at": datetime(1, 1, 1, tzinfo=UTC)},
        {"received_at": datetime(9999, 12, 31, 23, tzinfo=UTC)},
    ],
)
def test_nothing_that_a_stranger_writes_keeps_a_message_from_being_stored(make_account, hostile):
    store_inbound(account=make_account("nusasms"), texts=[text(**hostile), text(provider_message_id="2")])
    assert len(stored()) == 2
    assert all(message.received_at.year > 2000 for message in InboundMessage.objects.all())
