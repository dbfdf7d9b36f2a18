"""Rows of an XLSX workbook. What could fill the memory is measured, not believed, before anything is parsed."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import count, islice
from typing import IO, Any

from django.utils.translation import gettext_noop as _
from openpyxl import load_workbook
from openpyxl.worksheet._reader import WorkSheetParser

from contacts.uploads.cells import Figure, Formula, Row
from contacts.uploads.refusal import COLUMNS, FileRefused
from contacts.uploads.sheets import row_number
from contacts.uploads.text_readers import too_long, too_wide

BLOCK = 1 << 16
# Bytes once unpacked. Shared texts are held in memory as long as the sheet is read; sheets never are.
SHEET_BYTES = 512 << 20
TEXTS_BYTES = 64 << 20
OTHER_BYTES = 16 << 20
MOST_PARTS = 2000
HEAD_ROWS = 50
# One text of 32,767 characters, each written in its longest form; and a row of nothing but such texts is no contact.
LONGEST_TEXT = 32_767 * 6
LONGEST_ROW = 4 << 20
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_TEXTS = "xl/sharedstrings.xml"
_ROW_START = re.compile(rb"<(?:\w+:)?row[\s/>]")
_ROW_END = re.compile(rb"</(?:\w+:)?row\s*>|<(?:\w+:)?row(?:\s[^>]*)?/>")
# How the format writes characters that XML has not.
_ESCAPED = re.compile("_x([0-9A-F]{4})_")
EXACT_FLOAT = 1e15


def xlsx_rows(file: IO[bytes], skip: int = 0, last: int = 0) -> Iterator[Row]:
    """(number of the row, cells) of the first sheet that holds any and of those that go on with it below the same
    headers; without the first `skip` rows, of which the last had the number `last`. Raises FileRefused."""
    check_parts(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield from _rows(file, skip, last)
    except FileRefused:
        raise
    except Exception as error:
        # Whatever the library raises at a hostile file.
        raise FileRefused(_("This workbook is damaged. Open it in Excel and save it anew.")) from error


def check_parts(file: IO[bytes]) -> None:
    """Unpack everything once, block by block. Raises FileRefused for a bomb, and for texts of no sensible length."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise _bomb()
            for part in parts:
                _check_part(archive, part)
    except (
        zipfile.BadZipFile,
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        zipfile.error,
    ) as error:
        raise FileRefused(_("This workbook is damaged. Open it in Excel and save it anew.")) from error


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    name = part.filename.lower()
    is_sheet = bool(_SHEET.fullmatch(name))
    most = SHEET_BYTES if is_sheet else TEXTS_BYTES if name == _TEXTS else OTHER_BYTES
    if part.file_size > most:
        raise _bomb()
    size = text = row = rows = 0
    with archive.open(part) as source:
        while block := source.read(BLOCK):
            size += len(block)
            text = _run_length(text, block, b"<")
            ends = len(_ROW_END.findall(block)) if is_sheet else 0
            row = 0 if ends else row + len(block)
            rows += ends
            if size > most:
                raise _bomb()
            if name.endswith(".xml") and (text > LONGEST_TEXT or (is_sheet and row > LONGEST_ROW)):
                raise too_long(rows + 1) if is_sheet else _long_text()


def _run_length(so_far: int, block: bytes, mark: bytes) -> int:
    """The longest run without the mark that this block ends or goes on with."""
    first, last = block.find(mark), block.rfind(mark)
    if first < 0:
        return so_far + len(block)
    return max(so_far + first if so_far + first > LONGEST_TEXT else 0, len(block) - last - 1)


def _bomb() -> FileRefused:
    return FileRefused(_("This workbook is too large once unpacked. Save the list as CSV, which may be much longer."))


def _long_text() -> FileRefused:
    return FileRefused(_("A cell of this workbook holds more text than Excel allows: that is no contact."))


def sheet_titles(file: IO[bytes]) -> tuple[list[str], list[str]]:
    """(sheets of the list, those that hold something else). For a workbook that was read once."""
    book = _open(file)
    read = [sheet.title for sheet, _head in _sheets(book)]
    return read, [sheet.title for sheet in book.worksheets if sheet.title not in read and _later_head(book, sheet)]


def _open(file: IO[bytes]) -> Any:
    file.seek(0)
    return load_workbook(file, read_only=True, data_only=False, keep_links=False)


