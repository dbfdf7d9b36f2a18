"""What this audience and this text would cost, account by account, and what is spoken for already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils import timezone

from providers.models import Account
from providers.types import Encoding
from smsops.messaging.campaigns.measuring import Measured
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.prices import read_prices
from smsops.messaging.models import Message
from smsops.messaging.status import Status

State = Campaign.Status
# From the moment that somebody has agreed, until its last message has left.
SPOKEN_FOR = (State.APPROVAL, State.SCHEDULED, State.MISSED, State.FREEZING, State.RUNNING, State.PAUSED)
LOOKED_BACK = timedelta(days=30)
# An account's last messages tell how it fares; all of a month would be millions.
SAMPLE = 5000
FEWEST = 20
SETTLED = (Status.DELIVERED, Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED, Status.FAILED)


@dataclass(frozen=True, slots=True)
class Offer:
    """One account's line of the quote. `left`: of its balance, after what is planned; None where it is not known.

    `delivered`: operator → per cent of the last month's settled messages, where there were enough of them.
    """

    account: Account
    cost: Decimal | None
    seconds: float | None
    left: Decimal | None
    is_enough: bool | None
    expires_before: bool
    delivered: dict[str, int]


def quote_campaign(campaign: Campaign, measured: Measured) -> list[Offer]:
    """A line for each account that can carry it, the campaign's own first, then the cheapest."""
    accounts = [account for account in Account.objects.filter(is_active=True) if _carries(account, campaign, measured)]
    prices = read_prices(accounts, channel=campaign.channel, day=_day(campaign))
    taken = reserved(accounts, but=campaign)
    offers = [
        _offer(account, campaign, measured, prices[account.pk].cost(measured.segments), taken[account.pk])
        for account in accounts
    ]
    unknown = Decimal("Infinity")
    return sorted(
        offers,
        key=lambda offer: (offer.account.pk != campaign.account_id, unknown if offer.cost is None else offer.cost),
    )


def _day(campaign: Campaign) -> date:
    return timezone.localdate(campaign.send_at) if campaign.send_at else timezone.localdate()


def cost_of(campaign: Campaign, measured: Measured) -> Decimal | None:
    """What the campaign comes to through its own account on the day it starts."""
    prices = read_prices([campaign.account], channel=campaign.channel, day=_day(campaign))
    return prices[campaign.account_id].cost(measured.segments)


def _carries(account: Account, campaign: Campaign, measured: Measured) -> bool:
    offered = account.adapter.capabilities_for(account.options)
    return (
        campaign.channel in offered.channels
        and measured.longest <= offered.max_text
        and (not measured.unicode_rows or Encoding.UCS2 in offered.encodings)
    )


def _offer(account: Account, campaign: Campaign, measured: Measured, cost: Decimal | None, taken: Decimal) -> Offer:
    has = account.balance
    left = None if has is None else has + (account.balance_bonus or 0) - taken
    rate = min(filter(None, (account.messages_per_second, campaign.per_second)), default=None)
    ends = account.balance_expires_on
    return Offer(
        account=account,
        cost=cost,
        seconds=measured.recipients / rate if rate else None,
        left=left,
        is_enough=None if left is None or cost is None else cost <= left,
        expires_before=ends is not None and ends < _day(campaign),
        delivered=delivered_by_operator(account, measured.by_operator),
    )


def reserved(accounts: Iterable[Account], *, but: Campaign) -> dict[int, Decimal]:
    """Account's id → what planned and running campaigns will still cost, this one left out."""
    return {
        account: sum((cost for _day, cost in planned), Decimal(0))
        for account, planned in reservations(accounts, but=but).items()
    }


def reservations(
    accounts: Iterable[Account], *, but: Campaign | None = None
) -> dict[int, list[tuple[date | None, Decimal]]]:
    """Account's id → the day (None: now) and what is still to come of each planned or running campaign's cost."""
    found: dict[int, list[tuple[date | None, Decimal]]] = {account.pk: [] for account in accounts}
    planned = Campaign.objects.filter(account__in=found, status__in=SPOKEN_FOR, quoted_cost__isnull=False)
    planned = planned.exclude(pk=but.pk) if but is not None else planned
    for account, cost, total, counts, send_at in planned.values_list(
        "account_id", "quoted_cost", "total", "counts", "send_at"
    ):
        share = _share_open(total, counts.get("statuses"))
        found[account].append((send_at and timezone.localdate(send_at), (cost or Decimal(0)) * share))
    return found


def _share_open(total: int, statuses: dict[str, int] | None) -> Decimal:
    """How much of it is still to leave."""
    if not total or statuses is None:
        return Decimal(1)
    return Decimal(statuses.get(Status.QUEUED, 0) + statuses.get(Status.SENDING, 0)) / total


def delivered_by_operator(account: Account, operators: Iterable[str]) -> dict[str, int]:
    last = Message.objects.filter(account=account).order_by("-id").values("pk")[:SAMPLE]
    settled = Message.objects.filter(
        pk__in=last, created_at__gte=Now() - LOOKED_BACK, status__in=SETTLED, operator__in=list(operators)
    )
    arrived = Count("id", filter=Q(status=Status.DELIVERED))
    counted = settled.order_by().values_list("operator").annotate(all=Count("id"), arrived=arrived)
    return {operator: round(100 * delivered / count) for operator, count, delivered in counted if count >= FEWEST}
