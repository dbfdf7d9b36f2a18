"""What figures are compared with, and how a median is read from classes (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from smsops.reports.rollup_rules import DELAYS

HOUR = timedelta(hours=1)


def usual(days: Sequence[int]) -> int | None:
    """What is usual, where there were such days."""
    return round(median(days)) if days else None


def up_to(hours: Mapping[datetime, int], *, start: datetime, moment: datetime) -> int:
    """Of a day that began at `start`, the hours until a moment; of the hour that is under way, its share."""
    total = 0.0
    for hour, count in hours.items():
        if start <= hour < moment:
            total += count * min(1.0, (moment - hour) / HOUR)
    return round(total)


def median_delay(classes: Mapping[int, int]) -> float | None:
    """Seconds, from how many fell into each class of `DELAYS`; within a class it is taken as even. None: no message."""
    half = sum(classes.values()) / 2
    if not half:
        return None
    before = 0
    for number in sorted(classes):
        if before + classes[number] >= half:
            low = DELAYS[number - 1] if number else 0
            high = DELAYS[number] if number < len(DELAYS) else low
            return low + (high - low) * (half - before) / classes[number]
        before += classes[number]
    return None


def percent(part: int, whole: int) -> int | None:
    """Rounded down, so that 100 means all of them; None of nothing."""
    return part * 100 // whole if whole else None
