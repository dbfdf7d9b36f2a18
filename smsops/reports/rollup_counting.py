"""Counts the messages of one day as the roll-ups hold them: the only place that reads messages for figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, Count, F, IntegerField, Q, Sum, Value, When
from django.db.models.functions import Coalesce, TruncDate, TruncHour
from django.utils import timezone

from smsops.messaging.models import Message, MessageQuerySet
from smsops.messaging.status import Status
from smsops.reports import rollup_rules as rules

CENTS = Decimal("0.0001")
# What the rows are told apart by, and what is added up: the columns of the two tables.
HOURLY_KEY = ("hour", "account_id", "operator", "channel", "status", "delay")
HOURLY_SUMS = ("messages", "segments")
DAILY_KEY = ("account_id", "operator", "channel", "kind", "campaign_id", "created_by_id", "status", "error_code")
DAILY_SUMS = ("messages", "segments", "price", "unpriced", "unpriced_segments")

Key = tuple[Any, ...]
Sums = tuple[Any, ...]


class DayFigures(NamedTuple):
    """Both grains of one day: key → sums."""

    hourly: dict[Key, Sums]
    daily: dict[Key, Sums]


def count_day(day: date) -> DayFigures:
    """What the messages themselves say of a local day."""
    hourly: dict[Key, Sums] = {}
    daily: dict[Key, Sums] = {}
    for rows in _rows_of(day):
        hourly |= _count_hourly(rows)
        daily |= _count_daily(rows)
    return DayFigures(hourly, daily)


def _rows_of(day: date) -> Iterator[MessageQuerySet]:
    """Two searches by two indexes; no status comes in both."""
    start, end = rules.day_span(day)
    rows = Message.objects.order_by().annotate(moment=rules.moment(), settled_moment=rules.settled_moment())
    yield rows.exclude(status__in=(*rules.NOT_COUNTED, Status.UNCERTAIN)).filter(
        settled_moment__gte=start, settled_moment__lt=end
    )
    yield rows.filter(status=Status.UNCERTAIN, moment__gte=start, moment__lt=end)


def _count_hourly(rows: MessageQuerySet) -> dict[Key, Sums]:
    zone = timezone.get_default_timezone()
    found = rows.annotate(hour=TruncHour("moment", tzinfo=zone), delay=_delay()).values_list(*HOURLY_KEY)
    counted = found.annotate(messages=Count("pk"), total=Sum("segments"))
    return {row[:6]: row[6:] for row in counted}


def _delay() -> Case:
    """The class of the time from sent to delivered."""
    since = Coalesce("provider_scheduled_for", "sent_at")
    steps = [When(finished_at__lte=since + timedelta(seconds=most), then=n) for n, most in enumerate(rules.DELAYS)]
    arrived = Case(*steps, default=len(rules.DELAYS), output_field=IntegerField())
    return Case(When(status=Status.DELIVERED, then=arrived), default=None, output_field=IntegerField())


def _count_daily(rows: MessageQuerySet) -> dict[Key, Sums]:
    reason = Case(When(status__in=rules.WITH_REASON, then=F("error_code")), default=Value(""))
    found = rows.annotate(reason=reason).values_list(*DAILY_KEY[:-1], "reason")
    no_price = Q(price=None)
    counted = found.annotate(
        messages=Count("pk"),
        total=Sum("segments"),
        paid=Sum("price"),
        unpriced=Count("pk", filter=no_price),
        unpriced_total=Sum("segments", filter=no_price, default=0),
    )
    return {row[:8]: (*row[8:10], _money(row[10]), *row[11:]) for row in counted}


def _money(value: Decimal | None) -> Decimal:
    return (value or Decimal(0)).quantize(CENTS)


def days_of_messages() -> list[date]:
    """Every local day on which a message counts. Reads all messages once."""
    counted = Message.objects.order_by().exclude(status__in=rules.NOT_COUNTED)
    zone = timezone.get_default_timezone()
    days = counted.annotate(day=TruncDate(rules.moment(), tzinfo=zone)).values_list("day", flat=True).distinct()
    return sorted(day for day in days if day is not None)


def doubtful_by_day() -> dict[date, int]:
    """How many messages are uncertain now, by the local day on which they count; by the index of what is rare."""
    zone = timezone.get_default_timezone()
    rows = Message.objects.order_by().filter(status=Status.UNCERTAIN)
    days = rows.annotate(day=TruncDate(rules.moment(), tzinfo=zone)).values_list("day")
    return {day: count for day, count in days.annotate(count=Count("pk")) if day is not None}
