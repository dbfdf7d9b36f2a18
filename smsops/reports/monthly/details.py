"""A row per message, on as many sheets as Excel needs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from xlsxwriter.utility import quote_sheetname

from providers.formats import told
from providers.spreadsheets import CELL_LIMIT, SHEET_ROWS, cell_text
from smsops.reports.monthly.book import COUNT, MOMENT, TEXT, Book, Column, serial, write_header
from smsops.reports.monthly.definitions import BILLABLE
from smsops.reports.monthly.names import Names
from smsops.reports.monthly.rows import Row

# Providers' words repeat.
told_once = lru_cache(maxsize=10_000)(told)


def detail_columns() -> list[Column]:
    return [
        Column(_("Reference"), TEXT, 27),
        Column(_("Recipient"), TEXT, 16),
        Column(_("Operator"), TEXT, 14),
        Column(_("Account"), TEXT, 18),
        Column(_("Channel"), TEXT, 10),
        Column(_("Kind"), TEXT, 14),
        Column(_("Campaign"), TEXT, 24),
        Column(_("Written by"), TEXT, 18),
        Column(_("Time"), MOMENT, 19),
        Column(_("Finished"), MOMENT, 19),
        Column(_("Status"), TEXT, 18),
        Column(_("Segments"), COUNT, 10),
        Column(_("Billable segments"), COUNT, 10),
        Column(_("Cost"), "cents", 12),
        Column(_("Currency"), TEXT, 9),
        Column(_("Provider's id"), TEXT, 24),
        Column(_("Provider's code"), TEXT, 12),
        Column(_("Reason"), TEXT, 40),
    ]


class Details:
    """`limit`: rows of a sheet, with its header."""

    def __init__(self, book: Book, names: Names, currencies: dict[int, str], limit: int = SHEET_ROWS) -> None:
        self._book, self._names, self._currencies, self._limit = book, names, currencies, limit
        self._plain, self._moment = book.styles[TEXT], book.styles[MOMENT]
        self._count, self._cents = book.styles[COUNT], book.styles["cents"]
        self._columns = detail_columns()
        # (name, rows with the header) of each sheet that is full or being written.
        self.parts: list[list[Any]] = []
        self._sheet: Any = None
        self._next = 0
        self._begin()

    def _begin(self) -> None:
        self._end()
        self._sheet = self._book.add_sheet(_("Details"))
        write_header(self._book, self._sheet, self._columns)
        self._next = 1
        self.parts.append([self._sheet.get_name(), 1])

    def _end(self) -> None:
        if self._sheet is not None and self._next > 1:
            self.parts[-1][1] = self._next
            self._sheet.autofilter(0, 0, self._next - 1, len(self._columns) - 1)

    def add(self, rows: Sequence[Row]) -> None:
        """Callers have made the names known."""
        for row in rows:
            if self._next >= self._limit:
                self._begin()
            self._write(row)
            self._next += 1
        self.parts[-1][1] = self._next

    def finish(self) -> None:
        self._end()

    def _write(self, row: Row) -> None:
        text, number, place = self._sheet.write_string, self._sheet.write_number, self._next
        for column, value in enumerate(self._texts(row)):
            if value:
                text(place, column if column < 8 else column + _GAPS[column - 8], value, self._plain)
        number(place, 8, serial(row.at), self._moment)
        if row.finished is not None:
            number(place, 9, serial(row.finished), self._moment)
        number(place, 11, row.segments, self._count)
        if row.status in BILLABLE:
            number(place, 12, row.segments, self._count)
        if row.cost is not None:
            number(place, 13, float(row.cost), self._cents)
            text(place, 14, self._currencies[row.account], self._plain)

    def _texts(self, row: Row) -> tuple[str, ...]:
        names = self._names
        return (
            row.reference,
            row.recipient,
            row.operator,
            names.accounts[row.account],
            names.channels[row.channel],
            names.kinds[row.kind],
            cell_text(names.campaigns[row.campaign]),
            cell_text(names.people[row.person]),
            names.statuses[row.status],
            cell_text(row.provider_message_id),
            cell_text(row.code),
            cell_text(told_once(row.text[:CELL_LIMIT])) if row.text else "",
        )

    def count_formula(self) -> str:
        """How many rows all sheets have."""
        parts = (f"COUNTA({quote_sheetname(name)}!A2:A{max(rows, 2)})" for name, rows in self.parts)
        return "+".join(parts)

    @property
    def count(self) -> int:
        return sum(rows - 1 for _name, rows in self.parts)


# The columns after the eighth that are texts: status, provider's id, code, reason.
_GAPS = (2, 6, 6, 6)
