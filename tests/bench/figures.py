"""From measurements to the table that people read."""

import os
from dataclasses import dataclass

KANNEL = "Kannel 1.4.5 with its spool store: 2,340–2,670"
# Two workers, PostgreSQL and the provider's server: on fewer they share, and the ratio says nothing of us.
CORES_FOR_TWO_WORKERS = 4


@dataclass(frozen=True)
class Figure:
    """One line. `least`: what is required of `value` (None: told only)."""

    name: str
    value: float
    least: float | None = None
    note: str = ""

    @property
    def met(self):
        return None if self.least is None else self.value >= self.least


def sending_figures(rates):
    plain, one, two, batches = (rates[name] for name in ("plain", "one_worker", "two_workers", "batches"))
    can_judge = (os.cpu_count() or 1) >= CORES_FOR_TWO_WORKERS
    shared = "" if can_judge else f"not judged: workers, server and PostgreSQL share {os.cpu_count()} cores"
    return [
        Figure("bare loop of requests, messages/s", round(plain)),
        Figure("one worker, messages/s", round(one), note=KANNEL),
        Figure("two workers, messages/s", round(two), note=KANNEL),
        Figure("RajaSMS in batches of 1,000, messages/s", round(batches)),
        Figure("one worker ÷ bare loop", round(one / plain, 2), 0.85),
        Figure("two workers ÷ one", round(two / one, 2), 1.6 if can_judge else None, shared),
        Figure("batches ÷ one worker", round(batches / one, 2), 10),
    ]


def freeze_figures(measured):
    return [
        Figure(f"freezing {measured['recipients']:,}, seconds", measured["freeze_seconds"]),
        Figure("bulk_create of the same, seconds", measured["bulk_create_seconds"]),
        Figure("freezing against bulk_create", measured["ratio"], 2),
    ]


def callback_figures(rates):
    return [
        Figure("view that only answers, requests/s", round(rates["plain"])),
        Figure("callbacks stored and applied, requests/s", round(rates["applied"])),
        Figure("callbacks ÷ view", round(rates["applied"] / rates["plain"], 2), 0.3),
    ]


def memory_figures(peaks, few, many):
    """Flat: at most a tenth more for a hundred times as many."""
    ratio = round(peaks["few_kib"] / peaks["many_kib"], 2)
    return [
        Figure(f"worker's peak memory, {few:,} messages, MiB", round(peaks["few_kib"] / 1024)),
        Figure(f"worker's peak memory, {many:,} messages, MiB", round(peaks["many_kib"] / 1024)),
        Figure("memory, few ÷ many", ratio, 0.9, "flat is 1"),
    ]


def import_figures(measured):
    flat = measured["few_kib"] / measured["many_kib"]
    return [
        Figure(f"importing {measured['rows']:,} contacts, seconds", round(measured["seconds"], 1)),
        Figure("django-import-export row by row, seconds", round(measured["plain_seconds"], 1)),
        Figure("import, row by row ÷ ours", round(measured["plain_seconds"] / measured["seconds"], 1), 10),
        Figure("import's memory, few rows ÷ many", round(flat, 2), 0.9, "flat is 1"),
    ]


def list_figures(measured, few, many):
    """At most half as slow again for a hundred times as many rows, and not one query more."""
    found = []
    for section, (before, after, queries, more_queries) in measured.items():
        found += [
            Figure(f"{section} at {few:,}, milliseconds", round(before * 1000)),
            Figure(f"{section} at {many:,}, milliseconds", round(after * 1000)),
            Figure(f"{section}, few ÷ many", round(before / after, 2), 0.67, "flat is 1"),
            Figure(f"{section}, queries at few ÷ at many", round(queries / more_queries, 2), 1.0),
        ]
    return found


def report_figures(measured):
    """At most 300 MB, whatever the month's size."""
    peak = measured["many_kib"] / 1024
    return [
        Figure("the library alone, rows/s", round(measured["plain_rate"])),
        Figure(f"a month of {measured['rows']:,} as a workbook, rows/s", round(measured["rate"])),
        Figure("workbook ÷ library alone", round(measured["rate"] / measured["plain_rate"], 2), 0.6),
        Figure("workbook's peak memory, MiB", round(peak)),
        Figure("300 MiB ÷ workbook's peak memory", round(300 / peak, 2), 1),
        Figure("workbook's memory, few rows ÷ many", round(measured["few_kib"] / measured["many_kib"], 2), 0.9),
    ]


def print_table(figures):
    print(f"{'figure':44}{'value':>10}{'at least':>10}  met")
    for figure in figures:
        least = "" if figure.least is None else figure.least
        met = {None: "", True: "yes", False: "NO"}[figure.met]
        print(f"{figure.name:44}{figure.value:>10,}{least:>10}  {met:4}{figure.note}")
