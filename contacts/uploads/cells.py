"""What the readers of all kinds of files give: rows of texts."""

from __future__ import annotations

from typing import TypeAlias


class Formula(str):
    """A cell that is calculated, as it stands in the file (`=A1&B1`)."""


class Figure(str):
    """A cell that a workbook holds as a figure: its last digits may have been rounded away before it was saved."""


Row: TypeAlias = tuple[int, list[str]]
