"""Personal texts (pure): `{name|Pelanggan}` becomes a recipient's value, else the default.

One pass over the text: values are put in as they are and never looked through again, so that nobody's name can read
another field. `{{` and `}}` are braces. Names count regardless of case and of spaces around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from smsops.messaging.text import clean_text

LONGEST_VALUE = 2000
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}|\n]{1,60})(?:\|([^{}\n]*))?\}|[{}]")


@dataclass(frozen=True, slots=True)
class Field:
    """`key` as values are found by, `default` None where none was given."""

    key: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Merge:
    """A text taken apart: literal pieces and fields in turn. `strays`: single braces that are part of no field."""

    pieces: tuple[str | Field, ...]
    strays: int = 0
    _keys: tuple[str, ...] = field(default=(), compare=False)

    @property
    def keys(self) -> tuple[str, ...]:
        """The names that the text asks for, each once, in order."""
        return self._keys

    def render(self, values: Mapping[str, str]) -> str:
        """The text for one recipient; a field without a value and without a default becomes nothing."""
        return "".join(
            piece if isinstance(piece, str) else values.get(piece.key) or piece.default or "" for piece in self.pieces
        )

    def lacking(self, values: Mapping[str, str]) -> list[str]:
        """The names for which this recipient has no value and the text no default."""
        return [piece.key for piece in self._fields() if piece.default is None and not values.get(piece.key)]

    def _fields(self) -> Iterator[Field]:
        return (piece for piece in self.pieces if isinstance(piece, Field))


def field_key(name: str) -> str:
    return " ".join(name.split()).casefold()


def parse_merge(text: str) -> Merge:
    """Take a text apart, once for all its recipients."""
    pieces: list[str | Field] = []
    strays = end = 0
    for match in _PIECE.finditer(text):
        pieces.append(text[end : match.start()])
        end = match.end()
        if match[1] and match[1].strip():
            pieces.append(Field(field_key(match[1]), match[2]))
        else:
            pieces.append({"{{": "{", "}}": "}"}.get(match[0], match[0]))
            strays += match[0] not in ("{{", "}}")
    found = tuple(piece for piece in [*pieces, text[end:]] if piece != "")
    keys = tuple(dict.fromkeys(piece.key for piece in found if isinstance(piece, Field)))
    return Merge(found, strays, keys)


def clean_value(value: str) -> str:
    """A value as it may stand in a text: on one line, without control characters."""
    if value.isprintable() and len(value) <= LONGEST_VALUE:
        return value
    return " ".join(clean_text(value[:LONGEST_VALUE]).split("\n"))
