"""A calendar month in TIME_ZONE (pure but for the zone)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from smsops.reports.rollup_rules import day_span

_WRITTEN = re.compile(r"(\d{4})-(\d{2})")
FIRST_YEAR, LAST_YEAR = 2000, 2999


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """`first` is its first day."""

    first: date

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.replace(day=1))

    @classmethod
    def parse(cls, written: str) -> Month:
        """Of `2026-09`; raises ValueError for anything else."""
        match = _WRITTEN.fullmatch(written.strip())
        if match is None or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
            raise ValueError(written)
        return cls(date(int(match[1]), int(match[2]), 1))

    @classmethod
    def current(cls) -> Month:
        return cls.of(timezone.localdate(timezone=timezone.get_default_timezone()))

    @property
    def next(self) -> Month:
        return Month.of(self.first + timedelta(days=32))

    @property
    def previous(self) -> Month:
        return Month.of(self.first - timedelta(days=1))

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    def span(self) -> tuple[datetime, datetime]:
        """Its beginning, and the beginning of the next one."""
        return day_span(self.first, self.last)

    def is_over(self) -> bool:
        return timezone.now() >= self.span()[1]

    @property
    def label(self) -> str:
        """`September 2026`, in the reader's language."""
        return date_format(self.first, "F Y")

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"
