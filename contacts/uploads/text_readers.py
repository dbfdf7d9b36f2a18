"""Rows of a CSV or TSV file, whatever program wrote it. Memory does not grow with the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from itertools import islice
from typing import IO

from django.utils.translation import gettext_noop as _

from contacts.uploads.cells import Formula, Row
from contacts.uploads.refusal import CELL_CHARACTERS, COLUMNS, FileRefused
from providers.spreadsheets import unescape_cell

DELIMITERS = ",;\t|"
# A line of all columns full is longer, but nobody's list is.
LONGEST_LINE = 1 << 20
SAMPLE_ROWS = 30
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)


def csv_rows(file: IO[bytes], encoding: str) -> Iterator[Row]:
    """(number of the row in the file from 1, cells) for each; raises FileRefused."""
    delimiter = find_delimiter(file, encoding)
    for number, cells in enumerate(_plain_rows(file, encoding, delimiter), start=1):
        if len(cells) > COLUMNS:
            raise too_wide(len(cells))
        yield number, [_cell(text, number) for text in cells]


def too_wide(columns: int) -> FileRefused:
    sentence = _("The sheet has %(count)d columns; a list of contacts has at most %(most)d.")
    return FileRefused(sentence, count=columns, most=COLUMNS)


def too_long(number: int) -> FileRefused:
    sentence = _("A cell in row %(row)d holds more than %(most)d characters: that is no contact.")
    return FileRefused(sentence, row=number, most=CELL_CHARACTERS)


def _cell(text: str, number: int) -> str:
    if len(text) > CELL_CHARACTERS:
        raise too_long(number)
    return Formula(text) if text.startswith("=") else unescape_cell(text)


def find_delimiter(file: IO[bytes], encoding: str) -> str:
    """The separator by which the first rows have the most columns, all of them as many."""
    with closing(_lines(file, encoding)) as lines:
        sample = list(islice(lines, SAMPLE_ROWS))
    if sample and (named := _SEPARATOR_LINE.fullmatch(sample[0])):
        return named[1]
    return max(DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: list[str], delimiter: str) -> tuple[int, int]:
    """(rows as wide as the header, its width): the header alone is no proof."""
    try:
        widths = [len(row) for row in csv.reader(sample, delimiter=delimiter) if row]
    except csv.Error:
        return 0, 0
    if not widths or widths[0] < 2:
        return 0, 0
    return sum(width == widths[0] for width in widths), widths[0]


def _plain_rows(file: IO[bytes], encoding: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(_lines(file, encoding), delimiter=delimiter)
    try:
        for row in reader:
            if not (reader.line_num == 1 and _SEPARATOR_LINE.fullmatch(delimiter.join(row))):
                yield row
    except csv.Error:
        raise too_long(reader.line_num) from None


def _lines(file: IO[bytes], encoding: str) -> Generator[str, None, None]:
    """Lines as they stand, and never more than a megabyte of one."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        for number in range(1, 1 << 62):
            if not (line := text.readline(LONGEST_LINE)):
                return
            if len(line) >= LONGEST_LINE:
                raise too_long(number)
            yield line.lstrip("\ufeff") if number == 1 else line
    finally:
        # The file is the caller's to close, and he may have done so.
        with suppress(ValueError):
            text.detach()
