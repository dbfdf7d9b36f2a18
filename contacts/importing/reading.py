"""What the cells of a row say, and clean texts (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from providers.cleaning import clip

KEY_LENGTH = 100
Values = dict[str, Any]


@dataclass(slots=True)
class RowReading:
    """`values` holds only what the row says: an empty cell clears nothing. `notes` explain, `doubts` would leave
    something out, `refusals` keep the row from being stored; each is [field, code, what]."""

    values: Values = field(default_factory=dict)
    notes: list[list[str]] = field(default_factory=list)
    doubts: list[list[str]] = field(default_factory=list)
    refusals: list[list[str]] = field(default_factory=list)

    def add_attributes(self, found: dict[str, str]) -> None:
        kept = {clip(key, KEY_LENGTH): clean_text(value) for key, value in found.items() if key and value}
        self.values.setdefault("attributes", {}).update(kept)


def clean_text(text: str) -> str:
    """As texts are kept and compared: one kind of line end, no space around, nothing that no database stores."""
    return clip(text.replace("\r\n", "\n").replace("\r", "\n"), len(text)).strip()
