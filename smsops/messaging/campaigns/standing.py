"""Which accounts of a campaign take nothing now, why, and what becomes of the messages that wait there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from providers.formats import told
from providers.models import Account, AccountHealth
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.ways import relief_of
from smsops.messaging.models import MessageQuerySet


@dataclass(frozen=True, slots=True)
class Standing:
    """An account with a sentence on why it stands still."""

    account: Account
    sentence: str


def stopped_accounts(campaign: Campaign) -> list[Standing]:
    """Stopped by a person or by the provider: only a person lets them go on."""
    others = Account.objects.in_bulk(campaign.all_accounts - {campaign.account_id})
    accounts = others | {campaign.account_id: campaign.account}
    return list(_stopped(campaign, accounts))


def stopped_in_the_way(waiting: MessageQuerySet) -> list[Standing]:
    """Stopped accounts at which some of these wait."""
    stopped = Account.objects.filter(~Q(suspended_reason="") | Q(is_active=False))
    stopped = stopped.filter(Exists(waiting.filter(account=OuterRef("pk"))))
    return [Standing(each, _waits(each)) for each in stopped.order_by("name")]


def resting_accounts(campaign: Campaign) -> list[Standing]:
    """Those that go on by themselves, once their provider answers."""
    resting = Q(held_until__gt=timezone.now()) | Q(is_silent=True)
    rows = AccountHealth.objects.filter(
        resting, account__in=campaign.all_accounts, account__is_active=True, account__suspended_reason=""
    )
    return [Standing(row.account, _resting(row)) for row in rows.select_related("account").order_by("account__name")]


def _stopped(campaign: Campaign, accounts: dict[int, Account]) -> Iterator[Standing]:
    for account in sorted(accounts.values(), key=lambda each: each.name):
        if not account.is_active:
            yield Standing(account, _unused(account))
        elif account.suspended_reason:
            yield Standing(account, _suspended(account, relief_of(campaign, account, accounts)))


def _waits(account: Account) -> str:
    return _suspended(account, None) if account.is_active else _unused(account)


def _unused(account: Account) -> str:
    words = _("The account “%(account)s” is not in use. The messages wait until somebody puts it to use again.")
    return words % {"account": account.name}


def _suspended(account: Account, relief: Account | None) -> str:
    values = {
        "account": account.name,
        "reason": _bare(account.suspended_reason),
        "next": relief.name if relief else "",
    }
    if relief is None:
        return _(
            "The account “%(account)s” is suspended (%(reason)s). Its messages wait until somebody resumes it."
        ) % values  # fmt: skip
    return _("The account “%(account)s” is suspended (%(reason)s). What waits there goes by “%(next)s”.") % values


def _resting(health: AccountHealth) -> str:
    if health.is_silent or health.held_until is None:
        words = _("The provider of “%(account)s” is not answering. It is asked every minute; its messages wait.")
        return words % {"account": health.account.name}
    return _("“%(account)s” rests until %(moment)s and then tries again (%(reason)s).") % {
        "account": health.account.name,
        "moment": date_format(timezone.localtime(health.held_until), "H:i:s T"),
        "reason": _bare(health.hold_reason),
    }


def _bare(reason: str) -> str:
    """For a sentence that goes on behind it."""
    return told(reason).removesuffix(".")
