"""What a person reads of a runway: "Rp 1.842.000 · 9 days at this pace · expires 12 Oct, Rp 310.000 would be lost"."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers.formats import money
from providers.models import Account
from smsops.reports.balances.runway import Runway

# From here on it should be topped up, or used up.
FEW_DAYS = 3


def say_runway(account: Account, runway: Runway | None) -> str:
    """One line; where the balance is not known it says only that."""
    if runway is None:
        return money(None)
    total = (account.balance or Decimal(0)) + (account.balance_bonus or Decimal(0))
    said = [money(total, account.currency), _pace(runway), _expiry(account, runway)]
    return " · ".join(filter(None, said))


def _pace(runway: Runway) -> str:
    if not runway.is_used:
        return _("not used in the last 28 days")
    if runway.days is None:
        return _("more than a year at this pace")
    if runway.days == 0:
        return _("runs out today")
    words = ngettext("%(count)d day at this pace", "%(count)d days at this pace", runway.days)
    return words % {"count": runway.days}


def _expiry(account: Account, runway: Runway) -> str:
    if runway.expires_on is None:
        return ""
    day = _day(runway.expires_on)
    if runway.expires_on < timezone.localdate():
        return _("expired on %(day)s") % {"day": day}
    if runway.lost <= 0:
        return _("expires %(day)s") % {"day": day}
    lost = money(runway.lost.quantize(Decimal(1)), account.currency)
    return _("expires %(day)s, %(amount)s would be lost") % {"day": day, "amount": lost}


def _day(day: date) -> str:
    return date_format(day, "j M" if day.year == timezone.localdate().year else "j M Y")


def is_worrying(runway: Runway | None) -> bool:
    """Whether somebody should do something about it."""
    return runway is not None and ((runway.days is not None and runway.days <= FEW_DAYS) or runway.lost > 0)
