"""The runway of each account, from the days of its balance: a few queries, however many readings there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from providers.models import Account
from smsops.messaging.campaigns.reserving import reservations
from smsops.reports import rollup_rules as rules
from smsops.reports.balances.runway import Runway, burn_by_weekday, run_down
from smsops.reports.models import BalanceDay

PACE_DAYS = 28
DAY = timedelta(days=1)
ZERO = Decimal(0)


def read_runways(accounts: Sequence[Account], *, now: datetime | None = None) -> dict[int, Runway | None]:
    """Account's id → how long its balance lasts; None where the balance is not known."""
    here = timezone.localtime(now, timezone.get_default_timezone())
    today = here.date()
    used = _used(accounts, today)
    planned = reservations(accounts)
    return {
        account.pk: _runway(account, here, used.get(account.pk, {}), _dated(planned[account.pk], today))
        for account in accounts
    }


def _used(accounts: Sequence[Account], today: date) -> dict[int, dict[date, Decimal]]:
    """What left each account on the days before today, whoever used it."""
    found: dict[int, dict[date, Decimal]] = {}
    days = BalanceDay.objects.filter(account__in=accounts, date__gte=today - PACE_DAYS * DAY, date__lt=today)
    for account, day, spent, unexplained in days.values_list("account_id", "date", "spent", "unexplained"):
        found.setdefault(account, {})[day] = spent + unexplained
    return found


def _dated(planned: list[tuple[date | None, Decimal]], today: date) -> list[tuple[date, Decimal]]:
    return [(day or today, amount) for day, amount in planned]


def _runway(
    account: Account, here: datetime, used: dict[date, Decimal], planned: list[tuple[date, Decimal]]
) -> Runway | None:
    if account.balance is None:
        return None
    today = here.date()
    # Before its first reading nobody knows what it used.
    since = min(used, default=today)
    return run_down(
        balance=account.balance + (account.balance_bonus or ZERO),
        today=today,
        rest_of_today=_rest_of_day(here),
        burn=burn_by_weekday(used, since=since, until=today),
        reserved=planned,
        expires_on=account.balance_expires_on,
    )


def _rest_of_day(here: datetime) -> float:
    start, end = rules.day_span(here.date())
    return max(0.0, min(1.0, (end - here) / (end - start)))
