"""The figures of the page, added up by the database: some hundred rows are read, however many stand behind them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, Expression, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from providers.models import Account
from smsops.messaging.models import Price
from smsops.reports.models import BookedFigure, DailyFigure
from smsops.reports.monthly.definitions import REASONED
from smsops.reports.monthly.figures import Figures, Sums, Tally
from smsops.reports.monthly.selection import Selection

MONEY = DecimalField(max_digits=24, decimal_places=4)
# Which of the figures, and by which column.
TABLES = (
    ("days", "date"), ("accounts", "account_id"), ("operators", "operator"), ("campaigns", "campaign_id"),
    ("people", "created_by_id"),
)  # fmt: skip
REASON = ("account_id", "status", "error_code")


def read_figures(selection: Selection) -> Figures:
    """Of a closed month as they were booked, else from the roll-ups."""
    rows, sums = _booked(selection) if selection.is_closed else _rolled_up(selection)
    figures = Figures({account.pk: account.currency for account in selection.accounts})
    for name, column in TABLES:
        for key, status, currency, messages, segments, cost, unpriced in _grouped(rows, column, sums):
            tally = getattr(figures, name).setdefault(key, Tally())
            told = Sums(status, messages, segments, cost or Decimal(0), unpriced or 0)
            tally.add(told, currency)
            if name == "accounts":
                figures.total.add(told, currency)
    _add_reasons(figures, rows.filter(status__in=REASONED), sums)
    return figures


def expected_rows(selection: Selection) -> int:
    """About how many rows its details will have."""
    rows, _sums = _booked(selection) if selection.is_closed else _rolled_up(selection)
    return rows.aggregate(all_rows=Sum("messages"))["all_rows"] or 0


def _grouped(rows: QuerySet[Any], column: str, sums: dict[str, Any]) -> Iterable[tuple[Any, ...]]:
    return rows.order_by().values_list(column, "status", "account__currency").annotate(**sums)


def _add_reasons(figures: Figures, rows: QuerySet[Any], sums: dict[str, Any]) -> None:
    for account, status, code, currency, *added in rows.values_list(*REASON, "account__currency").annotate(**sums):
        messages, segments, cost, unpriced = added
        tally = figures.reasons.setdefault((account, status, code), Tally())
        tally.add(Sums(status, messages, segments, cost or Decimal(0), unpriced or 0), currency)


def _booked(selection: Selection) -> tuple[QuerySet[Any], dict[str, Any]]:
    rows = BookedFigure.objects.filter(closing__month=selection.month.first, account__in=selection.account_ids)
    names = {"cost": "cost", "unpriced": "unpriced"}
    return rows, _counts() | {f"all_{name}": Sum(column) for name, column in names.items()}


def _rolled_up(selection: Selection) -> tuple[QuerySet[Any], dict[str, Any]]:
    within = Q(date__gte=selection.month.first, date__lte=selection.month.last, account__in=selection.account_ids)
    rows = DailyFigure.objects.filter(within).alias(each=listed_price(selection.accounts))
    cost = F("price") + Coalesce(F("each") * F("unpriced_segments"), Value(Decimal(0)), output_field=MONEY)
    unpriced = Case(When(each=None, then=F("unpriced")), default=Value(0), output_field=IntegerField())
    return rows, _counts() | {"all_cost": Sum(cost, output_field=MONEY), "all_unpriced": Sum(unpriced)}


def _counts() -> dict[str, Any]:
    return {"all_messages": Sum("messages"), "all_segments": Sum("segments")}


def listed_price(accounts: Iterable[Account]) -> Expression:
    """The price list, as `PriceBook` reads it: the operator's newest line that holds on the day, then the general one,
    then the account's own price."""
    lines = Price.objects.filter(account__in=[account.pk for account in accounts]).order_by("-valid_from")
    found = list(lines.values_list("account_id", "channel", "operator", "valid_from", "price"))
    found.sort(key=lambda line: line[2] == "")
    whens = [_holds(*line) for line in found]
    own = [
        When(account=account.pk, then=Value(account.price_per_segment, output_field=MONEY))
        for account in accounts if account.price_per_segment is not None
    ]  # fmt: skip
    nothing = Value(None, output_field=MONEY)
    return Case(*whens, *own, default=nothing, output_field=MONEY) if whens or own else nothing


def _holds(account: int, channel: str, operator: str, day: Any, price: Decimal) -> When:
    which = Q(account=account, channel=channel, date__gte=day)
    return When(which & Q(operator=operator) if operator else which, then=Value(price, output_field=MONEY))
