"""Segments of a text (pure): GSM-7 with its extension table, else UCS-2. Source: 3GPP TS 23.038 and 23.040."""

from __future__ import annotations

from dataclasses import dataclass

from providers.types import Encoding

GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("^{}\\[~]|€\f")
# (single message, each part of a longer one), in septets, UTF-16 units and bytes.
LIMITS = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67), Encoding.LATIN1: (140, 134)}


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
    return next((i for i, char in enumerate(text) if char not in GSM7_BASIC and char not in GSM7_EXTENSION), -1)


def count_units(text: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM7:
        return len(text) + sum(char in GSM7_EXTENSION for char in text)
    if encoding is Encoding.UCS2:
        return len(text.encode("utf-16-be", "surrogatepass")) // 2
    return len(text)


def measure(text: str, encoding: Encoding | None = None) -> TextMeasure:
    """How a text goes on the air; `encoding` None chooses GSM-7 where it suffices."""
    index = first_beyond_gsm7(text)
    chosen = encoding or (Encoding.GSM7 if index < 0 else Encoding.UCS2)
    units = count_units(text, chosen)
    single, part = LIMITS[chosen]
    segments = 1 if units <= single else _count_parts(text, chosen, part)
    room = single if segments == 1 else segments * part
    return TextMeasure(chosen, units, segments, max(room - units, 0), text[index] if index >= 0 else "", index)


def _count_parts(text: str, encoding: Encoding, part: int) -> int:
    """Parts of a long text: an escaped character or a surrogate pair is never torn over two parts."""
    if encoding is Encoding.LATIN1:
        return -(-len(text) // part)
    parts, used = 1, 0
    for char in text:
        width = 2 if (char in GSM7_EXTENSION if encoding is Encoding.GSM7 else ord(char) > 0xFFFF) else 1
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return parts
