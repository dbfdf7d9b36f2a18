"""When a message counts, in which day: for lists, figures and reports alike.

A message counts once it has left, is in doubt, or has ended: not while it waits or is just being sent. Its moment is
when the provider sends it (`provider_scheduled_for`), else when the provider took it (`sent_at`), else when it ended,
else (uncertain) when it was first submitted. Days and hours are those of TIME_ZONE.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models.functions import Coalesce
from django.utils import timezone

# Settled ones are found by an index over the first three.
SETTLED_COLUMNS = ("provider_scheduled_for", "sent_at", "finished_at")
MOMENT_COLUMNS = (*SETTLED_COLUMNS, "doubtful_since", "attempted_at")


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
