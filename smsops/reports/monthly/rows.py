"""Messages as the report counts them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils import timezone

from smsops.messaging.models import MessageQuerySet
from smsops.reports.monthly.definitions import BILLABLE
from smsops.reports.monthly.figures import Counted
from smsops.reports.monthly.prices import PriceBook
from smsops.reports.monthly.selection import Selection
from smsops.reports.rollup_rules import WITH_REASON, moment

SHARED = (
    "reference", "recipient", "provider_message_id", "account_id", "operator", "channel", "kind", "campaign_id",
    "created_by_id", "segments", "error_text", "finished_at",
)  # fmt: skip
NOW_COLUMNS = ("status", "error_code", "price")
BOOKED_COLUMNS = ("booked_status", "booked_code", "booked_price")
NO_COST = Decimal(0)


class Row(NamedTuple):
    """One message of the month. `at` and `finished` are local, without a zone; `cost` None: not billable or unknown."""

    reference: str
    recipient: str
    provider_message_id: str
    account: int
    operator: str
    channel: str
    kind: str
    campaign: int | None
    person: int | None
    segments: int
    text: str
    finished: datetime | None
    status: str
    code: str
    cost: Decimal | None
    at: datetime


def read_rows(selection: Selection, prices: PriceBook) -> Iterator[list[Row]]:
    """All messages, some thousand in memory at a time."""
    read = _reader(selection, prices)
    columns = (*SHARED, *(BOOKED_COLUMNS if selection.is_closed else NOW_COLUMNS), "at")
    for window in selection.windows(selection.bounds()):
        yield [read(values) for values in _values(window, columns)]


def _values(window: MessageQuerySet, columns: tuple[str, ...]) -> Iterable[tuple[Any, ...]]:
    return window.annotate(at=moment()).values_list(*columns)


def _reader(selection: Selection, prices: PriceBook) -> Callable[[tuple[Any, ...]], Row]:
    zone = timezone.get_default_timezone()
    price_now = not selection.is_closed

    def read(values: tuple[Any, ...]) -> Row:
        *shared, finished, status, code, price, at = values
        at = at.astimezone(zone).replace(tzinfo=None)
        cost = None
        if status in BILLABLE:
            cost = price
            if price is None and price_now:
                cost = _listed(prices, values, at.date())
        reason = code if status in WITH_REASON else ""
        return Row._make((*shared, _local(finished, zone), status, reason, cost, at))

    return read


def _listed(prices: PriceBook, values: tuple[Any, ...], day: date) -> Decimal | None:
    account, operator, channel, segments = values[3], values[4], values[5], values[9]
    each = prices.per_segment(account, channel, operator, day)
    return None if each is None else each * segments


def _local(at: datetime | None, zone: tzinfo) -> datetime | None:
    return at.astimezone(zone).replace(tzinfo=None) if at else None


def count_rows(rows: Iterable[Row]) -> Iterator[Counted]:
    """Rows that are alike as one."""
    found: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        key = (row.at.date(), row.account, row.operator, row.channel, row.kind, row.campaign, row.person, row.status,
               row.code)  # fmt: skip
        entry = found.setdefault(key, [0, 0, NO_COST, 0])
        entry[0] += 1
        entry[1] += row.segments
        if row.cost is not None:
            entry[2] += row.cost
        else:
            entry[3] += 1
    return (Counted(*key, *entry) for key, entry in found.items())
