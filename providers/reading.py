"""Readers of foreign values that several adapters share; past them there are only our types."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any, TypeVar

from django.utils.translation import gettext_noop

T = TypeVar("T")

ANSWER_UNREAD = gettext_noop("The answer cannot be read: %(reason)s.")
AS_DESCRIBED = gettext_noop("it is not written as the provider's document describes")
MISSING = gettext_noop("“%(name)s” is missing")

DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%d-%m-%Y", "%d/%m/%Y")
# Each start may cost a read of the whole text, which a hostile callback would make us pay for.
MAX_JSON_STARTS = 20
_CAPITAL_IN_KEY = re.compile(r'[A-Z][^"]*"\s*:')
# Enough to see what a provider meant, too little to fill a disk with.
MAX_RAW = 1000
# What reading foreign data may raise; past the guarded block there are only our types.
UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, ArithmeticError, RecursionError)


class Unreadable(ValueError):
    """Foreign data that nobody can read; the words, as for a catalogue, say to staff what is wrong with them."""


def why_unreadable(error: Exception) -> str:
    """In words for staff, to be stored and translated when shown."""
    if isinstance(error, Unreadable):
        return str(error)
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
        return MISSING % {"name": error.args[0]}
    return AS_DESCRIBED


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
        except UNREADABLE as error:
            failure = error
            results.unread += 1
    if failure is not None and not results:
        raise failure
    results.reason = "" if failure is None else why_unreadable(failure)
    return results if failure is not None else list(results)


def decode(body: bytes) -> str:
    """UTF-8, else Windows-1252; never an error."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def digits(number: str) -> str:
    """`62…` digits of a number in any spelling: for the wire, and for comparing numbers."""
    bare = str(number).removeprefix("+")
    if not (bare.isascii() and bare.isdigit()):
        bare = re.sub(r"\D", "", bare)
    if bare.startswith("00"):
        bare = bare[2:]
    return "62" + bare[1:] if bare.startswith("0") else bare


def find_json(text: str, *, has_any_case: bool = False) -> Any:
    """The first JSON object or array in a text that may have a PHP or ASP.NET warning before or after it.

    `has_any_case`: keys are written as the provider pleases, and come in lower case.
    """
    # Nearly all providers write small letters: to look for others costs less than to make each object anew.
    has_capitals = has_any_case and _CAPITAL_IN_KEY.search(text)
    decoder = json.JSONDecoder(object_pairs_hook=_lower_keys if has_capitals else None)
    for start in [found.start() for found in islice(re.finditer(r"[{\[]", text), MAX_JSON_STARTS)]:
        try:
            value, _end = decoder.raw_decode(text, start)
        except ValueError:
            continue
        if isinstance(value, dict) or text.lstrip()[:1] == "[":
            return value
    raise Unreadable(gettext_noop("no JSON in the answer"))


def _lower_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key.lower(): value for key, value in pairs}


def as_list(value: Any) -> list[Any]:
    """A list of one may come as the bare object."""
    return value if isinstance(value, list) else [] if value is None else [value]
