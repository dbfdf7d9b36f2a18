"""What a roll-up counts, and in which hour and day: one definition for figures, reports and details.

A message counts once it has left, is in doubt, or has ended: not while it waits or is just being sent. Its moment is
when the provider sends it (`provider_scheduled_for`), else when the provider took it (`sent_at`), else when it ended,
else (uncertain) when it was first submitted. Days and hours are those of TIME_ZONE.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from smsops.messaging.models import MessageQuerySet
from smsops.messaging.status import Status

Rows = MessageQuerySet
NOT_COUNTED = (Status.QUEUED, Status.SENDING)
# Settled ones are found by an index over the first three.
SETTLED_COLUMNS = ("provider_scheduled_for", "sent_at", "finished_at")
MOMENT_COLUMNS = (*SETTLED_COLUMNS, "doubtful_since", "attempted_at")

# What was handed over to a provider that took it.
SENT = (Status.SENT, Status.DELIVERED, Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED)
# What did not arrive, or was refused at once.
FAILED = (Status.FAILED, Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED)
# Failures by reason: elsewhere the provider's code says nothing.
WITH_REASON = (*FAILED, Status.UNCERTAIN)

# Seconds from sent to delivered: the upper ends of the classes; the last class has none.
DELAYS = (2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 12 * 3600, 24 * 3600)


def moment() -> Coalesce:
    """When a counted message counts, for queries of `Message`."""
    return Coalesce(*MOMENT_COLUMNS)


def settled_moment() -> Coalesce:
    """The same for all that are not uncertain, as the index has it."""
    return Coalesce(*SETTLED_COLUMNS)


def day_span(first: date, last: date | None = None) -> tuple[datetime, datetime]:
    """The beginning of a local day, and the end of it or of a later one."""
    zone = timezone.get_default_timezone()
    after = (last or first) + timedelta(days=1)
    return datetime.combine(first, time(), zone), datetime.combine(after, time(), zone)


def counted_between(start: datetime, end: datetime) -> tuple[dict[str, Any], Q]:
    """Annotations and a condition for `Message`: what counts from `start` until before `end`. Two searches by two
    indexes; together they are what `moment` says."""
    settled = Q(settled_moment__gte=start, settled_moment__lt=end) & ~Q(status__in=(*NOT_COUNTED, Status.UNCERTAIN))
    doubtful = Q(status=Status.UNCERTAIN, moment__gte=start, moment__lt=end)
    return {"settled_moment": settled_moment(), "moment": moment()}, settled | doubtful


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
