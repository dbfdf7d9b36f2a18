"""Days as people and programs write them; day before month, as in Indonesia (pure)."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = (
    ("jan", "januari", "january"),
    ("feb", "peb", "februari", "pebruari", "february"),
    ("mar", "maret", "march"),
    ("apr", "april"),
    ("mei", "may"),
    ("jun", "juni", "june"),
    ("jul", "juli", "july"),
    ("agu", "ags", "agt", "agustus", "aug", "august"),
    ("sep", "sept", "september"),
    ("okt", "oct", "oktober", "october"),
    ("nov", "nop", "november", "nopember"),
    ("des", "dec", "desember", "december"),
)
MONTHS = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ].*)?|(\d{4})(\d\d)(\d\d)(?:t.*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d\d)(?: .*)?")
_NAMED = re.compile(r"(\d{1,2})[-/. ]*([a-z]+)[-/., ]*(\d{4}|\d\d)")
_MONTH_NAMED = re.compile(r"([a-z]+)[. ]*(\d{1,2}),? +(\d{4})")
FIRST_YEAR = 1900


def read_date(cell: str, *, today: date | None = None) -> date | None:
    """The day, `17/8/90` and `17 Agustus 1990` included; None where it cannot be one in the past."""
    text = " ".join(cell.split()).casefold()
    now = today or date.today()
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = match.groups()[:3] if match[1] else match.groups()[3:]
        return _day(int(year), int(month), int(day), now)
    if match := _DAY_FIRST.fullmatch(text):
        return _day(_year(match[3], now), int(match[2]), int(match[1]), now)
    if match := _NAMED.fullmatch(text):
        return _day(_year(match[3], now), MONTHS.get(match[2], 0), int(match[1]), now)
    if match := _MONTH_NAMED.fullmatch(text):
        return _day(int(match[3]), MONTHS.get(match[1], 0), int(match[2]), now)
    return None


def _year(digits: str, today: date) -> int:
    """Two digits mean the last such year."""
    if len(digits) == 4:
        return int(digits)
    year = today.year // 100 * 100 + int(digits)
    return year if year <= today.year else year - 100


def _day(year: int, month: int, day: int, today: date) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if year >= FIRST_YEAR and found <= today else None
