"""What is wrong at this moment: each detector reads the state by its indexes and yields what holds now.

An incident of which a detector cannot tell whether it is over yields again: it stays open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from contacts.models import SyncRun
from contacts.syncing.pages import accounts_with_phonebook
from providers.models import Account, AccountEvent
from providers.options import low_balance
from smsops.messaging.campaigns.models import Campaign, CampaignEvent
from smsops.messaging.desk.incidents import MINUTE, Incident, list_incidents, read_incident

# Older ones are on the desk; nobody is woken for them.
FRESH = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """`involved`: the ids of people who need no e-mail of it: it is their own doing, and for others to decide."""

    subject: str
    detail: dict[str, Any] = field(default_factory=dict)
    involved: frozenset[int] = frozenset()


# The subjects that are open → what holds now.
Detector = Callable[[set[str]], Iterator[Finding]]


def of_account(account: Account) -> dict[str, Any]:
    return {"account": account.pk, "name": account.name}


def stopped_accounts(opened: set[str]) -> Iterator[Finding]:
    """Stopped by what the provider answered; whom a person has paused needs no telling."""
    last = AccountEvent.objects.filter(account=OuterRef("pk"), kind__in=("suspended", "paused")).order_by("-id")
    stopped = Account.objects.filter(is_active=True).exclude(suspended_reason="")
    for account in stopped.annotate(how=Subquery(last.values("kind")[:1])):
        if account.how != AccountEvent.Kind.PAUSED:
            yield Finding(f"account:{account.pk}", of_account(account) | {"reason": account.suspended_reason})


def low_balances(opened: set[str]) -> Iterator[Finding]:
    """Under the threshold that the account's option names."""
    for account in Account.objects.filter(is_active=True).exclude(balance=None):
        limit = low_balance(account.options)
        if limit and _balance(account) < limit:
            yield Finding(f"account:{account.pk}", of_account(account) | _amounts(account, limit=limit))


def short_balances(opened: set[str]) -> Iterator[Finding]:
    """The first campaign of each account for which the balance no longer lasts, after what leaves before it."""
    accounts = Account.objects.filter(is_active=True).exclude(balance=None).in_bulk()
    spent: dict[int, Decimal] = {}
    for campaign in _campaigns_to_come(accounts):
        account = accounts[campaign.account_id]
        before = spent.get(account.pk, Decimal(0))
        spent[account.pk] = before + _cost_left(campaign)
        if before <= _balance(account) < spent[account.pk]:
            named = {"campaign": campaign.pk, "title": campaign.name, "at": _iso(campaign.send_at)}
            amounts = _amounts(account, needed=spent[account.pk])
            yield Finding(f"campaign:{campaign.pk}", of_account(account) | named | amounts)


def _campaigns_to_come(accounts: dict[int, Account]) -> list[Campaign]:
    """Those that run, then those that are scheduled, in their order."""
    states = (Campaign.Status.RUNNING, Campaign.Status.FREEZING, Campaign.Status.PAUSED, Campaign.Status.SCHEDULED)
    rows = Campaign.objects.filter(status__in=states, account__in=accounts).exclude(quoted_cost=None)
    return sorted(rows, key=lambda row: (row.status == Campaign.Status.SCHEDULED, _iso(row.send_at), row.pk))


def _cost_left(campaign: Campaign) -> Decimal:
    """Of one that runs, for what has not been handed over yet."""
    cost = campaign.quoted_cost or Decimal(0)
    settled = campaign.counts.get("settled", 0) if campaign.started_at else 0
    return cost * max(0, campaign.total - settled) / campaign.total if campaign.total else cost


def _balance(account: Account) -> Decimal:
    return (account.balance or Decimal(0)) + (account.balance_bonus or Decimal(0))


def _amounts(account: Account, **others: Decimal) -> dict[str, str]:
    """As text: JSON knows no exact amounts."""
    return {"balance": str(_balance(account)), "currency": account.currency} | {
        name: str(amount) for name, amount in others.items()
    }


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def paused_campaigns(opened: set[str]) -> Iterator[Finding]:
    """Stopped by nobody but the system, or not started at their time."""
    for campaign in Campaign.objects.filter(status=Campaign.Status.MISSED).select_related("account"):
        yield Finding(f"missed:{campaign.pk}", _stopped(campaign) | {"is_missed": True})
    last = CampaignEvent.objects.filter(campaign=OuterRef("pk"), kind=CampaignEvent.Kind.PAUSED).order_by("-id")
    rows = Campaign.objects.filter(status=Campaign.Status.PAUSED).select_related("account")
    for campaign in rows.annotate(by=Subquery(last.values("actor")[:1]), said=Subquery(last.values("id")[:1])):
        if campaign.said and campaign.by is None:
            yield Finding(f"campaign:{campaign.pk}", _stopped(campaign))


def _stopped(campaign: Campaign) -> dict[str, Any]:
    detail = {"campaign": campaign.pk, "title": campaign.name, "reason": campaign.state_reason}
    return detail | of_account(campaign.account)


def uncertain_incidents(opened: set[str]) -> Iterator[Finding]:
    """Incidents of the desk whose minute is over: their number is known then."""
    now = timezone.now()
    found = {_subject(each): each for each in list_incidents().found}
    for subject, incident in found.items():
        if subject in opened or now - FRESH <= incident.minute <= now - MINUTE:
            yield Finding(subject, of_account(incident.account) | _of_incident(incident))
    yield from (Finding(subject) for subject in opened - set(found) if _is_uncertain(subject))


def _subject(incident: Incident) -> str:
    return f"{incident.account.pk}:{incident.stamp}:{incident.what}"


def _of_incident(incident: Incident) -> dict[str, Any]:
    return {
        "stamp": incident.stamp,
        "what": incident.what,
        "count": incident.count,
        "code": incident.code,
        "words": incident.words,
    }


def _is_uncertain(subject: str) -> bool:
    """Whether anything is left of one that so many newer ones have pushed out of the list."""
    account_id, stamp, what = subject.split(":")
    account = Account.objects.filter(pk=account_id).first()
    minute = datetime.fromtimestamp(int(stamp), UTC)
    return account is not None and read_incident(account=account, minute=minute, what=what) is not None


def failed_syncs(opened: set[str]) -> Iterator[Finding]:
    """Accounts whose last run failed; one at work changes nothing yet."""
    at_work = (SyncRun.State.READING, SyncRun.State.APPLYING)
    for account in accounts_with_phonebook():
        run = SyncRun.objects.filter(account=account).exclude(state__in=at_work).order_by("-id").first()
        if run is not None and run.state == SyncRun.State.FAILED:
            yield Finding(f"account:{account.pk}", of_account(account) | {"run": run.pk, "reason": run.error})
