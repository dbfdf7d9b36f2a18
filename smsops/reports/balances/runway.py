"""How long a balance lasts at the usual pace, and what would be lost when it expires (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

# Farther ahead nobody plans, and the pace says nothing.
FARTHEST = 365
WEEKDAYS = 7
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Runway:
    """`days` that it lasts in full (0: not through today), `ends_on` the day on which it runs out; both None where it
    lasts beyond a year or nothing is used. `lost`: what is left over when it expires on `expires_on`; 0 where it is
    used up before. `is_used` False: nothing leaves it, so there is no pace."""

    days: int | None
    ends_on: date | None
    expires_on: date | None
    lost: Decimal
    is_used: bool


def burn_by_weekday(used: Mapping[date, Decimal], *, since: date, until: date) -> tuple[Decimal, ...]:
    """What is used on a Monday, a Tuesday …, on average over the days from `since` until before `until`; days that
    `used` does not name count as none. No day falls below nothing."""
    totals, counts = [ZERO] * WEEKDAYS, [0] * WEEKDAYS
    for number in range((until - since).days):
        day = since + timedelta(days=number)
        totals[day.weekday()] += max(used.get(day, ZERO), ZERO)
        counts[day.weekday()] += 1
    overall = sum(totals, ZERO) / max(sum(counts), 1)
    return tuple(total / count if count else overall for total, count in zip(totals, counts, strict=True))


def run_down(
    *,
    balance: Decimal,
    today: date,
    rest_of_today: float,
    burn: tuple[Decimal, ...],
    reserved: Iterable[tuple[date, Decimal]] = (),
    expires_on: date | None = None,
) -> Runway:
    """Live through the coming days. `rest_of_today`: the share of today that is still to come, 0 to 1. `reserved`:
    what planned campaigns take besides the usual, and on which day; days gone by count for today."""
    planned: dict[date, Decimal] = {}
    for day, amount in reserved:
        planned[max(day, today)] = planned.get(max(day, today), ZERO) + amount
    left, lost = max(balance, ZERO), ZERO
    is_used = any(burn) or any(planned.values())
    if expires_on is not None and expires_on < today:
        lost = left
    for number in range(FARTHEST + 1):
        day = today + timedelta(days=number)
        share = Decimal(str(round(rest_of_today, 6))) if number == 0 else Decimal(1)
        left -= burn[day.weekday()] * share + planned.get(day, ZERO)
        if (is_used and left < 0) or not balance > 0:
            return Runway(number, day, expires_on, lost, is_used)
        if day == expires_on:
            lost = left
    return Runway(None, None, expires_on, lost or _lost_later(left, today, burn, expires_on), is_used)


def _lost_later(left: Decimal, today: date, burn: tuple[Decimal, ...], expires_on: date | None) -> Decimal:
    """It expires beyond the horizon: the weeks until then at the same pace."""
    if expires_on is None or expires_on <= today + timedelta(days=FARTHEST):
        return ZERO
    more = (expires_on - today).days - FARTHEST
    return max(left - sum(burn, ZERO) / WEEKDAYS * more, ZERO)
