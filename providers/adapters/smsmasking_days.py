"""Birthdays as smsmasking writes them: `YYYYMMDD` in phbkAdd, `dd mmm yyyy` with English months in phbkEdit. Pure."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[T ].*)?")
_ENGLISH = re.compile(r"(?P<day>\d{1,2})[ -](?P<month>[a-z]{3})[a-z]*\.?,?[ -](?P<year>\d{4})(?: .*)?", re.IGNORECASE)
_NOTHING = re.compile(r"[0\s/.:-]*")
# What an empty date becomes in the provider's kind of database.
_EMPTY_DAY = date(1900, 1, 1)


def read_day(text: str) -> tuple[date | None, str | None]:
    """The day and, where it is no day that we can read for certain, the provider's own words; (None, None) for none."""
    text = text.strip()
    if _NOTHING.fullmatch(text):
        return None, None
    day = _parse(text)
    if day == _EMPTY_DAY:
        return None, None
    return day, text if day is None else None


def _parse(text: str) -> date | None:
    for pattern in (_COMPACT, _ISO, _ENGLISH):
        if found := pattern.fullmatch(text):
            with suppress(ValueError):
                return date(int(found["year"]), _month(found["month"]), int(found["day"]))
    return None


def _month(text: str) -> int:
    return int(text) if text.isdigit() else MONTHS.index(text.lower()) + 1


def write_compact(day: date | None) -> str:
    """`19450817`, as phbkAdd wants it."""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}" if day else ""


def write_english(day: date | None) -> str:
    """`17 aug 1945`, as phbkEdit wants it."""
    return f"{day.day:02d} {MONTHS[day.month - 1]} {day.year:04d}" if day else ""
