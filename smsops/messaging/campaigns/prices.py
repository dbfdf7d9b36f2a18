"""What a segment costs: the newest line of the price table that holds on the day, else the account's own price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from providers.models import Account
from providers.types import Channel
from smsops.messaging.campaigns.models import Price


@dataclass(frozen=True, slots=True)
class PriceList:
    """One account's prices on one channel and day. `general` None: not known."""

    general: Decimal | None
    by_operator: Mapping[str, Decimal]

    def of(self, operator: str) -> Decimal | None:
        return self.by_operator.get(operator, self.general)

    def cost(self, segments: Mapping[str, int]) -> Decimal | None:
        """Of so many segments by operator; None where one of them has no known price."""
        total = Decimal(0)
        for operator, count in segments.items():
            price = self.of(operator)
            if price is None and count:
                return None
            total += (price or 0) * count
        return total


def read_prices(accounts: Iterable[Account], *, channel: str, day: date) -> dict[int, PriceList]:
    """Account's id → its prices on a day, in one query."""
    return {pk: prices for (way, pk), prices in read_price_lists(accounts, day=day).items() if way == channel}


def read_price_lists(accounts: Iterable[Account], *, day: date) -> dict[tuple[str, int], PriceList]:
    """Channel and account's id → its prices on a day, in one query."""
    known = {account.pk: account.price_per_segment for account in accounts}
    found: dict[tuple[str, int], dict[str, Decimal]] = {(way.value, pk): {} for way in Channel for pk in known}
    lines = Price.objects.filter(account__in=known, valid_from__lte=day).order_by("valid_from")
    for channel, account_id, operator, price in lines.values_list("channel", "account_id", "operator", "price"):
        found[channel, account_id][operator] = price
    return {(way, pk): PriceList(lines.pop("", known[pk]), lines) for (way, pk), lines in found.items()}
