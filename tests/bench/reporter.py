"""One workbook: `python -m tests.bench.reporter ours|plain ROWS` prints "ready", waits for a line, writes, and prints
how long it took and the most memory that it ever had. `plain` is the library alone with the same cells, from memory."""

import json
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

import django

MONTH = "2024-02"
SAMPLE = 1000


def write_ours(path, count):
    from smsops.reports.monthly.closing import select_month
    from smsops.reports.monthly.making import write_workbook
    from smsops.reports.monthly.month import Month

    made = write_workbook(path, select_month(Month.parse(MONTH)))
    if made.rows != count:
        raise RuntimeError(f"{made.rows} of {count} rows were written")


def write_plainly(path, count):
    """The cells of real rows, again and again."""
    from providers.spreadsheets import open_workbook

    rows = sample_rows()
    with open_workbook(path) as book:
        sheet = book.add_worksheet("Details")
        styles = {name: book.add_format({"num_format": name}) for name in ("@", "yyyy-mm-dd hh:mm:ss", "#,##0")}
        for number, row in enumerate(islice(cycle(rows), count), start=1):
            for column, (kind, value) in enumerate(row):
                if kind == "@":
                    sheet.write_string(number, column, value, styles[kind])
                elif value is not None:
                    sheet.write_number(number, column, value, styles[kind])


def sample_rows():
    """As the details hold them, read back from a small workbook's worth of rows."""
    from smsops.reports.monthly.book import serial
    from smsops.reports.monthly.closing import select_month
    from smsops.reports.monthly.month import Month
    from smsops.reports.monthly.prices import PriceBook
    from smsops.reports.monthly.rows import read_rows

    selection = select_month(Month.parse(MONTH))
    found = next(read_rows(selection, PriceBook(selection.accounts)))[:SAMPLE]
    return [
        [
            *(("@", text) for text in (row.reference, row.recipient, row.operator, "plain", "SMS", "Promotional")),
            *(("yyyy-mm-dd hh:mm:ss", serial(at)) for at in (row.at, row.finished) if at),
            *(("#,##0", figure) for figure in (row.segments, row.segments, float(row.cost or 0))),
            *(("@", text) for text in ("Delivered", "IDR", row.provider_message_id)),
        ]
        for row in found
    ]  # fmt: skip


def main(kind, count):
    django.setup()
    from django.db import connection

    from tests.bench.worker import peak_memory

    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        {"ours": write_ours, "plain": write_plainly}[kind](str(Path(folder) / "x.xlsx"), int(count))
        seconds = time.monotonic() - began
    print(json.dumps({"seconds": seconds, "peak_kib": peak_memory()}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
