"""Follows the readings of each account, and takes every change of a balance apart."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from providers.models import Account, BalanceReading
from smsops.messaging.campaigns.prices import PriceList, read_prices
from smsops.messaging.models import Message
from smsops.messaging.status import Status
from smsops.reports import rollup_rules as rules
from smsops.reports.balances.runway_changes import Change, Cost, explain_change
from smsops.reports.models import BalanceChange, BalanceDay, BalanceFollow

# Readings of an account in one transaction.
CHUNK = 50
# Of an account that is new here, as much is looked back at.
LOOKED_BACK = timedelta(days=35)
ZERO = Decimal(0)


def follow_balances(*, seconds: float) -> bool:
    """Take up the readings that came since; returns whether some are left."""
    deadline = time.monotonic() + seconds
    for account in Account.objects.filter(balance_checked_at__isnull=False):
        while _follow_chunk(account):
            if time.monotonic() > deadline:
                return True
    return False


@transaction.atomic
def _follow_chunk(account: Account) -> bool:
    """Whether there may be more."""
    BalanceFollow.objects.get_or_create(account=account)
    follow = BalanceFollow.objects.select_for_update(of=("self",)).get(account=account)
    readings = list(_readings_after(account, follow.reading_id))
    for before, after in pairwise(readings):
        follow.carry = _take_apart(account, before, after, follow.carry)
    if len(readings) > 1:
        follow.reading_id = readings[-1].pk
        follow.save(update_fields=["reading_id", "carry"])
    return len(readings) > CHUNK


def _readings_after(account: Account, last: int) -> Iterable[BalanceReading]:
    """The one that was followed last, and the next ones; what told no amount is no reading."""
    known = BalanceReading.objects.filter(account=account, amount__isnull=False)
    if not last:
        known = known.filter(at__gte=timezone.now() - LOOKED_BACK)
    return known.filter(pk__gte=last).order_by("pk")[: CHUNK + 1]


def total_of(reading: BalanceReading) -> Decimal:
    return (reading.amount or ZERO) + (reading.bonus or ZERO)


def _take_apart(account: Account, before: BalanceReading, after: BalanceReading, carry: Decimal) -> Decimal:
    cost = _cost(account, before.at, after.at)
    change = explain_change(before=total_of(before), after=total_of(after), cost=cost, carry=carry)
    _add_to_day(account, before, after, change)
    _note(before, after, change)
    return change.carry


def _add_to_day(account: Account, before: BalanceReading, after: BalanceReading, change: Change) -> None:
    day, _is_new = BalanceDay.objects.get_or_create(
        account=account,
        date=timezone.localdate(after.at, timezone.get_default_timezone()),
        defaults={"opening": total_of(before), "closing": total_of(after)},
    )
    day.closing = total_of(after)
    day.spent += change.spent
    day.topped_up += change.topped_up
    day.unexplained += change.unexplained
    day.save(update_fields=["closing", "spent", "topped_up", "unexplained"])


def _note(before: BalanceReading, after: BalanceReading, change: Change) -> None:
    """A top-up or a fall of which somebody should know."""
    for kind, amount in ((_fall_kind(before, after), change.unexplained), (_RISE, change.topped_up)):
        if amount:
            BalanceChange.objects.create(
                account_id=after.account_id, since=before.at, at=after.at, kind=kind, amount=amount,
                balance=total_of(after),
            )  # fmt: skip


_RISE = BalanceChange.Kind.TOP_UP


def _fall_kind(before: BalanceReading, after: BalanceReading) -> BalanceChange.Kind:
    day = timezone.localdate(after.at, timezone.get_default_timezone())
    is_over = before.expires_on is not None and before.expires_on <= day and not total_of(after) > 0
    return BalanceChange.Kind.EXPIRED if is_over else BalanceChange.Kind.UNEXPLAINED


# --- what we sent meanwhile ------------------------------------------------------------------------------------------


def _cost(account: Account, start: datetime, end: datetime) -> Cost:
    """What left between two moments: the prices that the provider told, and the list's for all others."""
    rows = Message.objects.order_by().filter(account=account)
    sent = rows.alias(moment=rules.settled_moment()).filter(moment__gte=start, moment__lt=end, status__in=rules.SENT)
    doubtful = rows.alias(moment=rules.moment()).filter(status=Status.UNCERTAIN, moment__gte=start, moment__lt=end)
    day = timezone.localdate(end)
    lists: dict[str, PriceList] = {}
    sure = _priced(sent, account, day, lists)
    segment = max((price.general or ZERO for price in lists.values()), default=account.price_per_segment or ZERO)
    return Cost(sure, _priced(doubtful, account, day, lists) or ZERO, segment)


def _priced(rows: rules.Rows, account: Account, day: date, lists: dict[str, PriceList]) -> Decimal | None:
    total = ZERO
    told = rows.values_list("channel", "operator").annotate(
        paid=Sum("price"), unpriced=Sum("segments", filter=Q(price=None), default=0)
    )
    for channel, operator, paid, unpriced in told:
        if channel not in lists:
            lists[channel] = read_prices([account], channel=channel, day=day)[account.pk]
        by_list = lists[channel].cost({operator: unpriced})
        if by_list is None:
            return None
        total += (paid or ZERO) + by_list
    return total
