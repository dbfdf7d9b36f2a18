"""What holds a contact here beside the contacts' own data: its messages, in both directions."""

from __future__ import annotations

from collections.abc import Collection

from contacts.syncing.books import KEEPERS
from smsops.inbox.models import InboundMessage
from smsops.messaging.models import Message


def with_messages(ids: Collection[int]) -> set[int]:
    """Those of these contacts that we wrote to, or that wrote to us."""
    sent = Message.objects.filter(contact__in=ids).order_by().values_list("contact_id", flat=True).distinct()
    received = InboundMessage.objects.filter(contact__in=ids).order_by().values_list("contact_id", flat=True).distinct()
    return {pk for pk in [*sent, *received] if pk is not None}


KEEPERS.append(with_messages)
