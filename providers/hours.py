"""Hours of a day as people write them: `20:00-08:00`."""

from __future__ import annotations

import re
from datetime import time

_HOURS = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3])[:.]([0-5]\d)")


def read_hours(written: str) -> tuple[time, time] | None:
    """(from, to); None for "" and for hours that are none. Raises ValueError for anything else."""
    if not written.strip():
        return None
    match = _HOURS.fullmatch(written.strip())
    if match is None:
        raise ValueError(written)
    start, end = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    return None if start == end else (start, end)
