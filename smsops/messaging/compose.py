"""From a verdict of the gate to frozen message rows. All rows are committed before the first is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import Contact
from providers.numbers import operator_of
from providers.types import Kind
from smsops.messaging.bulk import in_chunks, insert_messages
from smsops.messaging.drafts import Draft, Verdict
from smsops.messaging.models import Campaign, Message, new_reference
from smsops.publishing import publish

VALIDITY = timedelta(hours=24)
OTP_VALIDITY = timedelta(minutes=10)
OTP_PRIORITY, SINGLE_PRIORITY, BULK_PRIORITY = 1, 3, 5
LONGEST_NAME = 60
VARYING = ("reference", "recipient", "operator", "contact_id")


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
        key=key, defaults={"name": name, "account": draft.account, "created_by": draft.actor}
    )
    if not is_new:
        return campaign, False
    campaign.total = _write_rows(verdict, campaign, verdict.recipients if audience is None else audience)
    campaign.status = Campaign.Status.RUNNING
    campaign.save(update_fields=["total", "status"])
    _publish(draft)
    return campaign, True


@transaction.atomic
def queue_messages(*, verdict: Verdict) -> list[Message]:
    """Write one row per recipient that belongs to no campaign, for `send`, replies and resends. Raises `Refused`."""
    _require_open(verdict)
    rows = list(_vary(verdict.recipients))
    insert_messages(_shared_values(verdict, None), VARYING, rows)
    _publish(verdict.draft)
    return [
        message
        for chunk in in_chunks(row[0] for row in rows)
        for message in Message.objects.filter(reference__in=chunk).order_by("id")
    ]


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
    insert_messages(_shared_values(verdict, campaign), VARYING, _vary(_once(audience, seen)))
    return len(seen)


def _once(numbers: Iterable[str], seen: set[str]) -> Iterator[str]:
    for number in numbers:
        if number not in seen:
            seen.add(number)
            yield number


def _vary(recipients: Iterable[str]) -> Iterator[tuple[str, str, str, int | None]]:
    """What differs from row to row, with the contact who has the number."""
    for chunk in in_chunks(recipients):
        contacts = dict(Contact.objects.filter(mobile__in=chunk).values_list("mobile", "pk"))
        for number in chunk:
            yield new_reference(), number, operator_of(number), contacts.get(number)


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
        "send_after": verdict.examined_at if draft.provider_schedule else moment,
        "provider_scheduled_for": moment if draft.provider_schedule else None,
        "expires_at": _expiry(draft, moment),
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
