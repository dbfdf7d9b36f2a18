"""What staff do to messages by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from smsops.messaging.models import Message, MessageEvent, MessageQuerySet
from smsops.messaging.sending.queue import locked_for_update, write_events
from smsops.messaging.status import Status

CHUNK = 1000


def cancel_messages(queryset: MessageQuerySet, actor: Any) -> int:
    """Cancel those of the messages that still wait; returns how many. One transaction per 1,000 rows.

    What may have gone out already (an unclear submission that was to be repeated) becomes uncertain instead, and is not
    counted. What a worker has claimed meanwhile stays with it.
    """
    ids = queryset.filter(status=Status.QUEUED).order_by().values_list("pk", flat=True)
    return sum(_cancel_chunk(chunk, actor) for chunk in _chunks(list(ids)))


def move_messages(survivor: int, other: int) -> dict[str, int]:
    """The messages of a contact that is merged into another; each keeps the number that it went to."""
    return {"messages": Message.objects.filter(contact=other).update(contact=survivor)}


def split_messages(survivor: int, other: int, number: str) -> None:
    """The messages to a number go back to its contact, whose merge was undone."""
    Message.objects.filter(contact=survivor, recipient=number).update(contact=other)


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


@transaction.atomic
def _cancel_chunk(ids: list[int], actor: Any) -> int:
    waiting = locked_for_update(Message.objects.filter(pk__in=ids, status=Status.QUEUED))
    rows = list(waiting.values_list("pk", "doubtful_since"))
    clear = [pk for pk, doubtful_since in rows if doubtful_since is None]
    _end([pk for pk, doubtful_since in rows if doubtful_since is not None], Status.UNCERTAIN, actor)
    return _end(clear, Status.CANCELLED, actor)


def _end(ids: list[int], status: Status, actor: Any) -> int:
    finished = Now() if status is Status.CANCELLED else None
    moved = Message.objects.filter(pk__in=ids, status=Status.QUEUED)
    count = moved.update(status=status, finished_at=finished) if ids else 0
    write_events(ids, status=status, text="", source=MessageEvent.Source.STAFF, actor=actor)
    return count
