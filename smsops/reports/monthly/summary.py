"""The first sheet: the month in twenty lines, each figure a formula that leads to the sheet it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from smsops.reports.monthly.book import COUNT, TEXT, Book, Column, Written
from smsops.reports.monthly.details import Details
from smsops.reports.monthly.figures import Figures
from smsops.reports.monthly.sheets import tally_cells, tally_columns


def write_summary(
    book: Book, sheet: Any, title: str, facts: Sequence[tuple[str, str]], figures: Figures, totals: Written,
    others: Sequence[tuple[Column, Written, int]], details: Details,
) -> None:  # fmt: skip
    """`totals`: of the accounts' sheet, whose first column is the account; `others`: more totals, each a column of a
    table and its place there."""
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 24)
    sheet.write_string(0, 0, title, book.title)
    row = 2
    for row, (name, value) in enumerate(facts, start=2):
        book.write(sheet, row, 0, name)
        book.write(sheet, row, 1, value)
    row = _write_figures(book, sheet, row + 2, figures, totals)
    for below, (column, written, place) in enumerate(others, start=1):
        book.write(sheet, row + below, 0, column.title)
        _write_total(book, sheet, row + below, column.kind, written, place, written.sums[place])
    row += len(others) + 1
    _write_proof(book, sheet, row + 1, figures, details)
    sheet.freeze_panes(1, 1)


def _write_figures(book: Book, sheet: Any, row: int, figures: Figures, totals: Written) -> int:
    values = tally_cells(figures.total, figures.used_currencies)
    for place, (column, value) in enumerate(zip(tally_columns(figures, 1), values, strict=True), start=1):
        book.write(sheet, row, 0, column.title)
        _write_total(book, sheet, row, column.kind, totals, place, value)
        row += 1
    return row


def _write_total(book: Book, sheet: Any, row: int, kind: str, written: Written, place: int, value: Any) -> None:
    if written.last < written.first:
        book.write(sheet, row, 1, value or 0, kind)
    else:
        book.write_formula(sheet, row, 1, written.cell(place), value, kind)


def _write_proof(book: Book, sheet: Any, row: int, figures: Figures, details: Details) -> None:
    """The details hold as many rows as were counted."""
    book.write(sheet, row, 0, _("Rows in the details"))
    book.write_formula(sheet, row, 1, details.count_formula(), details.count, COUNT)
    book.write(sheet, row + 1, 0, _("Messages and not sent"))
    book.write(sheet, row + 1, 1, figures.total.messages + figures.total.not_sent, COUNT)
    is_right = details.count == figures.total.messages + figures.total.not_sent
    sheet.write_formula(
        row + 2, 1, f'=IF(B{row + 1}=B{row + 2},"{_("They agree")}","{_("They differ")}")', book.bold[TEXT],
        _("They agree") if is_right else _("They differ"),
    )  # fmt: skip
