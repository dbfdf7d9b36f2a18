"""What a roll-up counts: one definition for figures, reports and details. When it counts, `messaging.moments` says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from smsops.messaging.models import MessageQuerySet
from smsops.messaging.moments import MOMENT_COLUMNS as MOMENT_COLUMNS
from smsops.messaging.moments import day_span as day_span
from smsops.messaging.moments import moment as moment
from smsops.messaging.moments import settled_moment as settled_moment
from smsops.messaging.status import Status

Rows = MessageQuerySet
NOT_COUNTED = (Status.QUEUED, Status.SENDING)
# What was handed over to a provider that took it.
SENT = (Status.SENT, Status.DELIVERED, Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED)
# What did not arrive, or was refused at once.
FAILED = (Status.FAILED, Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED)
# Failures by reason: elsewhere the provider's code says nothing.
WITH_REASON = (*FAILED, Status.UNCERTAIN)

# Seconds from sent to delivered: the upper ends of the classes; the last class has none.
DELAYS = (2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 12 * 3600, 24 * 3600)


def counted_between(start: datetime, end: datetime) -> tuple[dict[str, Any], Q]:
    """Annotations and a condition for `Message`: what counts from `start` until before `end`. Two searches by two
    indexes; together they are what `moment` says."""
    settled = Q(settled_moment__gte=start, settled_moment__lt=end) & ~Q(status__in=(*NOT_COUNTED, Status.UNCERTAIN))
    doubtful = Q(status=Status.UNCERTAIN, moment__gte=start, moment__lt=end)
    return {"settled_moment": settled_moment(), "moment": moment()}, settled | doubtful
