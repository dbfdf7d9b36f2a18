"""Keeps the roll-ups true: a day that something came to is counted again from its messages, never added to.

So the figures cannot drift, whatever is repeated, crashes or comes twice. A day is counted outside any transaction;
what differs is then written, in one, by whoever takes away the mark that he saw at the beginning: of two who count the
same day only one writes, and where the day was marked again meanwhile nobody does, but it is counted once more.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models, transaction

from providers.bulk import insert_rows
from smsops.reports import rollup_rules as rules
from smsops.reports.models import DailyFigure, HourlyFigure, StaleDay
from smsops.reports.rollup_counting import (
    DAILY_KEY,
    DAILY_SUMS,
    HOURLY_KEY,
    HOURLY_SUMS,
    Key,
    Sums,
    count_day,
    days_of_messages,
)

logger = logging.getLogger(__name__)

CHUNK = 500
# A day that is marked again and again while it is counted is left to the next turn.
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of a day that was not what the messages say; `stored` and `counted` hold its sums, None: no such row."""

    date: date
    table: str
    key: Key
    stored: Sums | None
    counted: Sums | None


# --- marking ---------------------------------------------------------------------------------------------------------


def mark_days(days: Iterable[date]) -> None:
    """Something came to messages of these days."""
    marks = [StaleDay(date=day, mark=uuid.uuid4()) for day in sorted(set(days))]
    StaleDay.objects.bulk_create(
        marks, update_conflicts=True, unique_fields=["date"], update_fields=["mark", "is_check"], batch_size=CHUNK
    )


def mark_for_check(days: Iterable[date]) -> None:
    """Look whether the figures of these days are right; what is marked already is mended anyway."""
    marks = [StaleDay(date=day, is_check=True) for day in sorted(set(days))]
    StaleDay.objects.bulk_create(marks, ignore_conflicts=True, batch_size=CHUNK)


def all_days() -> list[date]:
    """Every day of which there are messages or figures."""
    stored = DailyFigure.objects.order_by().values_list("date", flat=True).distinct()
    return sorted({*days_of_messages(), *stored})


# --- mending ---------------------------------------------------------------------------------------------------------


def mend_day(day: date, *, look_again: Callable[[], object]) -> list[Difference]:
    """Make the figures of a marked day what its messages say; returns what differed where nothing explains it.

    `look_again` marks the days of all that happened until now: a difference is only told if that leaves the day as
    it was.
    """
    for _ in range(MOST_TRIES):
        stale = StaleDay.objects.filter(date=day).first()
        if stale is None:
            return []
        wrong = _compare(day)
        if wrong and stale.is_check:
            look_again()
        if _write(stale, wrong):
            return [part.difference for part in wrong] if stale.is_check else []
    return []


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A difference, and the rows that go for it."""

    difference: Difference
    model: type[models.Model]
    ids: Sequence[int]


def _compare(day: date) -> list[_Wrong]:
    counted = count_day(day)
    start, end = rules.day_span(day)
    hourly = HourlyFigure.objects.filter(hour__gte=start, hour__lt=end)
    daily = DailyFigure.objects.filter(date=day)
    return [
        *_differences(day, hourly, HOURLY_KEY, HOURLY_SUMS, counted.hourly),
        *_differences(day, daily, DAILY_KEY, DAILY_SUMS, counted.daily),
    ]


def _differences(
    day: date, rows: models.QuerySet[Any], key: Sequence[str], sums: Sequence[str], counted: dict[Key, Sums]
) -> Iterator[_Wrong]:
    stored: dict[Key, Sums] = {}
    ids: dict[Key, list[int]] = {}
    for id, *values in rows.values_list("id", *key, *sums):
        known, found = tuple(values[: len(key)]), tuple(values[len(key) :])
        stored[known] = tuple(map(sum, zip(found, stored[known], strict=True))) if known in stored else found
        ids.setdefault(known, []).append(id)
    table = str(rows.model._meta.model_name)
    for known in {**stored, **counted}:
        if stored.get(known) != counted.get(known):
            told = Difference(day, table, known, stored.get(known), counted.get(known))
            yield _Wrong(told, rows.model, ids.get(known, ()))


@transaction.atomic
def _write(stale: StaleDay, wrong: Sequence[_Wrong]) -> bool:
    """Whether the day was still as it had been found."""
    if not StaleDay.objects.filter(date=stale.date, mark=stale.mark).delete()[0]:
        return False
    for model in (HourlyFigure, DailyFigure):
        mine = [part for part in wrong if part.model is model]
        _delete(model, [id for part in mine for id in part.ids])
        _insert(model, [part.difference for part in mine if part.difference.counted is not None])
    return True


def _delete(model: type[models.Model], ids: Sequence[int]) -> None:
    for start in range(0, len(ids), CHUNK):
        model._default_manager.filter(pk__in=ids[start : start + CHUNK]).delete()


def _insert(model: type[models.Model], differences: Sequence[Difference]) -> None:
    if model is HourlyFigure:
        names: tuple[str, ...] = (*HOURLY_KEY, *HOURLY_SUMS)
        rows = [(*each.key, *(each.counted or ())) for each in differences]
    else:
        names = ("date", *DAILY_KEY, *DAILY_SUMS)
        rows = [(each.date, *each.key, *(each.counted or ())) for each in differences]
    insert_rows(model, names, rows)
