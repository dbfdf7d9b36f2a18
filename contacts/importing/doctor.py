"""Repairs of a telephone number that a spreadsheet or a person has damaged (pure). What is lost is never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import phonenumbers

from contacts.uploads.cells import Figure, Formula
from providers.numbers import REGION, is_mobile, to_e164

# Notes and reasons; their words are in `words.py`.
LOST_ZERO, FORMULA_TEXT, INVISIBLE, DOUBLE_PREFIX = "lost_zero", "formula_text", "invisible", "double_prefix"
INTERNATIONAL, SCIENTIFIC, TAIL, WORDS, SEVERAL = "international", "scientific", "tail", "words", "several"
NO_NUMBER, NOT_A_NUMBER, DIGITS_LOST, IS_FORMULA = "no_number", "not_a_number", "digits_lost", "is_formula"
# A doubt: it may be right.
ROUNDED = "rounded"

_FORMULA_TEXT = re.compile(r'=\s*"([^"]*)"\s*')
# Non-breaking and thin spaces, zero-width characters, byte order and direction marks.
_INVISIBLE = re.compile("[\u00a0\u00ad\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u206f\u3000\ufeff]+")
_SCIENTIFIC = re.compile(r"[+]?\d+(?:[.,]\d+)?[eE][+]?\d{1,2}")
# Six zeros at the end of a figure: likely what is left of 6.2812E+12.
_ROUNDED = re.compile(r"\d{4,}0{6}(?:\.0)?")
_TAIL = re.compile(r"(\+?\d{6,})[.,]0+")
_PLAIN = re.compile(r"\+62[2-9]\d{6,12}|0[2-9]\d{6,12}|62[2-9]\d{6,12}")
_DOUBLE_PREFIX = re.compile(r"(?:\+\s*|00)62[\s.(-]*0\d")
_ZEROS = re.compile(r"00\s*62")
_LOST_ZERO = re.compile(r"8[\d\s.-]{7,}")
_SEPARATORS = re.compile(r"\s*(?:[/;,|\n\r&]|:::|\b(?:atau|or|dan|and)\b)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NumberReading:
    """`number`: E.164, or None with the `reason`; `others`: further numbers of the cell; `notes`: what was repaired."""

    number: str | None = None
    others: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""


def repair_number(cell: str) -> NumberReading:
    text = cell.strip()
    if not isinstance(cell, Figure) and _PLAIN.fullmatch(text) and (number := to_e164(text)):
        return NumberReading(number)
    notes: list[str] = []
    text = _unwrap(text, notes)
    if isinstance(cell, Formula) and FORMULA_TEXT not in notes:
        return NumberReading(reason=IS_FORMULA)
    if not text:
        return NumberReading(reason=NO_NUMBER)
    if isinstance(cell, Figure) and _ROUNDED.fullmatch(text):
        notes.append(ROUNDED)
    if _TAIL.fullmatch(text) or _SCIENTIFIC.fullmatch(text) or not _SEPARATORS.search(text):
        if (number := _single(text, notes)) is not None:
            return NumberReading(number, notes=tuple(notes))
        if _SCIENTIFIC.fullmatch(text):
            return NumberReading(reason=DIGITS_LOST)
    return _several(text, notes)


def _unwrap(text: str, notes: list[str]) -> str:
    """Without what Excel and web pages put around or between the digits."""
    if match := _FORMULA_TEXT.fullmatch(text):
        text = match[1]
        notes.append(FORMULA_TEXT)
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub(" ", text)
        notes.append(INVISIBLE)
    return text.strip().lstrip("'").removeprefix("tel:").strip()


def _single(text: str, notes: list[str]) -> str | None:
    if match := _TAIL.fullmatch(text):
        text = match[1]
        notes.append(TAIL)
    elif _SCIENTIFIC.fullmatch(text):
        if (digits := _all_digits(text)) is None:
            return None
        text = digits
        notes.append(SCIENTIFIC)
    number = to_e164(text)
    if number:
        notes.extend(_spelling_notes(text))
    return number


def _all_digits(text: str) -> str | None:
    """The whole number where the mantissa still has each of its digits."""
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    _sign, _digits, exponent = number.as_tuple()
    return str(int(number)) if exponent == 0 else None


def _spelling_notes(text: str) -> list[str]:
    if _DOUBLE_PREFIX.match(text):
        return [DOUBLE_PREFIX]
    if _ZEROS.match(text):
        return [INTERNATIONAL]
    return [LOST_ZERO] if _LOST_ZERO.fullmatch(text) else []


def _several(text: str, notes: list[str]) -> NumberReading:
    """Two numbers in one cell, or one among words."""
    found: list[str] = []
    for part in _SEPARATORS.split(text):
        number = _single(part, notes)
        found.extend([number] if number else _numbers_among_words(part))
    numbers = sorted(dict.fromkeys(found), key=lambda number: not is_mobile(number))
    if not numbers:
        is_lost = ROUNDED in notes or any(map(_SCIENTIFIC.fullmatch, _SEPARATORS.split(text)))
        return NumberReading(reason=DIGITS_LOST if is_lost else NOT_A_NUMBER)
    notes.append(SEVERAL if len(numbers) > 1 else WORDS)
    return NumberReading(numbers[0], tuple(numbers[1:]), tuple(dict.fromkeys(notes)))


def _numbers_among_words(text: str) -> list[str]:
    """Each whole number that stands by itself; one with an extension belongs to an office."""
    matches = phonenumbers.PhoneNumberMatcher(text, REGION)
    return [number for match in matches if not match.number.extension and (number := to_e164(match.raw_string))]
