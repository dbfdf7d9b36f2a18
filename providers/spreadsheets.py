"""Cells that leave for a spreadsheet: no text of a stranger may run there as a formula. Every export goes this way."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import IO, Any

import xlsxwriter

# What a spreadsheet begins to calculate at, in its full-width forms too, after any number of our own apostrophes.
_RUNS = re.compile("'*[=+\\-@\uff1d\uff0b\uff0d\uff20\x00-\x1f\x7f]")
_ESCAPED = re.compile("'+[=+\\-@\uff1d\uff0b\uff0d\uff20\x00-\x1f\x7f]")
# The most that a cell of a workbook holds, and a sheet.
CELL_LIMIT = 32_767
SHEET_ROWS = 1_048_576
# Of the XML of one sheet: what import unpacks at most, with room to spare.
SHEET_BYTES = 448 << 20
_ROW_BYTES, _CELL_BYTES, _MARKUP_BYTES = 64, 80, 7
_MARKUP = re.compile("[&<>\x00-\x1f]")
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\]")
UTF8_BOM = b"\xef\xbb\xbf"


def escape_cell(text: str) -> str:
    """The text for a CSV cell: an apostrophe before what would run as a formula. `unescape_cell` takes it back."""
    return f"'{text}" if _RUNS.match(text) else text


def unescape_cell(text: str) -> str:
    """What `escape_cell` was given."""
    return text[1:] if _ESCAPED.match(text) else text


class _Line:
    """What `csv.writer` writes to: it hands back the line."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    """The rows as CSV, escaped; put `UTF8_BOM` before the first, by which Excel knows the encoding."""
    return plain_csv_lines([escape_cell(cell) for cell in row] for row in rows)


def plain_csv_lines(rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    """The same for cells that are escaped already, where they must be: a figure below zero must not."""
    writer = csv.writer(_Line(), lineterminator="\r\n")
    for row in rows:
        yield str(writer.writerow(row)).encode()


def open_workbook(file: IO[bytes] | str, folder: Any = None) -> Any:
    """An XLSX workbook written row by row in constant memory, whose texts are never read as formulas, links or figures.
    `folder`: where the parts wait until it is closed."""
    # Without inline strings the writer would keep every text until the end.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": False,
        "tmpdir": str(folder) if folder else None,
    }
    return xlsxwriter.Workbook(file, options)


def cell_text(text: str) -> str:
    """A text as a cell of a workbook can hold it."""
    # In constant memory the writer would take this for marked-up text, and copy it into the file as it stands.
    return f"{text[: CELL_LIMIT - 1]} " if text.startswith("<r>") else text[:CELL_LIMIT]


def _size_of(row: Iterable[str]) -> int:
    """At most how many bytes the row takes in its sheet."""
    texts = [text for text in row if text]
    lengths = (len(text.encode()) * (_MARKUP_BYTES if _MARKUP.search(text) else 1) for text in texts)
    return _ROW_BYTES + _CELL_BYTES * len(texts) + sum(lengths)


def sheet_title(text: str) -> str:
    """The text as a sheet may be called."""
    return _NOT_IN_TITLES.sub("-", text).strip("'")[:31]


class TextWorkbook:
    """An XLSX workbook of texts, written row by row in constant memory. As texts, cells cannot run, numbers keep their
    zeros, and addresses of the web make no links; the format for texts keeps it so when somebody edits a cell.
    A sheet that is full (`most_rows`, `most_bytes` of its XML) goes on in the next, below the same headers.

        with TextWorkbook(file, "Contacts") as book:
            book.add_row(["Name", "Mobile number"], is_header=True)
    """

    def __init__(
        self, file: IO[bytes], title: str, *, most_rows: int = SHEET_ROWS, most_bytes: int = SHEET_BYTES
    ) -> None:
        self._book = open_workbook(file)
        self._title = title
        self._most_rows, self._most_bytes = most_rows, most_bytes
        self._plain = self._book.add_format({"num_format": "@"})
        self._bold = self._book.add_format({"num_format": "@", "bold": True})
        self._header: list[str] = []
        self._sheets = 0
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        number = f" ({self._sheets})" if self._sheets > 1 else ""
        self._sheet = self._book.add_worksheet(f"{self._title[: 31 - len(number)]}{number}")
        self._count = self._bytes = 0

    def add_row(self, cells: Iterable[str], *, is_header: bool = False) -> None:
        row = list(cells)
        if is_header:
            self._header = row
        size = _size_of(row)
        if self._count >= self._most_rows or (self._count > 1 and self._bytes + size > self._most_bytes):
            self._begin_sheet()
            if self._header:
                self._write(self._header, self._bold)
                self._sheet.freeze_panes(self._count, 0)
        self._write(row, self._bold if is_header else self._plain)
        self._bytes += size
        if is_header:
            self._sheet.freeze_panes(self._count, 0)

    def _write(self, row: Iterable[str], style: Any) -> None:
        for column, text in enumerate(row):
            if text:
                self._sheet.write_string(self._count, column, cell_text(text), style)
        self._count += 1

    def __enter__(self) -> TextWorkbook:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Any:
        self._book.close()


def workbook_of(title: str, rows: Iterable[Iterable[str]]) -> bytes:
    """A whole workbook, small enough for memory; the first row names the columns."""
    file = io.BytesIO()
    with TextWorkbook(file, title) as book:
        for place, row in enumerate(rows):
            book.add_row(row, is_header=not place)
    return file.getvalue()
