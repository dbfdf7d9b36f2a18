"""Further ways to a recipient: another account after a refusal that it may cure, an SMS where there is no WhatsApp.

Only a definite refusal moves a message on; where nobody knows what became of it, nothing does. Every further try is a
message of its own (`resend_of`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from providers.fit import why_not
from providers.models import Account
from providers.types import UPSTREAM, Capabilities, Channel, Encoding, OutboundMessage
from smsops.messaging.bulk import insert_messages
from smsops.messaging.campaigns.freezing import departures
from smsops.messaging.campaigns.launching import Moved, lock_campaign
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.models import Message, new_reference
from smsops.messaging.status import Status
from smsops.messaging.text import measure

CHUNK = 1000
Route = dict[str, Any]
NAMES = (
    "reference", "resend_of_id", "recipient", "operator", "contact_id", "text", "kind", "is_flash", "account_id",
    "channel", "encoding", "segments", "sender_id", "send_after", "expires_at", "error_text",
)  # fmt: skip


def make_routes(*, account: Account, channel: str, second: Account | None, sms_instead: bool) -> list[Route]:
    """What is tried after the campaign's own account and channel, in order."""
    routes = [{"account": second.pk, "channel": channel}] if second and _offers(second, channel) else []
    if sms_instead and channel == Channel.WHATSAPP:
        routes += [
            {"account": each.pk, "channel": Channel.SMS.value}
            for each in dict.fromkeys([account, *([second] if second else [])])
            if _offers(each, Channel.SMS)
        ]
    return routes


def why_no_route(*, account: Account, channel: str, second: Account | None, sms_instead: bool) -> str:
    """Why the further account is none; "" where it is one."""
    if second is None:
        return ""
    if second == account:
        return _("This is the same account. Choose another one, or none.")
    if _upstream(second) and _upstream(second) == _upstream(account):
        return _("Behind both accounts stands the same platform: one does not replace the other.")
    if _offers(second, channel) or (sms_instead and _offers(second, Channel.SMS)):
        return ""
    return _("The account “%(account)s” does not offer this channel.") % {"account": second.name}


def _upstream(account: Account) -> str:
    return str(account.options.get(UPSTREAM) or "").strip().casefold()


def _offers(account: Account, channel: str) -> bool:
    return channel in _capabilities(account).channels


def _capabilities(account: Account) -> Capabilities:
    return account.adapter.capabilities_for(account.options)


def route_refused(*, campaign_id: int) -> int:
    """Try again, by the next way, what was refused for a reason that it may cure; returns how many."""
    total, last = 0, 0
    while (step := _route_chunk(campaign_id, last)) is not None:
        last, count = step
        total += count
    return total


@transaction.atomic
def _route_chunk(campaign_id: int, after: int) -> tuple[int, int] | None:
    """(the last message looked at, how many were tried again); None where there is none, or it does not run."""
    try:
        campaign = lock_campaign(campaign_id, [Campaign.Status.RUNNING])
    except Moved:
        return None
    accounts = Account.objects.in_bulk({campaign.account_id, *(route["account"] for route in campaign.routes)})
    refused = Message.objects.filter(campaign=campaign, status=Status.FAILED, never_resend=False, resends=None)
    curable = refused.filter(error_code__in=_codes(accounts), pk__gt=after).order_by("id")
    if not (found := list(curable.select_related("contact")[:CHUNK])):
        return None
    rows = list(_rows(campaign, found, accounts))
    if rows:
        campaign.counts = campaign.counts | {"retried": True}
        campaign.save(update_fields=["counts"])
        insert_messages({"campaign": campaign, "created_by_id": campaign.created_by_id}, NAMES, rows)
    return found[-1].pk, len(rows)


def _codes(accounts: dict[int, Account]) -> set[str]:
    return {
        code for account in accounts.values() for code in account.adapter.cured_elsewhere | account.adapter.no_whatsapp
    }


def _rows(campaign: Campaign, found: list[Message], accounts: dict[int, Account]) -> Iterator[tuple[Any, ...]]:
    departs = departures(campaign)
    for place, message in enumerate(found):
        route = next_route(campaign, message, accounts)
        if route is None:
            continue
        account = accounts[route["account"]]
        measured = measure(message.text)
        is_sms = route["channel"] == Channel.SMS
        yield (
            new_reference(), message.pk, message.recipient, message.operator, message.contact_id, message.text,
            message.kind, message.is_flash and is_sms, account.pk, route["channel"], measured.encoding.value,
            measured.segments if is_sms else 1, account.sender_id,
            *departs(place, message.contact.time_zone if message.contact else ""),
        )  # fmt: skip


def next_route(campaign: Campaign, message: Message, accounts: dict[int, Account]) -> Route | None:
    """The way after the one that the message went, if it may cure the refusal and can carry the text."""
    ways = [{"account": campaign.account_id, "channel": campaign.channel}, *campaign.routes]
    went = {"account": message.account_id, "channel": message.channel}
    behind = ways[ways.index(went) + 1 :] if went in ways else []
    refuser = accounts[message.account_id]
    without_whatsapp = message.error_code in refuser.adapter.no_whatsapp
    if not without_whatsapp and message.error_code not in refuser.adapter.cured_elsewhere:
        return None
    cures = (way for way in behind if _cures(way, went, accounts, without_whatsapp))
    return next((way for way in cures if _fits(way, message, accounts)), None)


def _cures(way: Route, went: Route, accounts: dict[int, Account], without_whatsapp: bool) -> bool:
    account, refuser = accounts.get(way["account"]), accounts[went["account"]]
    if account is None or not account.is_active:
        return False
    if without_whatsapp:
        return way["channel"] == Channel.SMS
    return account != refuser and not (_upstream(account) and _upstream(account) == _upstream(refuser))


def _fits(way: Route, message: Message, accounts: dict[int, Account]) -> bool:
    account = accounts[way["account"]]
    encoding = measure(message.text).encoding
    outbound = OutboundMessage(
        reference="", recipient=message.recipient, text=message.text, channel=Channel(way["channel"]),
        encoding=Encoding(encoding), sender_id=account.sender_id,
    )  # fmt: skip
    return not why_not(_capabilities(account), outbound)
