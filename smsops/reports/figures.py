"""Figures for the pages that people look at all day: a few queries over the roll-ups, never one over the messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from smsops.messaging.status import Status
from smsops.reports import figures_rules as rules
from smsops.reports.models import DailyFigure, HourlyFigure, QueueReading, RollupState
from smsops.reports.rollup_rules import FAILED, SENT, day_span

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
COMPARED_WEEKS = 4
FORTNIGHT = 14
RATED_HOURS = 24
# What the figures tell apart; a status may be in two of them.
GROUPS: dict[str, tuple[Status, ...]] = {
    "sent": SENT,
    "delivered": (Status.DELIVERED,),
    "open": (Status.SENT,),
    "failed": FAILED,
    "uncertain": (Status.UNCERTAIN,),
}
# The outcome is known of these.
SETTLED = (Status.DELIVERED, *FAILED)

Counts = dict[str, int]


def grouped(statuses: Mapping[str, int]) -> Counts:
    """Status → messages, as the groups of `GROUPS`."""
    return {name: sum(statuses.get(status, 0) for status in members) for name, members in GROUPS.items()}


# --- today -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hour:
    """`usual`: messages sent in that hour on the same weekday; None where there was no such day."""

    hour: datetime
    counts: Counts
    usual: int | None


@dataclass(frozen=True, slots=True)
class Today:
    """`usual`: what the same weekdays had come to at this time; empty where there were none."""

    day: date
    counts: Counts
    usual: dict[str, int | None]
    hours: list[Hour]


def read_today(now: datetime) -> Today:
    here = timezone.localtime(now, timezone.get_default_timezone())
    starts = [day_span(here.date() - back * WEEK)[0] for back in range(COMPARED_WEEKS + 1)]
    found = _hours_of(starts)
    known = _known_starts(starts[1:])
    today = found[starts[0]]
    return Today(
        day=here.date(),
        counts={name: sum(counts[name] for counts in today.values()) for name in GROUPS},
        usual={name: _usual_by_now(found, known, name, here - starts[0]) for name in GROUPS},
        hours=[_hour(hour, today, found, known, starts[0]) for hour in _all_hours(starts[0])],
    )


Statuses = dict[str, int]
Hours = dict[datetime, Counts]
NOTHING = grouped({})


def _hours_of(starts: list[datetime]) -> dict[datetime, Hours]:
    """Beginning of a day → its hours → messages by group."""
    spans = {start: day_span(start.date()) for start in starts}
    within = reduce(or_, (Q(hour__gte=first, hour__lt=last) for first, last in spans.values()))
    found: dict[datetime, Hours] = {start: {} for start in starts}
    for hour, *sums in _by_group(HourlyFigure.objects.order_by().filter(within).values_list("hour")):
        start = next(start for start, (first, last) in spans.items() if first <= hour < last)
        found[start][hour] = dict(zip(GROUPS, sums, strict=True))
    return found


def _by_group(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """The groups of `GROUPS` added up, in their order."""
    sums = {name: Sum("messages", filter=Q(status__in=members), default=0) for name, members in GROUPS.items()}
    return rows.annotate(**sums)


def _known_starts(starts: list[datetime]) -> list[datetime]:
    """Days before the first message tell nothing of what is usual."""
    first = HourlyFigure.objects.order_by("hour").values_list("hour", flat=True).first()
    return [start for start in starts if first is not None and first < start + DAY]


def _usual_by_now(found: dict[datetime, Hours], known: list[datetime], name: str, gone: timedelta) -> int | None:
    return rules.usual(
        [
            rules.up_to({hour: counts[name] for hour, counts in found[start].items()}, start=start, moment=start + gone)
            for start in known
        ]
    )


def _all_hours(start: datetime) -> list[datetime]:
    first, last = day_span(start.date())
    return [first + number * rules.HOUR for number in range(int((last - first) / rules.HOUR))]


def _hour(hour: datetime, today: Hours, found: dict[datetime, Hours], known: list[datetime], start: datetime) -> Hour:
    before = [found[day].get(day + (hour - start), NOTHING)["sent"] for day in known]
    return Hour(hour, today.get(hour, NOTHING), rules.usual(before))


def usual_waiting(now: datetime) -> int | None:
    """How many waited at this hour of the same weekday."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    hours = [hour - back * WEEK for back in range(1, COMPARED_WEEKS + 1)]
    return rules.usual(list(QueueReading.objects.filter(hour__in=hours).values_list("waiting", flat=True)))


# --- the last two weeks ----------------------------------------------------------------------------------------------


def read_days(last: date, count: int = FORTNIGHT) -> list[tuple[date, Counts]]:
    """The days until `last`, the oldest first."""
    first = last - (count - 1) * DAY
    rows = DailyFigure.objects.order_by().filter(date__gte=first, date__lte=last)
    found = {day: dict(zip(GROUPS, sums, strict=True)) for day, *sums in _by_group(rows.values_list("date"))}
    days = [first + number * DAY for number in range(count)]
    return [(day, found.get(day, NOTHING)) for day in days]


# --- how well it goes ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Rate:
    """Of one account or operator: messages by status, and delivered ones by class of their delay."""

    statuses: Statuses = field(default_factory=dict)
    delays: dict[int, int] = field(default_factory=dict)

    def add(self, status: str, delay: int | None, messages: int) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + messages
        if delay is not None:
            self.delays[delay] = self.delays.get(delay, 0) + messages

    @property
    def sent(self) -> int:
        return grouped(self.statuses)["sent"]

    @property
    def settled(self) -> int:
        """The outcome is known."""
        return sum(self.statuses.get(status, 0) for status in SETTLED)

    @property
    def percent(self) -> int | None:
        """Delivered ones of those of which the outcome is known."""
        return rules.percent(self.statuses.get(Status.DELIVERED, 0), self.settled)

    @property
    def seconds(self) -> float | None:
        """The median from sent to delivered."""
        return rules.median_delay(self.delays)


def read_rates(now: datetime) -> tuple[dict[int, Rate], dict[str, Rate]]:
    """Of the last 24 hours: by account's id, and by operator."""
    rows = HourlyFigure.objects.order_by().filter(hour__gt=now - (RATED_HOURS + 1) * rules.HOUR, hour__lte=now)
    keys = rows.values_list("account_id", "operator", "status", "delay")
    accounts: dict[int, Rate] = {}
    operators: dict[str, Rate] = {}
    for account, operator, status, delay, messages in keys.annotate(n=Sum("messages")):
        for rate in (accounts.setdefault(account, Rate()), operators.setdefault(operator, Rate())):
            rate.add(status, delay, messages)
    return accounts, operators


def read_state() -> RollupState | None:
    """How fresh the figures are."""
    return RollupState.objects.first()
