"""When messages may go out (pure): quiet hours in the recipient's zone, and the next turn of what repeats."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from providers.hours import read_hours
from smsops.messaging.zones import ZONES

DAILY, WEEKLY, MONTHLY = "daily", "weekly", "monthly"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end`, over midnight where the end is the earlier one. By the clock on the recipient's wall."""

    start: time
    end: time

    def holds(self, local: time) -> bool:
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def over_at(self, moment: datetime, zone: str) -> datetime:
        """The moment itself, or the end of the quiet hours that it falls into."""
        local = moment.astimezone(zone_of(zone))
        if not self.holds(local.timetz().replace(tzinfo=None)):
            return moment
        day = local.date() + timedelta(days=local.time() >= self.end)
        return datetime.combine(day, self.end, tzinfo=zone_of(zone))


def read_quiet_hours(written: str) -> QuietHours | None:
    """`20:00-08:00`; "" for none. Raises ValueError for anything else."""
    hours = read_hours(written)
    return QuietHours(*hours) if hours else None


def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(ZONES.get(name, name))


def zones_at_rest(quiet: QuietHours, moment: datetime, zones: Iterable[str]) -> dict[str, datetime]:
    """Which of the zones lie in their quiet hours, and until when."""
    until = {zone: quiet.over_at(moment, zone) for zone in zones}
    return {zone: end for zone, end in until.items() if end != moment}


def next_turn(moment: datetime, repeat: str, zone: str, *, day: int = 0) -> datetime:
    """The next turn after this one, at the same time on the wall. `day`: the day of the month it began with, which a
    short month pulls forward and the next long one gives back (31 January, 28 February, 31 March)."""
    local = moment.astimezone(zone_of(zone))
    if repeat == MONTHLY:
        then = _next_month(local.date(), day or local.day)
    else:
        then = local.date() + timedelta(days={DAILY: 1, WEEKLY: 7}[repeat])
    return datetime.combine(then, local.time(), tzinfo=zone_of(zone))


def _next_month(today: date, day: int) -> date:
    year, month = (today.year + 1, 1) if today.month == 12 else (today.year, today.month + 1)
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
