"""Where the balance of one account went: day by day, and the changes that somebody should know of."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from providers.models import Account
from providers.pages import show_page
from smsops.reports.balances.runway_reading import read_runways
from smsops.reports.balances.runway_words import is_worrying, say_runway
from smsops.reports.models import BalanceChange, BalanceDay

MOST_DAYS = 35
MOST_CHANGES = 100


def balance(request: HttpRequest, account_id: int) -> HttpResponse:
    if not request.user.has_perm("providers.view_account"):
        raise PermissionDenied
    account = get_object_or_404(Account, pk=account_id)
    title = _("Balance of %(account)s") % {"account": account.name}
    return show_page(request, "console/balance.html", title, _context(account))


def _context(account: Account) -> dict[str, Any]:
    runway = read_runways([account])[account.pk]
    return {
        "account": account,
        "runway": say_runway(account, runway),
        "is_worrying": is_worrying(runway),
        "changes": BalanceChange.objects.filter(account=account).order_by("-at", "-pk")[:MOST_CHANGES],
        "days": BalanceDay.objects.filter(account=account).order_by("-date")[:MOST_DAYS],
    }
