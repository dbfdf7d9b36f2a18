"""Takes text and number out of what was received long ago."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from smsops.inbox.models import AutoReply, Conversation, InboundMessage
from smsops.messaging.anonymising import mask


def anonymise_inbound(ids: Sequence[int]) -> int:
    """Of some hundred messages; a conversation goes with the last one that was received in it. Returns how many.

    The fingerprints stay, or a provider that tells of a message once more would bring it back.
    """
    rows = InboundMessage.objects.filter(pk__in=ids)
    with transaction.atomic():
        senders = list(rows.order_by().values_list("sender", flat=True))
        Conversation.objects.filter(number__in=senders, last_id__in=ids).delete()
        return rows.update(sender=mask(), text="", contact=None)


def forget_automatic_answers(message_ids: Sequence[int]) -> None:
    """That these messages were automatic answers; there are no numbers to answer any more."""
    AutoReply.objects.filter(message_id__in=message_ids).delete()