def _rows(file: IO[bytes], skip: int, last: int) -> Iterator[Row]:
    book = _open(file)
    for part, (sheet, head) in enumerate(_sheets(book)):
        source = _Source(book, sheet)
        for place, (number, cells) in enumerate(source.rows(skip), start=min(skip, head)):
            last = max(last + 1, row_number(part, number))
            # After the first sheet headers that stand there again are none.
            yield last, [] if place < head else cells
        skip -= source.skipped


def _sheets(book: Any) -> Iterator[tuple[Any, int]]:
    """(sheet, how many rows at its top say nothing new) of the list, in order."""
    headers: list[str] | None = None
    for sheet in book.worksheets:
        head = _head_of(book, sheet) if headers is None else _later_head(book, sheet)
        if head and headers is None:
            headers = head[-1]
            yield sheet, 0
        elif head and head[-1] == headers:
            yield sheet, len(head)


def _later_head(book: Any, sheet: Any) -> list[list[str]]:
    """What is no list beside the list is no reason to refuse it."""
    try:
        return _head_of(book, sheet)
    except FileRefused:
        return [[sheet.title]]


def _head_of(book: Any, sheet: Any) -> list[list[str]]:
    """The rows down to the first that is not blank; none of a sheet that is."""
    head = []
    for _number, cells in islice(_Source(book, sheet).rows(0), HEAD_ROWS):
        head.append([cell.strip() for cell in cells])
        if any(head[-1]):
            return head
    return []


class _Source:
    """One sheet; `skipped` of its rows were left out when it was read."""

    def __init__(self, book: Any, sheet: Any) -> None:
        self.book, self.sheet = book, sheet
        self.skipped = 0

    def rows(self, skip: int) -> Iterator[Row]:
        with self.sheet._get_source() as source:
            xml = _WithoutRows(source, skip)
            yield from _parse(self.book, self.sheet, xml)
            self.skipped = xml.skipped


def _parse(book: Any, sheet: Any, xml: _WithoutRows) -> Iterator[Row]:
    parser = WorkSheetParser(
        xml,
        sheet._shared_strings,
        epoch=book.epoch,
        date_formats=book._date_formats,
        timedelta_formats=book._timedelta_formats,
    )
    for number, cells in parser.parse():
        yield number, _texts(cells)


class _WithoutRows:
    """A sheet's XML without its first rows: finding their ends is a hundred times as fast as parsing them. `skipped`:
    how many that were; fewer where the sheet has no more."""

    def __init__(self, source: IO[bytes], skip: int) -> None:
        self.skipped = 0
        self._blocks = filter(None, self._cut_rows(source, skip))

    def read(self, size: int = -1) -> bytes:
        return next(self._blocks, b"")

    def _cut_rows(self, source: IO[bytes], skip: int) -> Iterator[bytes]:
        if not skip:
            return (yield from iter(lambda: source.read(BLOCK), b""))
        head, buffer = _up_to_rows(source)
        yield head
        place = 0
        while self.skipped < skip:
            while (end := _ROW_END.search(buffer, place)) is None:
                if not (block := source.read(BLOCK)):
                    return (yield buffer[place:])
                buffer, place = buffer[place:] + block, 0
            place = end.end()
            self.skipped += 1
        yield buffer[place:]
        yield from iter(lambda: source.read(BLOCK), b"")


def _up_to_rows(source: IO[bytes]) -> tuple[bytes, bytes]:
    """(what comes before the first row, what has been read of the rows)"""
    buffer = b""
    while block := source.read(BLOCK):
        buffer += block
        if start := _ROW_START.search(buffer):
            return buffer[: start.start()], buffer[start.start() :]
    return buffer, b""


def _texts(cells: list[dict[str, Any]]) -> list[str]:
    texts: list[str] = []
    for place, cell in zip(count(1), cells, strict=False):
        column = cell["column"] or place
        if column > COLUMNS:
            raise too_wide(column)
        texts.extend([""] * (column - len(texts)))
        texts[column - 1] = _text(cell["value"], cell["data_type"])
    return texts


def _text(value: Any, data_type: str) -> str:
    if value is None:
        return ""
    if data_type == "f":
        return Formula(value if isinstance(value, str) else f"={getattr(value, 'text', '')}")
    if data_type == "e":
        return Formula(f"={value}")
    if isinstance(value, str):
        return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), value)
    return _plain(value)


def _plain(value: Any) -> str:
    """Figures without the tail that floating point gives them, days as 1990-08-17."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_FLOAT:
        return Figure(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return Figure(value) if isinstance(value, int | float) else str(value)
