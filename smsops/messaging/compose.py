"""From a verdict of the gate to frozen message rows. All rows are committed before the first is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import Contact
from providers.numbers import operator_of
from providers.types import Kind
from smsops.messaging.bulk import in_chunks, insert_messages
from smsops.messaging.campaigns.holding import leaving, quiet_of
from smsops.messaging.checking.drafts import Draft, Verdict
from smsops.messaging.models import Campaign, Message, new_reference
from smsops.publishing import publish

VALIDITY = timedelta(hours=24)
OTP_VALIDITY = timedelta(minutes=10)
OTP_PRIORITY, SINGLE_PRIORITY, BULK_PRIORITY = 1, 3, 5
LONGEST_NAME = 60
VARYING = ("reference", "recipient", "operator", "contact_id", "send_after", "expires_at", "error_text")


class Refused(Exception):
    """The gate is shut; the message lists why, one sentence after the other."""


@transaction.atomic
def freeze_campaign(
    *, key: UUID, name: str, verdict: Verdict, audience: Iterable[str] | None = None
) -> tuple[Campaign, bool]:
    """Write one row per recipient, once for each `key`: whoever comes again, or at the same moment, gets the same
    campaign and False. `audience`: E.164 numbers for audiences too large to list; by default the verdict's.
    Raises `Refused`."""
    _require_open(verdict)
    draft = verdict.draft
    campaign, is_new = Campaign.objects.get_or_create(
        key=key, defaults={"name": name, "account": draft.account, "created_by": draft.actor} | _kept_of(draft)
    )
    if not is_new:
        return campaign, False
    campaign.total = _write_rows(verdict, campaign, verdict.recipients if audience is None else audience)
    campaign.status = Campaign.Status.RUNNING
    campaign.launched_at = campaign.started_at = verdict.examined_at
    campaign.save(update_fields=["total", "status", "launched_at", "started_at"])
    _publish(draft)
    return campaign, True


def _kept_of(draft: Draft) -> dict[str, Any]:
    """What the campaign goes by while it runs; an OTP's text is for its recipient alone."""
    text = "" if draft.kind is Kind.OTP else draft.text
    kept = {"kind": draft.kind.value, "channel": draft.channel.value, "text": text, "send_at": draft.send_after}
    return kept | {"day_and_night": draft.day_and_night}


@transaction.atomic
def queue_messages(*, verdict: Verdict) -> list[Message]:
    """Write one row per recipient that belongs to no campaign, for `send`, replies and resends. Raises `Refused`."""
    _require_open(verdict)
    rows = list(_vary(verdict, verdict.recipients))
    insert_messages(_shared_values(verdict, None), VARYING, rows)
    _publish(verdict.draft)
    return [
        message
        for chunk in in_chunks(row[0] for row in rows)
        for message in Message.objects.filter(reference__in=chunk).order_by("id")
    ]


@transaction.atomic
def queue_resends(*, verdict: Verdict, originals: Mapping[str, int]) -> set[int]:
    """One new row for each recipient of the verdict, repeating the message that `originals` (E.164 → id) names;
    returns the ids of those that are repeated. Raises `Refused`."""
    _require_open(verdict)
    rows = [(*row, originals[row[1]]) for row in _vary(verdict, verdict.recipients)]
    shared = _shared_values(verdict, None)
    del shared["resend_of"]
    insert_messages(shared, (*VARYING, "resend_of_id"), rows)
    _publish(verdict.draft)
    return {originals[number] for number in verdict.recipients}


def _require_open(verdict: Verdict) -> None:
    if not verdict.is_open:
        raise Refused(" ".join(verdict.refusals))


def _publish(draft: Draft) -> None:
    """Wake the account's dispatcher after the commit; what is for later is found by beat when it is due."""
    from smsops.messaging.tasks import dispatch_account

    if draft.send_after is None or draft.provider_schedule:
        publish(dispatch_account, draft.account.pk)


def _write_rows(verdict: Verdict, campaign: Campaign, audience: Iterable[str]) -> int:
    """Returns how many: a number that comes again in the audience gets no second row."""
    seen: set[str] = set()
    insert_messages(_shared_values(verdict, campaign), VARYING, _vary(verdict, _once(audience, seen)))
    return len(seen)


def _once(numbers: Iterable[str], seen: set[str]) -> Iterator[str]:
    for number in numbers:
        if number not in seen:
            seen.add(number)
            yield number


def _vary(verdict: Verdict, recipients: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """What differs from row to row, with the contact who has the number, and when it is not night where he is."""
    leaves = _departures(verdict)
    for chunk in in_chunks(recipients):
        found = Contact.objects.filter(mobile__in=chunk).values_list("mobile", "pk", "time_zone")
        contacts = {mobile: (pk, zone) for mobile, pk, zone in found}
        for number in chunk:
            contact, zone = contacts.get(number, (None, ""))
            yield new_reference(), number, operator_of(number), contact, *leaves(zone)


def _departures(verdict: Verdict) -> Callable[[str], tuple[datetime, datetime, str]]:
    """A contact's time zone → when the message leaves, when it is given up, and what to say of it."""
    draft = verdict.draft
    moment = draft.send_after or verdict.examined_at
    start = verdict.examined_at if draft.provider_schedule else moment
    quiet = quiet_of(draft)

    @cache
    def departure(zone: str) -> tuple[datetime, datetime, str]:
        leaves, note = leaving(quiet, start, zone or draft.account.time_zone)
        return leaves, _expiry(draft, moment) + (leaves - start), note

    return departure


def _shared_values(verdict: Verdict, campaign: Campaign | None) -> dict[str, Any]:
    draft = verdict.draft
    moment = draft.send_after or verdict.examined_at
    return {
        "campaign": campaign,
        "account": draft.account,
        "created_by": draft.actor,
        "resend_of": draft.resend_of,
        "channel": draft.channel.value,
        "kind": draft.kind.value,
        "text": draft.text,
        "encoding": verdict.measure.encoding.value,
        "is_flash": draft.is_flash,
        "wap_url": draft.wap_url,
        "segments": verdict.measure.segments,
        "sender_id": draft.sender_id or draft.account.sender_id,
        "provider_scheduled_for": moment if draft.provider_schedule else None,
        "priority": _priority(draft, is_single=len(verdict.recipients) == 1 or campaign is None),
    }


def _expiry(draft: Draft, moment: datetime) -> datetime:
    """Counted from the moment at which it is to go out, whoever's clock it waits for."""
    return moment + (OTP_VALIDITY if draft.kind is Kind.OTP else VALIDITY)


def _priority(draft: Draft, *, is_single: bool) -> int:
    if draft.kind is Kind.OTP:
        return OTP_PRIORITY
    return SINGLE_PRIORITY if is_single else BULK_PRIORITY


def campaign_name(draft: Draft) -> str:
    """A name by which people know it again: how the text begins; an OTP's text is not for everybody's eyes."""
    if draft.kind is Kind.OTP:
        return _("OTP")
    words = " ".join(draft.text.split())
    return words if len(words) <= LONGEST_NAME else f"{words[: LONGEST_NAME - 1]}…"
