"""Where a row of a workbook stands: later sheets are numbered on behind as many rows as a sheet can hold (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

# The most that the format allows.
SHEET_ROWS = 1 << 20


def row_number(sheet: int, number: int) -> int:
    """The only row of its workbook with this number; `sheet` counts from 0, `number` is as the sheet shows it."""
    return sheet * SHEET_ROWS + min(number, SHEET_ROWS)


def place_of(number: int, sheets: Sequence[str]) -> tuple[int, str]:
    """(number as its sheet shows it, title of the sheet); "" where only one was read."""
    if len(sheets) < 2:
        return number, ""
    sheet, above = divmod(number - 1, SHEET_ROWS)
    return above + 1, sheets[min(sheet, len(sheets) - 1)]


def row_name(number: int, sheets: Sequence[str]) -> str:
    """A row as a person finds it."""
    own, sheet = place_of(number, sheets)
    return _("%(row)s of “%(sheet)s”") % {"row": own, "sheet": sheet} if sheet else str(own)
