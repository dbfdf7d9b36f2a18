"""Phone numbers: any spelling to E.164, and the operator a prefix belongs to (there is no portability in Indonesia)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import phonenumbers
from phonenumbers import carrier
from phonenumbers.carrierdata import CARRIER_DATA
from phonenumbers.phonemetadata import PhoneMetadata

REGION = "ID"
HOME = "+62"
# 0800 and 0804 are free and service numbers, all others are mobile.
HOME_MOBILE = "+628"
# The library would read letters as the keys of a telephone: 0812ABCD890 is no number of ours.
LETTER = re.compile(r"[^\W\d_]")
# Most numbers by far, and the library takes 60 µs for one: its own pattern of them, without the rest of it.
_AT_HOME: Any = PhoneMetadata.metadata_for_region(REGION)
_HOME_MOBILE_SPELLING = re.compile(rf"(?:\+?62|0)({_AT_HOME.mobile.national_number_pattern})")
# Every Indonesian operator prefix is within 62 and five digits (the library's table has at most three).
PREFIX_LENGTH = len("+6281234")


def to_e164(spelling: str) -> str | None:
    """`+62…` for a number that can exist, in any spelling (0812…, 62812…, 0062…, +62 812-…); else None."""
    text = spelling.strip()
    if text.isascii() and (plain := _HOME_MOBILE_SPELLING.fullmatch(text)):
        return f"{HOME}{plain[1]}"
    if LETTER.search(text):
        return None
    if text.startswith(("62", "0062")):
        text = "+" + text.removeprefix("00")
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_mobile(e164: str) -> bool:
    """Whether a number of ours can receive an SMS."""
    if e164.startswith(HOME_MOBILE) and e164[len(HOME_MOBILE)] not in "04":
        return True
    kind = phonenumbers.number_type(phonenumbers.parse(e164))
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def operator_of(e164: str) -> str:
    """The operator's name, e.g. `Telkomsel`; "" where nobody knows."""
    if e164.startswith(HOME):
        return _operator_at_home(e164[:PREFIX_LENGTH])
    return str(carrier.name_for_number(phonenumbers.parse(e164), "en"))


@lru_cache(maxsize=1 << 14)
def _operator_at_home(prefix: str) -> str:
    """By the first digits alone: a hundred thousand numbers share a few hundred prefixes."""
    number = phonenumbers.parse(prefix.ljust(len("+628123456789"), "0"))
    return str(carrier.name_for_valid_number(number, "en"))


def display(e164: str) -> str:
    """As people read it: `0812-3456-7890` at home, `+65 8123 4567` abroad; anything else as it is."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    at_home = number.country_code == phonenumbers.country_code_for_region(REGION)
    form = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))


@lru_cache(maxsize=1)
def operators_at_home() -> tuple[str, ...]:
    """Every name that `operator_of` gives to a number at home, in order."""
    names = (names.get("en", "") for prefix, names in CARRIER_DATA.items() if prefix.startswith(HOME[1:]))
    return tuple(sorted({name for name in names if name}))
