"""The workbook's hand: typed cells, and tables whose totals are formulas with the values beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from xlsxwriter.utility import quote_sheetname, xl_col_to_name

from providers.spreadsheets import cell_text, open_workbook, sheet_title

TEXT, COUNT, MONEY, RATE, DATE, MOMENT = "text", "count", "money", "rate", "date", "moment"
STYLES = {
    TEXT: "@", COUNT: "#,##0", MONEY: "#,##0", RATE: "0.0%", DATE: "yyyy-mm-dd", MOMENT: "yyyy-mm-dd hh:mm:ss",
    "cents": "#,##0.00",
}  # fmt: skip
EXCEL_BEGINS = datetime(1899, 12, 30)
DAY_SECONDS = 86_400
# Folders with parts of workbooks; those of a worker that was killed are left behind.
DRAFTS = "report-"

# Makes what sheets and formats are asked of, for a file and a folder.
Opener = Callable[[Any, str], Any]


def serial(at: datetime) -> float:
    """A local moment as spreadsheets count days, to the second."""
    passed = at - EXCEL_BEGINS
    return passed.days + passed.seconds / DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Column:
    """`formula`: what stands under it, given the totals' row, with the `value` it comes to, where it is no sum.
    `of_row`: the formula of each of its cells, given the row; its cells are then what that comes to."""

    title: str
    kind: str = TEXT
    width: int = 12
    is_summed: bool = False
    formula: Callable[[int], str] | None = None
    value: float | None = None
    of_row: Callable[[int], str] | None = None


class Book:
    """An XLSX file in the making: written when it is left without an error. What it is made of waits in a folder of its
    own, that goes with it."""

    def __init__(self, file: Any, folder: Path, opener: Opener = open_workbook) -> None:
        self._folder = TemporaryDirectory(dir=folder, prefix=DRAFTS)
        self._book = opener(file, self._folder.name)
        self.styles = {name: self._book.add_format({"num_format": style}) for name, style in STYLES.items()}
        self.bold = {
            name: self._book.add_format({"num_format": style, "bold": True, "top": 1}) for name, style in STYLES.items()
        }
        self.head = self._book.add_format({"num_format": "@", "bold": True, "bottom": 1, "text_wrap": True})
        self.title = self._book.add_format({"num_format": "@", "bold": True, "font_size": 14})
        self.wrapped = self._book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        self._titles: set[str] = set()

    def add_sheet(self, title: str) -> Any:
        """A sheet of its own name: where the words of a language give two the same, the second gets a number."""
        name, number = sheet_title(title), 2
        while name.lower() in self._titles:
            name, number = f"{sheet_title(title)[:27]} {number}", number + 1
        self._titles.add(name.lower())
        return self._book.add_worksheet(name)

    def write(self, sheet: Any, row: int, column: int, value: Any, kind: str = TEXT, *, is_bold: bool = False) -> None:
        style = (self.bold if is_bold else self.styles)[kind]
        if value is None or value == "":
            return
        if isinstance(value, str):
            sheet.write_string(row, column, cell_text(value), style)
        else:
            sheet.write_number(row, column, as_number(value), style)

    def write_formula(self, sheet: Any, row: int, column: int, formula: str, value: Any, kind: str) -> None:
        sheet.write_formula(row, column, f"={formula}", self.bold[kind], as_number(value) if value is not None else "")

    def __enter__(self) -> Book:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._folder:
            try:
                if error is None:
                    self._book.close()
            finally:
                for sheet in self._book.worksheets():
                    sheet.row_data_fh.close()


def as_number(value: Any) -> float | int:
    if isinstance(value, datetime):
        return serial(value)
    if isinstance(value, date):
        return serial(datetime(value.year, value.month, value.day))
    return float(value) if isinstance(value, Decimal) else value


@dataclass(frozen=True, slots=True)
class Written:
    """Where a table stands: its data are the rows `first` to `last` and its totals row `total`, as Excel counts them.
    `sums` by column; `last` < `first`: it is empty, and has no totals."""

    sheet: str
    first: int
    last: int
    sums: tuple[float | int | None, ...]

    @property
    def total(self) -> int:
        return self.last + 1

    def cell(self, column: int) -> str:
        """The total's address from another sheet."""
        return f"{quote_sheetname(self.sheet)}!{xl_col_to_name(column)}{self.total}"


def write_table(
    book: Book, sheet: Any, columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, total: str, empty: str
) -> Written:
    """Header, rows, totals; frozen, with a filter. `total` is the word before the totals, `empty` stands in place of
    rows where there are none."""
    write_header(book, sheet, columns)
    sums: list[Any] = [0 if column.is_summed else None for column in columns]
    count = 0
    for count, values in enumerate(rows, start=1):
        for place, (column, value) in enumerate(zip(columns, values, strict=True)):
            if column.of_row and value is not None:
                sheet.write_formula(
                    count, place, f"={column.of_row(count + 1)}", book.styles[column.kind], float(value)
                )
            else:
                book.write(sheet, count, place, value, column.kind)
            if column.is_summed:
                sums[place] += value or 0
    if count == 0:
        book.write(sheet, 1, 0, empty)
        return Written(sheet.get_name(), 2, 1, tuple(sums))
    sheet.autofilter(0, 0, count, len(columns) - 1)
    written = Written(sheet.get_name(), 2, count + 1, tuple(sums))
    _write_totals(book, sheet, columns, written, total)
    return written


def write_header(book: Book, sheet: Any, columns: Sequence[Column], *, frozen_columns: int = 1) -> None:
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.title, book.head)
        sheet.set_column(place, place, column.width)
    sheet.freeze_panes(1, frozen_columns)


def _write_totals(book: Book, sheet: Any, columns: Sequence[Column], written: Written, total: str) -> None:
    row = written.last
    book.write(sheet, row, 0, total, is_bold=True)
    for place, column in enumerate(columns):
        letter = xl_col_to_name(place)
        if column.is_summed:
            formula = f"SUM({letter}{written.first}:{letter}{written.last})"
            book.write_formula(sheet, row, place, formula, written.sums[place], column.kind)
        elif column.formula:
            book.write_formula(sheet, row, place, column.formula(written.total), column.value, column.kind)
