"""What messages of a month cost by the price list, day by day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from providers.models import Account
from smsops.messaging.models import Price

# (account, channel, operator); "" stands for all operators that have no line of their own.
Key = tuple[int, str, str]


class PriceBook:
    """The price list of some accounts, read once. As in quotes: the operator's own line goes before the general one,
    and an account's own price holds where the list has none."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._own = {account.pk: account.price_per_segment for account in accounts}
        self._days: dict[Key, list[date]] = {}
        self._prices: dict[Key, list[Decimal]] = {}
        self._known: dict[tuple[int, str, str, date], Decimal | None] = {}
        lines = Price.objects.filter(account__in=self._own).order_by("valid_from")
        for account, channel, operator, day, price in lines.values_list(
            "account_id", "channel", "operator", "valid_from", "price"
        ):
            self._days.setdefault((account, channel, operator), []).append(day)
            self._prices.setdefault((account, channel, operator), []).append(price)

    def per_segment(self, account: int, channel: str, operator: str, day: date) -> Decimal | None:
        key = (account, channel, operator, day)
        if key not in self._known:
            self._known[key] = self._look_up(*key)
        return self._known[key]

    def _look_up(self, account: int, channel: str, operator: str, day: date) -> Decimal | None:
        for name in dict.fromkeys((operator, "")):
            place = bisect_right(self._days.get((account, channel, name), []), day)
            if place:
                return self._prices[account, channel, name][place - 1]
        return self._own.get(account)
