"""What a segment costs: the newest line of the price table that holds on the day, else the account's own price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from providers.models import Account
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
    known = {account.pk: account.price_per_segment for account in accounts}
    lines = Price.objects.filter(account__in=known, channel=channel, valid_from__lte=day).order_by("valid_from")
    found: dict[int, dict[str, Decimal]] = {pk: {} for pk in known}
    for account_id, operator, price in lines.values_list("account_id", "operator", "price"):
        found[account_id][operator] = price
    return {pk: PriceList(lines.pop("", known[pk]), lines) for pk, lines in found.items()}
