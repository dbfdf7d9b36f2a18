"""The same sheets as CSV files in a ZIP archive, for programs: written by the hand that writes workbooks."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from providers.spreadsheets import UTF8_BOM, escape_cell, plain_csv_lines
from smsops.reports.monthly.book import EXCEL_BEGINS

# No sheet is ever full.
ANY_ROWS = 1 << 62


class CsvArchive:
    """Takes what `Book` asks of a workbook. A style is its number format."""

    def __init__(self, file: IO[bytes], folder: str) -> None:
        self._file, self._folder = file, Path(folder)
        self._sheets: list[CsvSheet] = []

    def add_format(self, properties: dict[str, Any]) -> str:
        return str(properties["num_format"])

    def add_worksheet(self, name: str) -> CsvSheet:
        self._sheets.append(CsvSheet(name, self._folder / f"{len(self._sheets)}.csv"))
        return self._sheets[-1]

    def worksheets(self) -> list[CsvSheet]:
        return self._sheets

    def close(self) -> None:
        with zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, sheet in enumerate(self._sheets, start=1):
                sheet.finish()
                archive.write(sheet.path, f"{number:02} {sheet.get_name()}.csv")


class CsvSheet:
    """Rows as they come, one after another; formulas leave their values."""

    def __init__(self, name: str, path: Path) -> None:
        self._name, self.path = name, path
        self.row_data_fh = path.open("wb")
        self.row_data_fh.write(UTF8_BOM)
        self._row, self._cells = 0, dict[int, str]()

    def get_name(self) -> str:
        return self._name

    def write_string(self, row: int, column: int, text: str, style: str) -> None:
        self._put(row, column, escape_cell(text))

    def write_number(self, row: int, column: int, number: float, style: str) -> None:
        self._put(row, column, _figure(number, style))

    def write_formula(self, row: int, column: int, formula: str, style: str, value: Any) -> None:
        if isinstance(value, str):
            self.write_string(row, column, value, style)
        else:
            self.write_number(row, column, value, style)

    def _put(self, row: int, column: int, text: str) -> None:
        if row != self._row:
            self._flush(row)
        self._cells[column] = text

    def _flush(self, row: int) -> None:
        width = max(self._cells, default=-1) + 1
        line = [self._cells.get(column, "") for column in range(width)]
        self.row_data_fh.writelines(plain_csv_lines([line, *([[]] * (row - self._row - 1))]))
        self._row, self._cells = row, {}

    def finish(self) -> None:
        self._flush(self._row + 1)
        self.row_data_fh.close()

    def set_column(self, *given: Any) -> None:
        """A file has no widths."""

    freeze_panes = autofilter = set_column


def _figure(number: float, style: str) -> str:
    if not style.startswith("yyyy"):
        return f"{number:.12g}"
    at = EXCEL_BEGINS + timedelta(days=number)
    at = (at + timedelta(milliseconds=500)).replace(microsecond=0)
    return f"{at:%Y-%m-%d %H:%M:%S}" if "hh" in style else f"{at:%Y-%m-%d}"
