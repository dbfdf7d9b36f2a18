"""Uncertain messages by incident: one account, one minute, one thing that happened.

Only rows that are uncertain are read, by their index: the cost does not grow with the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, TextField, Value
from django.db.models.functions import MD5, Coalesce, Concat, TruncMinute

from providers.models import Account
from smsops.messaging.models import Message, MessageQuerySet
from smsops.messaging.status import Status

# So many of the newest are sorted into incidents; older ones come up as these are settled.
NEWEST = 20_000
MOST_INCIDENTS = 100
MINUTE = timedelta(minutes=1)

# When it was last on the wire, as far as is known.
MOMENT = Coalesce("attempted_at", "doubtful_since", "claimed_at", "created_at")
WHAT = MD5(Concat("error_code", Value("\x1f"), "error_text", output_field=TextField()))


@dataclass(frozen=True, slots=True)
class Incident:
    """`what` stands for code and words in an address; `newest` is the highest id in it."""

    account: Account
    minute: datetime
    what: str
    code: str
    words: str
    count: int
    newest: int

    @property
    def stamp(self) -> int:
        """The minute as seconds since the epoch, for an address."""
        return int(self.minute.timestamp())


@dataclass(frozen=True, slots=True)
class Incidents:
    """`is_more`: there is another page. `is_cut`: there are uncertain messages beyond those looked at."""

    found: list[Incident]
    is_more: bool
    is_cut: bool = False


def list_incidents(limit: int = NEWEST, page: int = 1) -> Incidents:
    """One page of the newest incidents, latest first; a few queries, however large the table is."""
    newest = Message.objects.filter(status=Status.UNCERTAIN).order_by("-pk").values("pk")
    first = (page - 1) * MOST_INCIDENTS
    groups = list(_groups(Message.objects.filter(pk__in=newest[:limit]))[first : first + MOST_INCIDENTS + 1])
    accounts = Account.objects.in_bulk({group["account_id"] for group in groups})
    found = [_incident(accounts[group["account_id"]], group) for group in groups[:MOST_INCIDENTS]]
    is_cut = len(groups) <= MOST_INCIDENTS and newest[limit : limit + 1].exists()
    return Incidents(found, is_more=len(groups) > MOST_INCIDENTS, is_cut=is_cut)


def _groups(rows: MessageQuerySet) -> Any:
    keyed = rows.order_by().annotate(minute=TruncMinute(MOMENT, tzinfo=UTC), what=WHAT)
    counted = keyed.values("account_id", "minute", "what").annotate(
        code=Min("error_code"), words=Min("error_text"), count=Count("pk"), newest=Max("pk")
    )
    return counted.order_by("-minute", "account_id", "what")


def _incident(account: Account, group: dict[str, Any]) -> Incident:
    return Incident(account, **{name: group[name] for name in ("minute", "what", "code", "words", "count", "newest")})


def rows_of(*, account: Account, minute: datetime, what: str) -> MessageQuerySet:
    """What is uncertain of one incident. The account as a sum, so that nobody reads all messages of the account."""
    rows = Message.objects.filter(status=Status.UNCERTAIN).alias(owner=F("account_id") + 0, moment=MOMENT, what=WHAT)
    return rows.filter(owner=account.pk, moment__gte=minute, moment__lt=minute + MINUTE, what=what)


def read_incident(*, account: Account, minute: datetime, what: str) -> Incident | None:
    """None: nothing of it is uncertain any more."""
    rows = rows_of(account=account, minute=minute, what=what).order_by()
    told = rows.aggregate(code=Min("error_code"), words=Min("error_text"), count=Count("pk"), newest=Max("pk"))
    return Incident(account, minute, what, **told) if told["count"] else None


def incident_of(message: Message) -> Incident | None:
    """The incident of one uncertain message."""
    keys = Message.objects.filter(pk=message.pk, status=Status.UNCERTAIN)
    found = keys.annotate(minute=TruncMinute(MOMENT, tzinfo=UTC), what=WHAT).values_list("minute", "what").first()
    return read_incident(account=message.account, minute=found[0], what=found[1]) if found else None
