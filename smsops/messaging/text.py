"""Segments of a text (pure): GSM-7 with its extension table, else UCS-2. Source: 3GPP TS 23.038 and 23.040."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from providers.types import Encoding

GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("^{}\\[~]|€\f")
_BEYOND_GSM7 = re.compile(f"[^{re.escape(''.join(sorted(GSM7_BASIC | GSM7_EXTENSION)))}]")
_EXTENDED = re.compile(f"[{re.escape(''.join(sorted(GSM7_EXTENSION)))}]")
_UNCLEAN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# (single message, each part of a longer one), in septets, UTF-16 units and bytes.
LIMITS = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67), Encoding.LATIN1: (140, 134)}
# "longer than 160 characters for plain text, 140 for flash": a flash message in GSM-7 counts so.
FLASH_LIMIT = 140


@dataclass(frozen=True, slots=True)
class TextMeasure:
    """`units`: septets, UTF-16 units or bytes. `culprit`: the first character that forces Unicode, with its place."""

    encoding: Encoding
    units: int
    segments: int
    remaining: int
    culprit: str = ""
    culprit_index: int = -1


def first_beyond_gsm7(text: str) -> int:
    """The place of the first character that GSM-7 lacks, or -1."""
    found = _BEYOND_GSM7.search(text)
    return found.start() if found else -1


def count_units(text: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM7:
        return len(text) + len(_EXTENDED.findall(text))
    if encoding is Encoding.UCS2:
        return len(text.encode("utf-16-be", "surrogatepass")) // 2
    return len(text)


def first_beyond(text: str, encoding: Encoding) -> int:
    """The place of the first character that an encoding lacks, or -1."""
    if encoding is Encoding.GSM7:
        return first_beyond_gsm7(text)
    if encoding is Encoding.LATIN1:
        return next((i for i, char in enumerate(text) if ord(char) > 0xFF), -1)
    return -1


def name_character(char: str) -> str:
    """A character so that even an invisible one can be looked for: `’ (U+2019)`, `U+00A0`."""
    code = f"U+{ord(char):04X}"
    return f"{char} ({code})" if char.isprintable() and not char.isspace() else code


def clean_text(text: str) -> str:
    """What may go on the air: one kind of line break, spaces for tabs, no control characters, no half surrogates."""
    if not _UNCLEAN.search(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs"))


def measure(text: str, encoding: Encoding | None = None, *, is_flash: bool = False) -> TextMeasure:
    """How a text goes on the air; `encoding` None chooses GSM-7 where it suffices."""
    index = first_beyond_gsm7(text)
    chosen = encoding or (Encoding.GSM7 if index < 0 else Encoding.UCS2)
    units = count_units(text, chosen)
    single, part = LIMITS[chosen]
    single = FLASH_LIMIT if is_flash and chosen is Encoding.GSM7 else single
    segments, remaining = (1, single - units) if units <= single else _fill_parts(text, chosen, part)
    return TextMeasure(chosen, units, segments, remaining, text[index] if index >= 0 else "", index)


def _fill_parts(text: str, encoding: Encoding, part: int) -> tuple[int, int]:
    """Parts of a long text and the room in the last: an escaped character or a surrogate pair is never torn."""
    parts, used = 1, 0
    for char in text:
        width = count_units(char, encoding)
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    # A flash text just past its shorter limit would fit one part, but is sent as two.
    return (parts, part - used) if parts > 1 else (2, 2 * part - used)
