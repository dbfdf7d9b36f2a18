"""What of a balance is spoken for: messages that wait, and campaigns that are planned or under way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone

from providers.models import Account
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.prices import read_price_lists
from smsops.messaging.models import Message
from smsops.messaging.status import Status

State = Campaign.Status
# From the moment that somebody has agreed, until its last message has left.
SPOKEN_FOR = (State.APPROVAL, State.SCHEDULED, State.MISSED, State.FREEZING, State.RUNNING, State.PAUSED)
# More than ever waits outside campaigns; a page must not add up a million.
MOST_SINGLE = 20_000


def reserved(accounts: Iterable[Account], *, but: Campaign) -> dict[int, Decimal]:
    """Account's id → what waiting messages and planned and running campaigns will still cost, this one left out."""
    return {
        account: sum((cost for _day, cost in planned), Decimal(0))
        for account, planned in reservations(accounts, but=but).items()
    }


def reservations(
    accounts: Iterable[Account], *, but: Campaign | None = None
) -> dict[int, list[tuple[date | None, Decimal]]]:
    """Account's id → the day (None: now) and what is still to come of each planned or running campaign's cost, and of
    the messages that wait by themselves."""
    accounts = list(accounts)
    found: dict[int, list[tuple[date | None, Decimal]]] = {account.pk: [] for account in accounts}
    for pk, waiting in _cost_of_single(accounts):
        found[pk].append((None, waiting))
    planned = Campaign.objects.filter(status__in=SPOKEN_FOR, quoted_cost__isnull=False)
    planned = planned.exclude(pk=but.pk) if but is not None else planned
    for account_id, cost, total, counts, send_at, started_at in planned.values_list(
        "account_id", "quoted_cost", "total", "counts", "send_at", "started_at"
    ):
        # Until it starts, its messages are not written, or not all of them.
        share = _share_open(total, counts.get("statuses")) if started_at else Decimal(1)
        day = send_at and timezone.localdate(send_at)
        for pk, part in _costs_by_account(account_id, cost, counts).items():
            if pk in found:
                found[pk].append((day, part * share))
    return found


def _costs_by_account(account_id: int, cost: Decimal | None, counts: dict[str, Any]) -> dict[int, Decimal]:
    """As they were noted at launch where operators go by different accounts."""
    noted = counts.get("costs") or {account_id: cost or 0}
    return {int(pk): Decimal(part) for pk, part in noted.items()}


def _share_open(total: int, statuses: dict[str, int] | None) -> Decimal:
    """How much of it is still to leave."""
    if not total or statuses is None:
        return Decimal(1)
    return Decimal(statuses.get(Status.QUEUED, 0) + statuses.get(Status.SENDING, 0)) / total


def _cost_of_single(accounts: list[Account]) -> Iterator[tuple[int, Decimal]]:
    """What waits outside campaigns, at today's prices; what has no price is left out."""
    prices = read_price_lists(accounts, day=timezone.localdate())
    for channel, pk, operator, segments in _segments_of_single(accounts):
        if cost := prices[channel, pk].cost({operator: segments}):
            yield pk, cost


def _segments_of_single(accounts: list[Account]) -> QuerySet[Message, tuple[str, int, str, int]]:
    waiting = Message.objects.filter(status=Status.QUEUED, campaign=None, account__in=accounts).order_by()
    counted = Message.objects.filter(pk__in=waiting.values("pk")[:MOST_SINGLE]).order_by()
    return counted.values_list("channel", "account_id", "operator").annotate(Sum("segments"))
