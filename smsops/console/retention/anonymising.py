"""Anonymises old messages, oldest first, some hundred a transaction; it remembers how far it has come.

Sent ones are walked hour by hour by the index of their moments, received ones by their ids; what is decided behind the
walk's back is found by its steps (`late`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Min, QuerySet
from django.utils.translation import gettext_lazy as _

from smsops.console.retention.late import anonymise_late, late_messages
from smsops.console.retention.models import RetentionProgress
from smsops.inbox.anonymising import anonymise_inbound, forget_automatic_answers
from smsops.inbox.models import InboundMessage
from smsops.messaging.anonymising import anonymise_messages, readable_messages
from smsops.messaging.models import Message
from smsops.messaging.moments import settled_moment
from smsops.messaging.tracking.horizon import MOST_HOURS

CHUNK = 500
READ = 10_000
SPAN = timedelta(hours=1)
SETTING = "MESSAGE_TEXTS_KEPT_DAYS"
# Until then a report may come, and is matched by the number where a provider tells no more.
LEAST_DAYS = MOST_HOURS // 24 + 1


@dataclass(frozen=True, slots=True)
class Anonymised:
    """One type of message: `count` and `work` take the time before which all is old; `work` also when to stop."""

    label: Any
    count: Callable[[datetime], int]
    work: Callable[[datetime, float], int]

    @property
    def days(self) -> int:
        days = int(getattr(settings, SETTING))
        return max(days, LEAST_DAYS) if days > 0 else 0


def texts() -> Mapping[str, Anonymised]:
    """What loses its text and number, by name."""
    return {
        "texts": Anonymised(_("Texts and numbers of sent messages"), _count_sent, _anonymise_sent),
        "received": Anonymised(_("Texts and numbers of received messages"), _count_received, _anonymise_received),
    }


def _progress(name: str) -> RetentionProgress:
    return RetentionProgress.objects.get_or_create(name=name)[0]


# --- sent ------------------------------------------------------------------------------------------------------------


def _count_sent(limit: datetime) -> int:
    progress = _progress("texts")
    return readable_messages(progress.moment, limit).count() + late_messages(progress).count()


def _anonymise_sent(limit: datetime, until: float) -> int:
    progress, done = _progress("texts"), 0
    start = progress.moment or Message.objects.aggregate(first=Min(settled_moment()))["first"] or limit
    while start < limit and time.monotonic() < until:
        end = min(start + SPAN, limit)
        count, is_whole = _anonymise_span(start, end, until)
        done += count
        if is_whole:
            start = progress.moment = end
            progress.save(update_fields=["moment"])
    return done + anonymise_late(progress, until)


def _anonymise_span(start: datetime, end: datetime, until: float) -> tuple[int, bool]:
    """How many, and whether none is left; a busy hour goes on the next time."""
    done = 0
    while ids := list(readable_messages(start, end).values_list("pk", flat=True)[:READ]):
        for first in range(0, len(ids), CHUNK):
            chunk = ids[first : first + CHUNK]
            forget_automatic_answers(chunk)
            done += anonymise_messages(chunk)
            if time.monotonic() > until:
                return done, False
    return done, True


# --- received --------------------------------------------------------------------------------------------------------


def _received(position: int, limit: datetime) -> QuerySet[InboundMessage]:
    return InboundMessage.objects.filter(pk__gt=position, created_at__lt=limit)


def _count_received(limit: datetime) -> int:
    return _received(_progress("received").position, limit).order_by().count()


def _anonymise_received(limit: datetime, until: float) -> int:
    progress, done = _progress("received"), 0
    while time.monotonic() < until and (ids := _oldest_received(progress.position, limit)):
        done += anonymise_inbound(ids)
        progress.position = ids[-1]
        progress.save(update_fields=["position"])
    return done


def _oldest_received(position: int, limit: datetime) -> list[int]:
    """Ids grow with time: the first young one ends it, and nothing behind it is read."""
    later = InboundMessage.objects.filter(pk__gt=position).order_by("pk").values_list("pk", "created_at")[:CHUNK]
    return [pk for pk, created_at in later if created_at < limit]
