"""What this audience and this text would cost, account by account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils import timezone

from providers.models import Account
from providers.numbers import operator_of
from providers.types import Encoding
from smsops.messaging.campaigns.measuring import Measured
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.prices import read_prices
from smsops.messaging.campaigns.reserving import reserved
from smsops.messaging.campaigns.verdict import Share
from smsops.messaging.checking.drafts import Draft
from smsops.messaging.models import Message
from smsops.messaging.status import Status

State = Campaign.Status
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
    accounts = [account for account in Account.objects.filter(is_active=True) if carries(account, campaign, measured)]
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


def share_out(campaign: Campaign, measured: Measured) -> tuple[Share, ...]:
    """What goes by which account, and costs there on the day it starts; the campaign's own comes first."""
    accounts = {campaign.account_id: campaign.account} | Account.objects.in_bulk(_split_ids(campaign))
    prices = read_prices(accounts.values(), channel=campaign.channel, day=_day(campaign))
    taken = reserved(accounts.values(), but=campaign)
    by_account: dict[int, list[str]] = {pk: [] for pk in accounts}
    for operator in measured.by_operator:
        by_account.get(campaign.splits.get(operator, 0), by_account[campaign.account_id]).append(operator)
    return tuple(
        Share(
            account=accounts[pk],
            operators=tuple(operators),
            recipients=sum(measured.by_operator[name][0] for name in operators),
            cost=prices[pk].cost({name: measured.segments[name] for name in operators}),
            left=left_of(accounts[pk], taken[pk]),
        )
        for pk, operators in by_account.items()
    )


def _split_ids(campaign: Campaign) -> set[int]:
    return set(campaign.splits.values()) - {campaign.account_id}


def cost_of(shares: Iterable[Share]) -> Decimal | None:
    """Of all together; None where one is not known, or they count in different currencies."""
    shares = list(shares)
    if len({share.account.currency for share in shares}) != 1:
        return None
    costs = [share.cost for share in shares]
    return None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))


def cost_of_texts(draft: Draft, recipients: Iterable[str], now: datetime) -> Decimal | None:
    """What one text to these numbers comes to, by the prices of the day on which it goes out."""
    account = draft.account
    day = timezone.localdate(draft.send_after or now)
    prices = read_prices([account], channel=draft.channel, day=day)[account.pk]
    counted = Counter(operator_of(number) for number in recipients)
    return prices.cost({operator: count * draft.measure.segments for operator, count in counted.items()})


def left_of(account: Account, taken: Decimal) -> Decimal | None:
    return None if account.balance is None else account.balance + (account.balance_bonus or 0) - taken


def carries(account: Account, campaign: Campaign, measured: Measured) -> bool:
    offered = account.adapter.capabilities_for(account.options)
    return (
        campaign.channel in offered.channels
        and (offered.provider_schedule or not campaign.provider_schedule)
        and (offered.group_send or not campaign.remote_group)
        and measured.longest <= offered.max_text
        and (not measured.unicode_rows or Encoding.UCS2 in offered.encodings)
    )


def _offer(account: Account, campaign: Campaign, measured: Measured, cost: Decimal | None, taken: Decimal) -> Offer:
    left = left_of(account, taken)
    rate = min(filter(None, (account.messages_per_second, campaign.per_second)), default=None)
    ends = account.balance_expires_on
    return Offer(
        account=account,
        cost=cost,
        seconds=measured.recipients / rate if rate else None,
        left=left,
        is_enough=None if left is None or cost is None else cost <= left,
        expires_before=ends is not None and ends < _day(campaign),
        delivered=delivered_by_operator(account, measured.by_operator, campaign.channel),
    )


def delivered_by_operator(account: Account, operators: Iterable[str], channel: str) -> dict[str, int]:
    last = Message.objects.filter(account=account).order_by("-id").values("pk")[:SAMPLE]
    settled = Message.objects.filter(
        pk__in=last, created_at__gte=Now() - LOOKED_BACK, status__in=SETTLED, operator__in=list(operators),
        channel=channel,
    )  # fmt: skip
    arrived = Count("id", filter=Q(status=Status.DELIVERED))
    counted = settled.order_by().values_list("operator").annotate(all=Count("id"), arrived=arrived)
    return {operator: round(100 * delivered / count) for operator, count, delivered in counted if count >= FEWEST}
