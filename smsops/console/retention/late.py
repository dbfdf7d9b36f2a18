"""Messages that were decided after the walk had passed their time, such as an uncertain one that a person settles
months later: found by the steps that say so, read by their ids, each once."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from smsops.console.retention.models import RetentionProgress
from smsops.inbox.anonymising import forget_automatic_answers
from smsops.messaging.anonymising import anonymise_messages, clear_late_steps, readable_messages
from smsops.messaging.models import Message, MessageEvent

READ = 500
# No transaction lasts so long: none brings a step with a smaller id afterwards.
LAG = timedelta(hours=1)
NAME = "late"


def late_messages(progress: RetentionProgress) -> QuerySet[Message]:
    """What the walk has passed and would not meet again."""
    steps = MessageEvent.objects.filter(pk__gt=_position(), message__in=readable_messages(None, progress.moment))
    return Message.objects.filter(pk__in=steps.values("message_id"))


def anonymise_late(progress: RetentionProgress, until: float) -> int:
    """Go on until then; `progress` says how far the walk has come. Returns how many."""
    position, done = _position(), 0
    while time.monotonic() < until and (steps := _next_steps(position)):
        ids = {message for _pk, message in steps}
        late = list(readable_messages(None, progress.moment).filter(pk__in=ids).values_list("pk", flat=True))
        forget_automatic_answers(late)
        done += anonymise_messages(late)
        clear_late_steps(steps[0][0], steps[-1][0], ids)
        position = steps[-1][0]
        RetentionProgress.objects.filter(name=NAME).update(position=position)
    return done


def _position() -> int:
    return RetentionProgress.objects.get_or_create(name=NAME)[0].position


def _next_steps(position: int) -> list[tuple[int, int]]:
    """(id, message) of the next ones: the first young one ends it, and nothing behind it is read."""
    later = MessageEvent.objects.filter(pk__gt=position).order_by("pk").values_list("pk", "message_id", "at")[:READ]
    limit, found = timezone.now() - LAG, []
    for pk, message, at in later:
        if at >= limit:
            break
        found.append((pk, message))
    return found
