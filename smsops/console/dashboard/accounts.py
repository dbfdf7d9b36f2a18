"""How the accounts fare: state, balance, and how long it lasts."""

from __future__ import annotations

from typing import Any

from providers.admin import state_of
from providers.models import Account
from smsops.reports.balances.runway_reading import read_runways
from smsops.reports.balances.runway_words import is_worrying, say_runway


def account_lines() -> list[dict[str, Any]]:
    accounts = list(Account.objects.select_related("health"))
    runways = read_runways(accounts)
    return [
        {
            "account": account,
            "colour": colour,
            "state": state,
            "reason": reason,
            "runway": say_runway(account, runways[account.pk]),
            "is_worrying": is_worrying(runways[account.pk]),
        }
        for account in accounts
        for colour, state, reason in [state_of(account)]
    ]
