"""Writes a campaign's messages, some thousand a transaction, before the first of them is sent.

`Campaign.frozen_to` moves in the transaction that writes: whoever comes again, or at the same moment, goes on behind
it, and adds nothing twice. The audience is the rows that were counted; what becomes of a group meanwhile is no matter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import transaction
from django.utils import timezone

from providers.models import Account
from providers.types import Kind
from smsops.messaging.bulk import insert_messages
from smsops.messaging.campaigns.holding import leaving, quiet_hours
from smsops.messaging.campaigns.launching import Moved, lock_campaign, note_event
from smsops.messaging.campaigns.measuring import chosen_type, good_entries, measure_text
from smsops.messaging.campaigns.merge import Merge, parse_merge
from smsops.messaging.campaigns.models import AudienceEntry, Campaign, CampaignEvent
from smsops.messaging.campaigns.values import Person, read_people
from smsops.messaging.compose import BULK_PRIORITY, OTP_PRIORITY, OTP_VALIDITY
from smsops.messaging.models import new_reference
from smsops.messaging.text import clean_text
from smsops.publishing import publish

CHUNK = 2000
VARYING = (
    "reference", "recipient", "operator", "contact_id", "text", "encoding", "segments", "send_after", "expires_at",
    "error_text", "account_id", "sender_id",
)  # fmt: skip
Departure = Callable[[int, str], tuple[datetime, datetime, str]]


def freeze_step(*, campaign_id: int, seconds: float) -> bool:
    """Write for so long; True while there are more to write."""
    until = time.monotonic() + seconds
    while freeze_chunk(campaign_id=campaign_id):
        if time.monotonic() >= until:
            return True
    return False


@transaction.atomic
def freeze_chunk(*, campaign_id: int) -> bool:
    """Write the next messages; False when all are written, and the campaign runs, or was stopped."""
    try:
        campaign = lock_campaign(campaign_id, [Campaign.Status.FREEZING])
    except Moved:
        return False
    merge = parse_merge(clean_text(campaign.text))
    people = list(read_people(good_entries(campaign).filter(pk__gt=campaign.frozen_to), merge, limit=CHUNK))
    if not people:
        _begin(campaign)
        return False
    complete = [person for person in people if not merge.lacking(person.values)]
    _mark_incomplete({person.entry for person in people} - {person.entry for person in complete})
    already = campaign.total if campaign.frozen_to else 0
    insert_messages(_shared(campaign), VARYING, _rows(campaign, merge, complete, already))
    campaign.total = already + len(complete)
    campaign.frozen_to = people[-1].entry
    campaign.counted_at = timezone.now()
    campaign.save(update_fields=["total", "frozen_to", "counted_at"])
    return True


def _begin(campaign: Campaign) -> None:
    """All are written: they may leave from now on, each at its time."""
    from smsops.messaging.campaigns.tasks import call_group
    from smsops.messaging.tasks import dispatch_account

    if not campaign.frozen_to:
        campaign.total = 0
    campaign.status = Campaign.Status.RUNNING
    campaign.started_at = timezone.now()
    campaign.save(update_fields=["status", "started_at", "total"])
    note_event(campaign, CampaignEvent.Kind.STARTED)
    if campaign.remote_group:
        publish(call_group, campaign.pk)
    else:
        for account_id in campaign.first_accounts:
            publish(dispatch_account, account_id)


def _mark_incomplete(entries: set[int]) -> None:
    """Those of whom the text says something that went away since it was counted."""
    if entries:
        AudienceEntry.objects.filter(pk__in=entries).update(verdict=AudienceEntry.Verdict.INCOMPLETE)


def _shared(campaign: Campaign) -> dict[str, Any]:
    chosen = chosen_type(campaign)
    return {
        "campaign": campaign,
        "created_by_id": campaign.created_by_id,
        "channel": campaign.channel,
        "kind": campaign.kind,
        "is_flash": chosen.is_flash,
        "provider_scheduled_for": campaign.send_at if _is_handed_over(campaign) else None,
        "never_resend": bool(campaign.remote_group),
        "priority": OTP_PRIORITY if campaign.kind == Kind.OTP else BULK_PRIORITY,
    }


def _rows(campaign: Campaign, merge: Merge, people: Sequence[Person], already: int) -> Iterator[tuple[Any, ...]]:
    departs, ways = departures(campaign, is_first=True), first_ways(campaign)
    for place, person in enumerate(people, start=already):
        text = merge.render(person.values)
        measured = measure_text(campaign, text)
        yield (
            new_reference(), person.recipient, person.operator, person.contact, text, measured.encoding.value,
            measured.segments, *departs(place, person.zone), *ways(person.operator),
        )  # fmt: skip


def first_ways(campaign: Campaign) -> Callable[[str], tuple[int, str]]:
    """An operator → the account that its numbers go by at first, and the sender ID there."""
    own = (campaign.account_id, campaign.sender_id or campaign.account.sender_id)
    others = Account.objects.in_bulk(set(campaign.splits.values()))
    split = {
        operator: (pk, others[pk].sender_id)
        for operator, pk in campaign.splits.items()
        if pk in others and pk != campaign.account_id
    }
    return lambda operator: split.get(operator, own)


def _is_handed_over(campaign: Campaign) -> bool:
    """Whether the provider waits; a time that has passed meanwhile is nobody's to wait for."""
    return campaign.provider_schedule and campaign.send_at is not None and campaign.send_at > timezone.now()


def departures(campaign: Campaign, *, is_first: bool = False) -> Departure:
    """(place in line, time zone) → when it leaves, when it is given up, and what to say of it. Only the first try may
    wait at the provider."""
    quiet = quiet_hours(
        campaign.account, channel=campaign.channel, kind=campaign.kind, day_and_night=campaign.day_and_night
    )
    now = timezone.now()
    start = now if campaign.send_at is None or (is_first and _is_handed_over(campaign)) else max(campaign.send_at, now)
    ends = max(campaign.send_at or now, now)
    valid = OTP_VALIDITY if campaign.kind == Kind.OTP else timedelta(hours=campaign.valid_hours)

    @cache
    def held(second: int, zone: str) -> tuple[datetime, str]:
        return leaving(quiet, start + timedelta(seconds=second), zone or campaign.account.time_zone)

    def departure(place: int, zone: str) -> tuple[datetime, datetime, str]:
        second = int(place / campaign.per_second) if campaign.per_second else 0
        leaves, note = held(second, zone)
        return leaves, max(ends, leaves) + valid, note

    return departure
