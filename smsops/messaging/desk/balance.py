"""What the balance before and after an incident hints at: never proof, since others may spend from it as well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from providers.models import BalanceReading
from smsops.messaging.campaigns.prices import PriceList, read_prices
from smsops.messaging.desk.incidents import MINUTE, Incident, rows_of
from smsops.messaging.models import Message
from smsops.messaging.status import Status

# Farther apart, too much else has happened.
WINDOW = timedelta(hours=24)
# Of the account's newest messages, as many are looked at for what they cost.
LOOKED_AT = 20_000
COSTS_NOTHING = (Status.FAILED, Status.UNCERTAIN, Status.QUEUED, Status.SENDING, Status.CANCELLED, Status.SUPPRESSED,
                 Status.LAPSED)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BalanceHint:
    """What is left of the fall of the balance once the known costs are taken off, and as many messages as it pays.

    `known` and `messages` are None where a price is not known.
    """

    before: BalanceReading
    after: BalanceReading
    fall: Decimal
    known: Decimal | None
    messages: int | None


def read_balance_hint(incident: Incident) -> BalanceHint | None:
    """From the last reading before the minute and the first one after it; None where one of them is missing."""
    readings = BalanceReading.objects.filter(account=incident.account, amount__isnull=False)
    start, end = incident.minute, incident.minute + MINUTE
    before = readings.filter(at__lte=start, at__gt=start - WINDOW).order_by("-pk").first()
    after = readings.filter(at__gte=end, at__lt=end + WINDOW).order_by("pk").first()
    if before is None or after is None:
        return None
    fall = _total(before) - _total(after)
    known = _cost(_known(incident, before, after), _prices(incident))
    return BalanceHint(before, after, fall, known, _how_many(incident, fall, known))


def _total(reading: BalanceReading) -> Decimal:
    return (reading.amount or Decimal(0)) + (reading.bonus or Decimal(0))


def _known(incident: Incident, before: BalanceReading, after: BalanceReading) -> QuerySet[Message]:
    """What surely went out in between."""
    newest = Message.objects.filter(account=incident.account).order_by("-pk").values("pk")[:LOOKED_AT]
    sent = Message.objects.filter(pk__in=newest, attempted_at__gt=before.at, attempted_at__lte=after.at)
    return sent.exclude(status__in=COSTS_NOTHING)


def _prices(incident: Incident) -> PriceList:
    account, day = incident.account, timezone.localdate(incident.minute)
    return read_prices([account], channel=_channel(incident), day=day)[account.pk]


def _channel(incident: Incident) -> str:
    rows = rows_of(account=incident.account, minute=incident.minute, what=incident.what)
    return rows.values_list("channel", flat=True).first() or "sms"


def _cost(rows: QuerySet[Message], prices: PriceList) -> Decimal | None:
    """The prices that the provider told, and the list's for all others."""
    unpriced = Sum("segments", filter=Q(price=None), default=0)
    told = list(rows.order_by().values("operator").annotate(paid=Sum("price", default=Decimal(0)), unpriced=unpriced))
    by_list = prices.cost({row["operator"]: row["unpriced"] for row in told})
    return None if by_list is None else by_list + sum(row["paid"] for row in told)


def _how_many(incident: Incident, fall: Decimal, known: Decimal | None) -> int | None:
    rows = rows_of(account=incident.account, minute=incident.minute, what=incident.what)
    cost = _cost(rows, _prices(incident)) if known is not None else None
    if not cost or known is None:
        return None
    share = (fall - known) / cost * incident.count
    return min(max(int(share.to_integral_value(ROUND_HALF_UP)), 0), incident.count)
