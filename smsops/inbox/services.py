"""Storing what phones send to us."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.utils import timezone

from contacts.models import Contact
from providers.cleaning import clip, clip_moment
from providers.models import Account
from providers.numbers import to_e164
from providers.types import InboundText
from smsops.inbox.conversations.keeping import Received, hold_conversation, tell_conversation
from smsops.inbox.models import InboundMessage
from smsops.inbox.optouts.keywords import obey_keyword


@transaction.atomic
def store_inbound(*, account: Account, texts: Sequence[InboundText]) -> int:
    """Store received messages once each, and do what follows of them; returns how many were handed over (repeats
    included). Numbers are gone through in order, so that two who store the same wait for each other and no more."""
    rows = [_row(account, text) for text in texts]
    contacts = dict(Contact.objects.filter(mobile__in={row.sender for row in rows}).values_list("mobile", "id"))
    for row in rows:
        row.contact_id = contacts.get(row.sender)
    new = sorted(filter(None, map(_store, rows)), key=lambda row: (row.sender, row.pk))
    for number, messages in groupby(new, key=attrgetter("sender")):
        _tell(number, list(messages))
    return len(rows)


def _tell(number: str, messages: Sequence[InboundMessage]) -> None:
    """Its conversation first, which keeps others who store what this number writes waiting."""
    conversation = hold_conversation(number=number, first=_received(messages[0]))
    received = [_received(message, is_answered=obey_keyword(message=message)) for message in messages]
    tell_conversation(conversation=conversation, received=received)


def _store(row: InboundMessage) -> InboundMessage | None:
    """The message as it is stored; None where it was there before."""
    columns = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    given = {name: value for name, value in columns.items() if name not in ("id", "fingerprint", "created_at")}
    stored, is_new = InboundMessage.objects.get_or_create(fingerprint=row.fingerprint, defaults=given)
    return stored if is_new else None


def _received(message: InboundMessage, *, is_answered: bool = False) -> Received:
    return Received(
        id=message.pk, account_id=message.account_id, channel=message.channel, text=message.text,
        at=message.received_at, is_answered=is_answered,
    )  # fmt: skip


def move_inbound(survivor: int, other: int) -> dict[str, int]:
    """The received messages of a contact that is merged into another."""
    return {"received": InboundMessage.objects.filter(contact=other).update(contact=survivor)}


def split_inbound(survivor: int, other: int, number: str) -> None:
    """The received messages of a number go back to its contact, whose merge was undone."""
    InboundMessage.objects.filter(contact=survivor, sender=number).update(contact=other)


def _row(account: Account, text: InboundText) -> InboundMessage:
    return InboundMessage(
        account=account,
        sender=clip(to_e164(text.sender) or text.sender.strip(), 40),
        recipient=clip(text.recipient, 40),
        text=clip(text.text, 20_000),
        channel=text.channel.value,
        received_at=clip_moment(text.received_at) or timezone.now(),
        provider_message_id=clip(text.provider_message_id, 100),
        fingerprint=fingerprint(account, text),
    )


def fingerprint(account: Account, text: InboundText) -> str:
    """A repeat has the same account, id, sender, time and text; the same id with other content is another message."""
    at = text.received_at.isoformat() if text.received_at else ""
    parts = (str(account.pk), text.provider_message_id, text.sender, at, text.text)
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
