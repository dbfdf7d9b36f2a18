"""What became of an account's balance in a month: opening, top-ups, spent, closing, and what none of it explains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from providers.models import Account, BalanceReading
from smsops.reports.models import BalanceDay
from smsops.reports.monthly.book import MOMENT, TEXT, Book, Column, write_table
from smsops.reports.monthly.figures import Figures
from smsops.reports.monthly.month import Month

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """Amounts in the account's currency; None where nothing was read. `spent` None: the balance was not followed in
    this month; `topped_up` is then what it rose by from one reading to the next."""

    account: Account
    opening: Decimal | None
    opened_at: datetime | None
    topped_up: Decimal
    closing: Decimal | None
    closed_at: datetime | None
    spent: Decimal | None = None


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
    days = BalanceDay.objects.filter(account=account, date__gte=month.first, date__lte=month.last)
    followed = days.aggregate(topped_up=Sum("topped_up"), spent=Sum("spent"))
    rises = followed["topped_up"]
    if rises is None:
        rises = add_rises(_whole(reading) for reading in readings)
    return BalanceLine(account, _whole(first), first.at, rises, _whole(last), last.at, followed["spent"])


def _whole(reading: BalanceReading) -> Decimal:
    return (reading.amount or ZERO) + (reading.bonus or ZERO)


def write_balances(book: Book, sheet: Any, accounts: Sequence[Account], month: Month, figures: Figures) -> None:
    """Unexplained = opening + top-ups − spent − closing, as a formula in each row."""
    columns = [
        Column(_("Account"), TEXT, 24), Column(_("Currency"), TEXT, 9), Column(_("Opening"), "cents", 16),
        Column(_("Read at"), MOMENT, 19), Column(_("Top-ups"), "cents", 16), Column(_("Spent"), "cents", 16),
        Column(_("Closing"), "cents", 16), Column(_("Read at"), MOMENT, 19),
        Column(_("Unexplained"), "cents", 16, of_row=lambda row: f"C{row}+E{row}-F{row}-G{row}"),
    ]  # fmt: skip
    rows = [_cells(read_balance(account, month), figures) for account in accounts]
    write_table(book, sheet, columns, rows, total="", empty=_("No accounts."))


def _spent(line: BalanceLine, figures: Figures) -> Decimal:
    """As the balance shows it, else what the messages cost."""
    if line.spent is not None:
        return line.spent
    tally = figures.accounts.get(line.account.pk)
    return tally.cost.get(line.account.currency, ZERO) if tally else ZERO


def _cells(line: BalanceLine, figures: Figures) -> list[Any]:
    spent = _spent(line, figures)
    unexplained = None
    if line.opening is not None and line.closing is not None:
        unexplained = line.opening + line.topped_up - spent - line.closing
    return [
        line.account.name, line.account.currency, line.opening, _local(line.opened_at),
        line.topped_up if line.opening is not None else None, spent, line.closing, _local(line.closed_at), unexplained,
    ]  # fmt: skip


def _local(at: datetime | None) -> datetime | None:
    return timezone.localtime(at, timezone.get_default_timezone()).replace(tzinfo=None) if at else None
