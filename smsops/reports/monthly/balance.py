"""What became of an account's balance in a month: opening, top-ups, spent, closing, and what none of it explains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from providers.models import Account, BalanceReading
from smsops.reports.monthly.book import MOMENT, TEXT, Book, Column, write_table
from smsops.reports.monthly.figures import Figures
from smsops.reports.monthly.month import Month

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """Amounts in the account's currency; None where nothing was read. `rises`: all that came in, as far as readings
    show it: what was spent between two readings hides as much of a top-up."""

    account: Account
    opening: Decimal | None
    opened_at: datetime | None
    rises: Decimal
    closing: Decimal | None
    closed_at: datetime | None


def add_rises(amounts: Iterable[Decimal]) -> Decimal:
    """What the balance rose by, from one reading to the next."""
    total, before = ZERO, None
    for amount in amounts:
        if before is not None and amount > before:
            total += amount - before
        before = amount
    return total


def read_balance(account: Account, month: Month) -> BalanceLine:
    """The opening is the last reading before the month, else the first one in it."""
    start, end = month.span()
    known = BalanceReading.objects.filter(account=account, amount__isnull=False)
    before = known.filter(at__lt=start).order_by("-pk").first()
    within = known.filter(at__gte=start, at__lt=end).order_by("pk")
    readings = [*([before] if before else []), *within.only("at", "amount", "bonus").iterator(2000)]
    if not readings:
        return BalanceLine(account, None, None, ZERO, None, None)
    first, last = readings[0], readings[-1]
    rises = add_rises(_whole(reading) for reading in readings)
    return BalanceLine(account, _whole(first), first.at, rises, _whole(last), last.at)


def _whole(reading: BalanceReading) -> Decimal:
    return (reading.amount or ZERO) + (reading.bonus or ZERO)


def write_balances(book: Book, sheet: Any, accounts: Sequence[Account], month: Month, figures: Figures) -> None:
    """Unexplained = opening + top-ups − spent − closing, as a formula in each row."""
    columns = [
        Column(_("Account"), TEXT, 24), Column(_("Currency"), TEXT, 9), Column(_("Opening"), "cents", 16),
        Column(_("Read at"), MOMENT, 19), Column(_("Top-ups"), "cents", 16), Column(_("Spent"), "cents", 16),
        Column(_("Closing"), "cents", 16), Column(_("Read at"), MOMENT, 19), Column(_("Unexplained"), "cents", 16),
    ]  # fmt: skip
    lines = [read_balance(account, month) for account in accounts]
    rows = [_cells(line, figures) for line in lines]
    write_table(book, sheet, columns, rows, total="", empty=_("No accounts."))
    for place, line in enumerate(lines, start=1):
        if line.opening is not None and line.closing is not None:
            row = place + 1
            formula = f"C{row}+E{row}-F{row}-G{row}"
            value = line.opening + line.rises - _spent(line, figures) - line.closing
            sheet_formula(book, sheet, place, formula, value)


def sheet_formula(book: Book, sheet: Any, row: int, formula: str, value: Decimal) -> None:
    sheet.write_formula(row, 8, f"={formula}", book.styles["cents"], float(value))


def _spent(line: BalanceLine, figures: Figures) -> Decimal:
    tally = figures.accounts.get(line.account.pk)
    return tally.cost.get(line.account.currency, ZERO) if tally else ZERO


def _cells(line: BalanceLine, figures: Figures) -> list[Any]:
    read = line.opening is not None
    return [
        line.account.name, line.account.currency, line.opening, _local(line.opened_at), line.rises if read else None,
        _spent(line, figures), line.closing, _local(line.closed_at), None,
    ]  # fmt: skip


def _local(at: datetime | None) -> datetime | None:
    return timezone.localtime(at, timezone.get_default_timezone()).replace(tzinfo=None) if at else None
