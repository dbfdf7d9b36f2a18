"""Further ways to a recipient: another account after a refusal that it may cure, an SMS where there is no WhatsApp.

Only what certainly did not go out moves on: a definite refusal, or what still waits at an account that has been
suspended. Where nobody knows what became of a message, it stays. Every further try is a message of its own
(`resend_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from providers.fit import why_not
from providers.models import Account
from providers.types import Channel, Encoding, OutboundMessage
from smsops.messaging.bulk import insert_messages
from smsops.messaging.campaigns.freezing import departures
from smsops.messaging.campaigns.launching import Moved, lock_campaign
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.ways import Accounts, Route, can_relieve, capabilities_of, differs
from smsops.messaging.models import Message, MessageQuerySet, new_reference
from smsops.messaging.sending.queue import locked, write_events
from smsops.messaging.status import Status
from smsops.messaging.text import measure

CHUNK = 1000
# So many a turn; beat comes again in a few seconds.
MOST_MOVED = 20_000
MOVED_ON = gettext_noop("Not sent: its account is suspended. Another account sends it instead.")
NAMES = (
    "reference", "resend_of_id", "recipient", "operator", "contact_id", "text", "kind", "is_flash", "account_id",
    "channel", "encoding", "segments", "sender_id", "send_after", "expires_at", "error_text",
)  # fmt: skip
# (the last message looked at, how many went on); None where there is none left, or the campaign does not run.
Step = tuple[int, int] | None


def route_refused(*, campaign_id: int) -> int:
    """Try again, by the next way, what was refused for a reason that it may cure; returns how many."""
    return _step_through(campaign_id, _route_chunk)


def leave_suspended(*, campaign_id: int) -> int:
    """What waits at a suspended account goes by the next way that can take it now; returns how many."""
    return _step_through(campaign_id, _leave_chunk)


def _step_through(campaign_id: int, step: Callable[[int, int], Step]) -> int:
    total, last = 0, 0
    while total < MOST_MOVED and (done := step(campaign_id, last)) is not None:
        last, count = done
        total += count
    return total


@transaction.atomic
def _route_chunk(campaign_id: int, after: int) -> Step:
    try:
        campaign = lock_campaign(campaign_id, [Campaign.Status.RUNNING])
    except Moved:
        return None
    accounts = Account.objects.in_bulk(campaign.all_accounts)
    refused = Message.objects.filter(campaign=campaign, status=Status.FAILED, never_resend=False, resends=None)
    curable = refused.filter(error_code__in=_codes(accounts), pk__gt=after).order_by("id")
    if not (found := list(curable.prefetch_related("contact")[:CHUNK])):
        return None
    ways = [(message, next_route(campaign, message, accounts)) for message in found]
    return found[-1].pk, len(_send_on(campaign, ways, accounts))


@transaction.atomic
def _leave_chunk(campaign_id: int, after: int) -> Step:
    try:
        campaign = lock_campaign(campaign_id, [Campaign.Status.RUNNING])
    except Moved:
        return None
    accounts = Account.objects.in_bulk(campaign.all_accounts)
    waiting = _waiting_in_vain(campaign, accounts).filter(pk__gt=after).order_by("id")
    if not (found := list(locked(waiting.prefetch_related("contact"))[:CHUNK])):
        return None
    ways = [(message, _way_out(campaign, message, accounts)) for message in found]
    moved = _send_on(campaign, ways, accounts)
    rows = Message.objects.filter(pk__in=moved, status=Status.QUEUED)
    rows.update(status=Status.FAILED, error_code="", error_text=MOVED_ON, finished_at=timezone.now())
    write_events(moved, status=Status.FAILED, text=MOVED_ON)
    return found[-1].pk, len(moved)


def _waiting_in_vain(campaign: Campaign, accounts: Accounts) -> MessageQuerySet:
    """What certainly has not gone out, at suspended accounts that another one may stand in for."""
    stopped = [pk for pk, account in accounts.items() if account.suspended_reason and _has_relief(pk, accounts)]
    rows = Message.objects.filter(campaign=campaign, status=Status.QUEUED, account__in=stopped)
    return rows.filter(doubtful_since=None, never_resend=False)


def _has_relief(account_id: int, accounts: Accounts) -> bool:
    return any(can_relieve(other, accounts[account_id]) for other in accounts.values())


def _send_on(campaign: Campaign, ways: Sequence[tuple[Message, Route | None]], accounts: Accounts) -> list[int]:
    """A new row for each that has a way; returns the ids of those that it stands for."""
    chosen = [(message, way) for message, way in ways if way is not None]
    if chosen:
        campaign.counts = campaign.counts | {"retried": True}
        campaign.save(update_fields=["counts"])
        shared = {"campaign": campaign, "created_by_id": campaign.created_by_id}
        insert_messages(shared, NAMES, _rows(campaign, chosen, accounts))
    return [message.pk for message, _way in chosen]


def _rows(campaign: Campaign, chosen: Sequence[tuple[Message, Route]], accounts: Accounts) -> Iterator[tuple[Any, ...]]:
    departs = departures(campaign)
    for place, (message, route) in enumerate(chosen):
        account = accounts[route["account"]]
        measured = measure(message.text)
        is_sms = route["channel"] == Channel.SMS
        yield (
            new_reference(), message.pk, message.recipient, message.operator, message.contact_id, message.text,
            message.kind, message.is_flash and is_sms, account.pk, route["channel"], measured.encoding.value,
            measured.segments if is_sms else 1, account.sender_id,
            *departs(place, message.contact.time_zone if message.contact else ""),
        )  # fmt: skip


def _codes(accounts: Accounts) -> set[str]:
    return {
        code for account in accounts.values() for code in account.adapter.cured_elsewhere | account.adapter.no_whatsapp
    }


def next_route(campaign: Campaign, message: Message, accounts: Accounts) -> Route | None:
    """The way after the one that the message went, if it may cure the refusal and can carry the text."""
    refuser = accounts.get(message.account_id)
    if refuser is None:
        return None
    without_whatsapp = message.error_code in refuser.adapter.no_whatsapp
    if not without_whatsapp and message.error_code not in refuser.adapter.cured_elsewhere:
        return None
    cures = (way for way in _behind(campaign, message) if _cures(way, refuser, accounts, without_whatsapp))
    return next((way for way in cures if _fits(way, message, accounts)), None)


def _way_out(campaign: Campaign, message: Message, accounts: Accounts) -> Route | None:
    """The next way whose account can send at this moment."""
    stopped = accounts[message.account_id]
    for way in _behind(campaign, message):
        account = accounts.get(way["account"])
        if account is not None and can_relieve(account, stopped) and _fits(way, message, accounts):
            return way
    return None


def _behind(campaign: Campaign, message: Message) -> list[Route]:
    """The ways after the message's own, in their order: it began with its operator's account, else the campaign's."""
    ways = [{"account": campaign.first_account(message.operator), "channel": campaign.channel}, *campaign.routes]
    went = {"account": message.account_id, "channel": message.channel}
    return ways[ways.index(went) + 1 :] if went in ways else []


def _cures(way: Route, refuser: Account, accounts: Accounts, without_whatsapp: bool) -> bool:
    account = accounts.get(way["account"])
    if account is None or not account.is_active:
        return False
    if without_whatsapp:
        return bool(way["channel"] == Channel.SMS)
    return differs(account, refuser)


def _fits(way: Route, message: Message, accounts: Accounts) -> bool:
    account = accounts[way["account"]]
    encoding = measure(message.text).encoding
    outbound = OutboundMessage(
        reference="", recipient=message.recipient, text=message.text, channel=Channel(way["channel"]),
        encoding=Encoding(encoding), sender_id=account.sender_id,
    )  # fmt: skip
    return not why_not(capabilities_of(account), outbound)
