"""Readers of foreign values that several adapters share; past them there are only our types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

T = TypeVar("T")

DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%d-%m-%Y", "%d/%m/%Y")
# Enough to see what a provider meant, too little to fill a disk with.
MAX_RAW = 1000
# What one entry of a list may trip over.
_UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, ArithmeticError)


def to_text(value: Any) -> str:
    """A code, an id or a word as a string: `null` is empty, a number is its digits."""
    return "" if value is None else str(value).strip()


def to_amount(value: Any) -> Decimal | None:
    """An amount of money given as a number or a string; None where it is absent or unreadable."""
    try:
        amount = Decimal(to_text(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def to_date(value: Any) -> date | None:
    """The day of a date or a date and time; None for nothing, `0000-00-00` and what cannot be read."""
    found = re.match(r"\d{1,4}[-/]\d{1,2}[-/]\d{1,4}", to_text(value))
    for pattern in DATE_FORMATS if found else ():
        with suppress(ValueError):
            return datetime.strptime(found[0] if found else "", pattern).date()
    return None


class PartialList(list[T]):
    """What could be read of a list: `unread` more entries could not, the last of them for this `reason`."""

    unread = 0
    reason = ""


def read_each(entries: Iterable[Any], reader: Callable[[Any], T]) -> list[T]:
    """Read every entry that can be read, as a `PartialList` where some cannot; raises the last failure only where none
    could be."""
    results: PartialList[T] = PartialList()
    failure: Exception | None = None
    for entry in entries:
        try:
            results.append(reader(entry))
        except _UNREADABLE as error:
            failure = error
            results.unread += 1
    if failure is not None and not results:
        raise failure
    results.reason = "" if failure is None else type(failure).__name__
    return results if failure is not None else list(results)
