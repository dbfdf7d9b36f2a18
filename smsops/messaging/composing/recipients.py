"""Numbers as people paste them: any separator, any spelling, spaces inside numbers where that is unambiguous (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from providers.numbers import is_mobile, to_e164

SEPARATORS = re.compile(r"[\n\r,;\t/|]+")
# Copied from address books and web pages: marks of writing direction, zero-width characters.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
SPELLED = re.compile(r"[+\d()\s.\-\u2010-\u2015]+")
MAX_WORDS = 8
# A longer entry is no number, and is examined and shown by its beginning only.
LONGEST_ENTRY = 200
# How a number can begin and how long it can be: spares most groups of words the full examination.
FEWEST_DIGITS, MOST_DIGITS = 8, 18
PLAUSIBLE = re.compile(r"(?:\+|00)\d{8,16}|0\d{8,12}|62\d{8,13}|8\d{8,11}")


@dataclass(frozen=True, slots=True)
class _Reading:
    """The best way to read the words up to a place: `numbers` found, `strays` left over, in how many `ways`."""

    strays: int
    ways: int
    start: int = 0
    is_number: bool = False


def split_recipients(pasted: str) -> list[str]:
    """The spellings in a pasted text, in order, one number each; what is no number stays as it was written."""
    chunks = (" ".join(chunk.split()) for chunk in SEPARATORS.split(INVISIBLE.sub("", pasted)))
    return [_shortened(spelling) for chunk in chunks if chunk for spelling in _split_chunk(chunk)]


def _shortened(spelling: str) -> str:
    return spelling if len(spelling) <= LONGEST_ENTRY else f"{spelling[:LONGEST_ENTRY]}…"


@lru_cache(maxsize=1 << 14)
def as_mobile(spelling: str) -> str | None:
    """E.164 of a number that can receive a message, else None."""
    if len(spelling) > LONGEST_ENTRY or not SPELLED.fullmatch(spelling):
        return None
    number = to_e164(spelling)
    return number if number and is_mobile(number) else None


def _split_chunk(chunk: str) -> list[str]:
    words = chunk.split(" ")
    if len(words) == 1 or as_mobile(chunk):
        return [chunk]
    readings = _read_words(words)
    if readings[-1].ways > 1:
        return [chunk]
    return _join_strays(_collect(words, readings))


def _read_words(words: list[str]) -> list[_Reading]:
    """For every place the reading of the words before it that leaves the fewest strays."""
    readings = [_Reading(0, 1)]
    digits = list(accumulate((sum(map(str.isdigit, word)) for word in words), initial=0))
    for end in range(1, len(words) + 1):
        ways = [_Reading(readings[end - 1].strays + 1, readings[end - 1].ways, end - 1)]
        for start in range(max(0, end - MAX_WORDS), end):
            if FEWEST_DIGITS <= digits[end] - digits[start] <= MOST_DIGITS and _is_number(words[start:end]):
                ways.append(_Reading(readings[start].strays, readings[start].ways, start, is_number=True))
        best = min(ways, key=lambda reading: reading.strays)
        total = sum(reading.ways for reading in ways if reading.strays == best.strays)
        readings.append(_Reading(best.strays, min(total, 2), best.start, best.is_number))
    return readings


def _is_number(words: list[str]) -> bool:
    bare = re.sub(r"[^\d+]", "", "".join(words))
    return PLAUSIBLE.fullmatch(bare) is not None and as_mobile(" ".join(words)) is not None


def _collect(words: list[str], readings: list[_Reading]) -> list[tuple[str, bool]]:
    """The spellings of the best reading, each with whether it is a number."""
    found, end = [], len(words)
    while end:
        reading = readings[end]
        found.append((" ".join(words[reading.start : end]), reading.is_number))
        end = reading.start
    return found[::-1]


def _join_strays(found: list[tuple[str, bool]]) -> list[str]:
    """Words in a row that are no number are one complaint, not many."""
    joined: list[tuple[str, bool]] = []
    for spelling, is_number in found:
        if joined and not is_number and not joined[-1][1]:
            joined[-1] = (f"{joined[-1][0][: LONGEST_ENTRY + 1]} {spelling}", False)
        else:
            joined.append((spelling, is_number))
    return [spelling for spelling, _is_a_number in joined]
