"""Of when the figures are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from smsops.reports.figures import read_state

LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Freshness:
    """`at` None: they have never been counted."""

    at: datetime | None
    is_late: bool


def freshness(now: datetime) -> Freshness:
    state = read_state()
    at = state.caught_up_at if state is not None else None
    return Freshness(at, at is None or now - at > LATE)
