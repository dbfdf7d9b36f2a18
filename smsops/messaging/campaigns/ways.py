"""The ways that a person may choose for a campaign, and why some are none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from providers.models import Account
from providers.types import UPSTREAM, Capabilities, Channel
from smsops.messaging.campaigns.models import Campaign

Route = dict[str, Any]
Accounts = dict[int, Account]


def make_routes(*, account: Account, channel: str, others: Sequence[Account], sms_instead: bool) -> list[Route]:
    """What is tried after the campaign's own account and channel, in order: the same channel by the other accounts,
    then, for those without WhatsApp, an SMS by the first that carries one."""
    routes = [{"account": each.pk, "channel": channel} for each in others if _offers(each, channel)]
    if sms_instead and channel == Channel.WHATSAPP:
        routes += [
            {"account": each.pk, "channel": Channel.SMS.value}
            for each in dict.fromkeys([account, *others])
            if _offers(each, Channel.SMS)
        ]
    return routes


def why_no_route(*, account: Account, channel: str, others: Sequence[Account], sms_instead: bool) -> str:
    """Why one of the further accounts is none; "" where all of them are."""
    known = [account]
    for other in others:
        if complaint := _why_not_after(known, other):
            return complaint
        if not _offers(other, channel) and not (sms_instead and _offers(other, Channel.SMS)):
            return _("The account “%(account)s” does not offer this channel.") % {"account": other.name}
        known.append(other)
    return ""


def _why_not_after(known: Sequence[Account], other: Account) -> str:
    if other in known:
        return _("The account “%(account)s” stands there already. Choose another one, or none.") % {
            "account": other.name
        }
    same = next((each for each in known if is_one_platform(each, other)), None)
    if same is None:
        return ""
    return _(
        "Behind “%(account)s” and “%(other)s” stands the same platform: one does not replace the other."
    ) % {"account": same.name, "other": other.name}  # fmt: skip


def is_one_platform(one: Account, other: Account) -> bool:
    return bool(_upstream(one)) and _upstream(one) == _upstream(other)


def differs(one: Account, other: Account) -> bool:
    """Whether the one may do what the other cannot."""
    return one != other and not is_one_platform(one, other)


def can_relieve(other: Account, stopped: Account) -> bool:
    return other.is_active and not other.suspended_reason and differs(other, stopped)


def relief_of(campaign: Campaign, stopped: Account, accounts: Accounts) -> Account | None:
    """The account by which goes what waits at this one, if there is any behind it."""
    order = [route["account"] for route in campaign.routes]
    place = 0 if stopped.pk in campaign.first_accounts else order.index(stopped.pk) + 1
    behind = (accounts[pk] for pk in order[place:] if pk in accounts)
    return next((account for account in behind if can_relieve(account, stopped)), None)


def _upstream(account: Account) -> str:
    return str(account.options.get(UPSTREAM) or "").strip().casefold()


def _offers(account: Account, channel: str) -> bool:
    return channel in capabilities_of(account).channels


def capabilities_of(account: Account) -> Capabilities:
    return account.adapter.capabilities_for(account.options)


def has_sender(account: Account) -> bool:
    """Whether the account's own sender ID is one that its provider takes."""
    pattern = capabilities_of(account).sender_pattern
    return not pattern or re.fullmatch(pattern, account.sender_id) is not None


def further_accounts(routes: Iterable[Route], own: int) -> list[int]:
    """The accounts of the routes, each once, in order, without the campaign's own."""
    return list(dict.fromkeys(route["account"] for route in routes if route["account"] != own))
