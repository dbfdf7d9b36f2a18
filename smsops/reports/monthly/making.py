"""Makes a month's workbook: the messages are read once, written as details, and counted as they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from providers.models import Account
from providers.spreadsheets import SHEET_ROWS, open_workbook
from smsops.messaging.zones import own_zone
from smsops.reports.monthly.adjustments import write_adjustments
from smsops.reports.monthly.balance import write_balances
from smsops.reports.monthly.book import Book, Column, Opener, Written
from smsops.reports.monthly.csv_files import ANY_ROWS, CsvArchive
from smsops.reports.monthly.details import Details
from smsops.reports.monthly.figures import Figures
from smsops.reports.monthly.inbox import write_inbox
from smsops.reports.monthly.month import Month
from smsops.reports.monthly.names import Names
from smsops.reports.monthly.prices import PriceBook
from smsops.reports.monthly.rows import Row, count_rows, read_rows
from smsops.reports.monthly.selection import Selection
from smsops.reports.monthly.sheets import FigureSheets
from smsops.reports.monthly.summary import write_summary
from smsops.reports.statements.disputes import write_disputes

# Told after every few thousand rows how many are written; False: leave it.
Progress = Callable[[int], bool]


class Stopped(Exception):
    """The report is not wanted any more, or somebody else makes it."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a workbook says."""

    figures: Figures
    rows: int
    made_at: datetime


def write_csv_archive(file: IO[bytes], selection: Selection, *, progress: Progress | None = None) -> Made:
    return write_workbook(file, selection, progress=progress, sheet_rows=ANY_ROWS, opener=CsvArchive)


def write_workbook(
    file: IO[bytes] | str, selection: Selection, *, progress: Progress | None = None, sheet_rows: int = SHEET_ROWS,
    opener: Opener = open_workbook,
) -> Made:  # fmt: skip
    """Raises Stopped where `progress` says so; the file is then half of one."""
    began = timezone.now()
    names = Names(selection.accounts)
    figures = Figures({account.pk: account.currency for account in selection.accounts})
    with Book(file, settings.SMSOPS_VAR, opener) as book:
        sheets = FigureSheets(book)
        more = MoreSheets(book)
        details = Details(book, names, figures.currencies, sheet_rows)
        for rows in read_rows(selection, PriceBook(selection.accounts)):
            _take(rows, names, details, figures)
            if progress and not progress(details.count):
                raise Stopped
        details.finish()
        totals = sheets.fill(figures, selection.month, names)
        others = more.fill(selection, figures, names)
        facts = _facts(selection, began)
        write_summary(book, sheets.summary, _title(selection.month), facts, figures, totals, others, details)
        sheets.fill_about(facts)
    return Made(figures, details.count, began)


class MoreSheets:
    """What is not counted from the month's messages."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._inbox = book.add_sheet(_("Inbox and opt-outs"))
        self._balance = book.add_sheet(_("Balance"))
        self._adjustments = book.add_sheet(_("Adjustments"))
        self._disputes = book.add_sheet(_("Disputes"))

    def fill(self, selection: Selection, figures: Figures, names: Names) -> list[tuple[Column, Written, int]]:
        """The totals that the summary shows too: the column, where it stands, and its place there."""
        write_inbox(self._book, self._inbox, selection.accounts, selection.month)
        write_balances(self._book, self._balance, selection.accounts, selection.month, figures)
        write_disputes(self._book, self._disputes, selection, names)
        adjusted, columns = write_adjustments(self._book, self._adjustments, selection, names, figures.currencies)
        return [(column, adjusted, place) for place, column in enumerate(columns) if column.is_summed]


def _take(rows: Sequence[Row], names: Names, details: Details, figures: Figures) -> None:
    names.learn({row.campaign for row in rows}, {row.person for row in rows})
    details.add(rows)
    figures.add(count_rows(rows))


def _title(month: Month) -> str:
    return _("SMSOps: %(month)s") % {"month": month.label}


def _facts(selection: Selection, began: datetime) -> list[tuple[str, str]]:
    zone = timezone.get_default_timezone()
    start, end = selection.month.span()
    local = timezone.localtime(began, zone)
    return [
        (_("Month"), selection.month.label),
        (_("State"), _("Closed") if selection.is_closed else _("Provisional: figures may still change")),
        (_("Accounts"), ", ".join(account.name for account in selection.accounts)),
        (_("From"), f"{start:%Y-%m-%d %H:%M}"),
        (_("Until before"), f"{end:%Y-%m-%d %H:%M}"),
        (_("Time zone"), own_zone()),
        (_("Counted at"), f"{local:%Y-%m-%d %H:%M:%S}"),
    ]


def write_atomically(path: Path, write: Callable[[IO[bytes]], Any]) -> Any:
    """A file that is there whole or not at all: what stood there before stays until then."""
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as file:
            made = write(file)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return made


def find_accounts(names: Iterable[str]) -> list[Account]:
    """By their names, in any case; raises LookupError with the first that there is not."""
    found = []
    for name in names:
        account = Account.objects.filter(name__iexact=name.strip()).first()
        if account is None:
            raise LookupError(name)
        found.append(account)
    return found
