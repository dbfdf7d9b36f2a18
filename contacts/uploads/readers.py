"""One way into every kind of file."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from itertools import islice
from typing import IO

from django.utils.translation import gettext_noop as _

from contacts.uploads.cells import Row
from contacts.uploads.refusal import FileRefused
from contacts.uploads.sniffing import VCARD, XLSX, find_kind
from contacts.uploads.text_readers import csv_rows
from contacts.uploads.vcards import vcard_rows
from contacts.uploads.workbooks import sheet_titles, xlsx_rows
from providers.cleaning import clip

SAMPLE_ROWS = 50
TITLE = 100


@dataclass(frozen=True, slots=True)
class Found:
    """What a look into a file tells: its first rows, blank ones left out, and how far down the first of them is;
    `sheets`: titles of a workbook's sheets that hold the list, `unread`: of those that hold something else."""

    kind: str
    encoding: str
    sample: list[list[str]]
    blank_rows: int
    sheets: list[str]
    unread: list[str]


def read_rows(file: IO[bytes], kind: str, encoding: str, *, skip: int = 0, last: int = 0) -> Generator[Row, None, None]:
    """(number, cells) of each row after the first `skip`, blank ones too; `last` is the number of the row before. In a
    workbook `contacts.uploads.sheets` tells the sheet from a number. Raises FileRefused."""
    if kind == XLSX:
        yield from xlsx_rows(file, skip, last)
        return
    rows = vcard_rows(file, encoding) if kind == VCARD else csv_rows(file, encoding)
    yield from islice(rows, skip, None)


def look_into(file: IO[bytes]) -> Found:
    """Raises FileRefused, with a sentence that says what to do."""
    file.seek(0)
    kind, encoding = find_kind(file)
    rows = [cells for _number, cells in islice(read_rows(file, kind, encoding), SAMPLE_ROWS)]
    filled = [cells for cells in rows if not is_blank(cells)]
    if not filled:
        raise FileRefused(_("The file holds no rows."))
    blank_rows = next(place for place, cells in enumerate(rows) if not is_blank(cells))
    sheets, unread = sheet_titles(file) if kind == XLSX else ([], [])
    return Found(kind, encoding, filled, blank_rows, _short(sheets), _short(unread))


def _short(titles: list[str]) -> list[str]:
    return [clip(title, TITLE) for title in titles]


def is_blank(cells: list[str]) -> bool:
    return not any(cell.strip() for cell in cells)
