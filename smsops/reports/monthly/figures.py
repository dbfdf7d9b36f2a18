"""Figures of a month, added up from counted rows, whether these are messages or roll-ups (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from smsops.messaging.status import Status
from smsops.reports.monthly.definitions import BILLABLE, NOT_SENT, REASONED, TRIED


class Counted(NamedTuple):
    """So many messages that are alike. `cost`: of those with a known price; `unpriced` have none."""

    day: date
    account: int
    operator: str
    channel: str
    kind: str
    campaign: int | None
    person: int | None
    status: str
    code: str
    messages: int
    segments: int
    cost: Decimal
    unpriced: int


class Sums(NamedTuple):
    """What is added to a line, by whatever it was counted."""

    status: str
    messages: int
    segments: int
    cost: Decimal
    unpriced: int


class Tally:
    """What a line of a sheet adds up. Money by the account's currency."""

    __slots__ = ("billable_segments", "cost", "counts", "segments", "unpriced")

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.segments = self.billable_segments = self.unpriced = 0
        self.cost: dict[str, Decimal] = {}

    def add(self, row: Counted | Sums, currency: str) -> None:
        self.counts[row.status] += row.messages
        if row.status not in NOT_SENT:
            self.segments += row.segments
        if row.status in BILLABLE:
            self.billable_segments += row.segments
            self.unpriced += row.unpriced
            self.cost[currency] = self.cost.get(currency, Decimal(0)) + row.cost

    def count(self, *statuses: str) -> int:
        return sum(self.counts[status] for status in statuses)

    @property
    def messages(self) -> int:
        return self.count(*TRIED)

    @property
    def billable(self) -> int:
        return self.count(*BILLABLE)

    @property
    def not_sent(self) -> int:
        return self.count(*NOT_SENT)

    @property
    def rate(self) -> float | None:
        """Delivered of billable; None where there are none."""
        return self.counts[Status.DELIVERED] / self.billable if self.billable else None


@dataclass(slots=True)
class Figures:
    """Everything that the sheets show. `currencies`: account → its currency."""

    currencies: dict[int, str]
    total: Tally = field(default_factory=Tally)
    days: dict[date, Tally] = field(default_factory=dict)
    accounts: dict[int, Tally] = field(default_factory=dict)
    operators: dict[str, Tally] = field(default_factory=dict)
    channels: dict[tuple[str, str], Tally] = field(default_factory=dict)
    campaigns: dict[int | None, Tally] = field(default_factory=dict)
    people: dict[int | None, Tally] = field(default_factory=dict)
    # (account, status, provider's code)
    reasons: dict[tuple[int, str, str], Tally] = field(default_factory=dict)

    def add(self, rows: Iterable[Counted]) -> None:
        for row in rows:
            currency = self.currencies.get(row.account, "IDR")
            for tally in self._tallies(row):
                tally.add(row, currency)

    def _tallies(self, row: Counted) -> list[Tally]:
        found = [
            self.total,
            self.days.setdefault(row.day, Tally()),
            self.accounts.setdefault(row.account, Tally()),
            self.operators.setdefault(row.operator, Tally()),
            self.channels.setdefault((row.channel, row.kind), Tally()),
            self.campaigns.setdefault(row.campaign, Tally()),
            self.people.setdefault(row.person, Tally()),
        ]
        if row.status in REASONED:
            found.append(self.reasons.setdefault((row.account, row.status, row.code), Tally()))
        return found

    @property
    def used_currencies(self) -> list[str]:
        return sorted(set(self.currencies.values())) or ["IDR"]
