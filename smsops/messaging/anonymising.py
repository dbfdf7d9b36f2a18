"""Takes text and number out of messages that are over; what figures are made of stays."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import CharField, F, Func, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat, Right

from smsops.messaging.models import Message, MessageEvent
from smsops.messaging.moments import settled_moment
from smsops.messaging.status import UNDECIDED

# No number begins with it, and none ends with it: nobody is found by the digits in between.
MARK = "*"
# Providers write a number with or without its country code.
TELLING_DIGITS = 11


def mask() -> Concat:
    """What stands in place of a number: unique, and without anything of it."""
    return Concat(Value(MARK), Cast("pk", CharField()), Value(MARK), output_field=CharField())


def _without_number() -> Func:
    """The provider's words, where it named the number: the reason stays."""
    parts = (F("error_text"), Right(F("recipient"), TELLING_DIGITS), Value("…"))
    return Func(*parts, function="REPLACE", output_field=TextField())


def readable_messages(start: datetime | None, end: datetime | None) -> QuerySet[Message]:
    """Messages that ended in this span of time and still have their text and number; none without an end."""
    if end is None:
        return Message.objects.none()
    ended = Message.objects.alias(moment=settled_moment()).filter(moment__lt=end)
    ended = ended.filter(moment__gte=start) if start else ended
    return ended.exclude(status__in=UNDECIDED).exclude(recipient__startswith=MARK).order_by()


def anonymise_messages(ids: Sequence[int]) -> int:
    """Of some hundred messages; those that still wait or are in doubt are left alone. Returns how many.

    They cannot be sent again: there is nothing left to send.
    """
    with transaction.atomic():
        rows = Message.objects.select_for_update().filter(pk__in=ids).exclude(status__in=UNDECIDED)
        over = list(rows.order_by("pk").values_list("pk", flat=True))
        words = _without_number()
        MessageEvent.objects.filter(message_id__in=over).update(raw="", text="")
        return Message.objects.filter(pk__in=over).update(
            text="", recipient=mask(), contact=None, wap_url="", error_text=words, never_resend=True
        )


def clear_late_steps(first: int, last: int, message_ids: Collection[int]) -> None:
    """What a report that came after the rest was taken out has brought: of the steps between these two ids."""
    masked = Message.objects.filter(pk__in=message_ids, recipient__startswith=MARK).order_by()
    over = list(masked.values_list("pk", flat=True))
    steps = MessageEvent.objects.filter(pk__gte=first, pk__lte=last, message_id__in=over)
    steps.exclude(raw="", text="").update(raw="", text="")
