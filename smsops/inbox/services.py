"""Storing what phones send to us."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.utils import timezone

from contacts.models import Contact
from providers.cleaning import clip, clip_moment
from providers.models import Account
from providers.numbers import to_e164
from providers.types import InboundText
from smsops.inbox.models import InboundMessage


def store_inbound(*, account: Account, texts: Sequence[InboundText]) -> int:
    """Store received messages once each; returns how many were handed over (repeats included)."""
    rows = [_row(account, text) for text in texts]
    contacts = dict(Contact.objects.filter(mobile__in={row.sender for row in rows}).values_list("mobile", "id"))
    for row in rows:
        row.contact_id = contacts.get(row.sender)
    InboundMessage.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def move_inbound(survivor: int, other: int) -> dict[str, int]:
    """The received messages of a contact that is merged into another."""
    return {"received": InboundMessage.objects.filter(contact=other).update(contact=survivor)}


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
