"""The message table is the queue: rows are claimed, given back and ended here, by the database's clock.

PostgreSQL claims with `FOR UPDATE SKIP LOCKED`, SQLite (one writer at a time) by a conditional update.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from providers.types import Channel, Encoding, Kind, OutboundMessage
from smsops.messaging.models import Campaign, Message, MessageEvent, MessageQuerySet
from smsops.messaging.sending.hotpath import claim_at_once
from smsops.messaging.status import Status

BATCH = 5000
TOO_LATE = gettext_noop("Not sent before its time was over.")
MAYBE_GONE = gettext_noop("It may have gone out, and its time is over.")

COLUMNS = (
    "id", "account_id", "reference", "recipient", "text", "channel", "kind", "encoding", "is_flash", "wap_url",
    "sender_id", "provider_scheduled_for", "attempts", "doubtful_since", "send_alone", "account_refusals",
    "error_code",
)  # fmt: skip


# Calling an enum is a third of making a message.
_CHANNELS = {each.value: each for each in Channel}
_KINDS = {each.value: each for each in Kind}
_ENCODINGS = {each.value: each for each in Encoding}


class QueuedRow(NamedTuple):
    """What dispatch needs of a message row: a tuple, as `Settlement` is."""

    id: int
    account_id: int
    reference: str
    recipient: str
    text: str
    channel: str
    kind: str
    encoding: str
    is_flash: bool
    wap_url: str
    sender_id: str
    provider_scheduled_for: datetime | None
    attempts: int
    doubtful_since: datetime | None
    send_alone: bool
    account_refusals: int
    error_code: str

    def outbound(self) -> OutboundMessage:
        return OutboundMessage(
            reference=self.reference,
            recipient=self.recipient,
            text=self.text,
            channel=_CHANNELS[self.channel],
            kind=_KINDS[self.kind],
            encoding=_ENCODINGS[self.encoding],
            is_flash=self.is_flash,
            wap_url=self.wap_url,
            sender_id=self.sender_id,
            scheduled_for=self.provider_scheduled_for,
            is_resubmission=self.doubtful_since is not None,
        )


def locked(rows: MessageQuerySet) -> MessageQuerySet:
    """Lock what is read, passing over what others hold; SQLite has one writer at a time anyway."""
    return rows.select_for_update(skip_locked=True) if connection.features.has_select_for_update_skip_locked else rows


def locked_for_update(rows: MessageQuerySet) -> MessageQuerySet:
    """Lock what is read, waiting for others, always in the same order."""
    return rows.select_for_update(of=("self",)).order_by("id") if connection.vendor == "postgresql" else rows


def claim(*, account_id: int, limit: int, claim_id: uuid.UUID, is_marked: bool = False) -> list[QueuedRow]:
    """Give up to `limit` due rows of an account to this claim; single sends first, then campaigns by age.

    `is_marked` (PostgreSQL only): mark them in the same statement, where all of them go on the wire at once.
    """
    rows: list[QueuedRow] = []
    for campaign in (None, *_runnable_campaigns(account_id)):
        if len(rows) < limit:
            rows += _claim_from(account_id, campaign, limit - len(rows), claim_id, is_marked)
    return rows


def _runnable_campaigns(account_id: int) -> list[int]:
    """Its own, and those that may come to it by a further way."""
    # What goes out by one call to a provider's group never goes out one by one.
    running = Campaign.objects.filter(status=Campaign.Status.RUNNING, remote_group="").order_by("id")
    found = running.only("id", "account_id", "routes", "splits")
    return [campaign.pk for campaign in found if account_id in campaign.all_accounts]


def _claim_from(
    account_id: int, campaign: int | None, limit: int, claim_id: uuid.UUID, is_marked: bool
) -> list[QueuedRow]:
    if connection.vendor == "postgresql":
        found = claim_at_once(account_id, campaign, limit, claim_id, COLUMNS, is_marked=is_marked)
        return [QueuedRow._make(values) for values in found]
    due = Message.objects.due().filter(account=account_id, campaign=campaign, expires_at__gt=Now())
    due = due.order_by("priority", "send_after")
    with transaction.atomic():
        rows = [QueuedRow(*values) for values in locked(due).values_list(*COLUMNS)[:limit]]
        mine = Message.objects.filter(id__in=[row.id for row in rows], status=Status.QUEUED)
        if rows:
            mine.update(status=Status.SENDING, claim_id=claim_id, claimed_at=Now(), attempted_at=None)
    return rows


def release(*, claim_id: uuid.UUID) -> int:
    """Give back what this claim holds and has not marked; returns how many."""
    mine = Message.objects.filter(claim_id=claim_id, status=Status.SENDING, attempted_at=None)
    return mine.update(status=Status.QUEUED, claim_id=None, claimed_at=None)


def lapse_messages() -> int:
    """End what has become too old to send. A row that may have gone out already becomes uncertain instead."""
    old = Message.objects.filter(status=Status.QUEUED, expires_at__lte=Now()).order_by("expires_at")
    return _end_batch(old.filter(doubtful_since=None), Status.LAPSED, TOO_LATE) + _end_batch(
        old.exclude(doubtful_since=None), Status.UNCERTAIN, MAYBE_GONE
    )


def _end_batch(rows: MessageQuerySet, status: Status, reason: str) -> int:
    """Move one batch of queued rows to `status`, with an event each."""
    with transaction.atomic():
        ids = list(locked(rows).values_list("id", flat=True)[:BATCH])
        moved = Message.objects.filter(id__in=ids, status=Status.QUEUED)
        finished = Now() if status is Status.LAPSED else None
        count = moved.update(status=status, finished_at=finished, error_text=reason) if ids else 0
        write_events(ids, status=status, text=reason)
    return count


def write_events(
    ids: Sequence[int],
    *,
    status: Status,
    text: str,
    source: str = MessageEvent.Source.SYSTEM,
    actor: Any = None,
) -> None:
    """The same event for many messages."""
    MessageEvent.objects.bulk_create(
        [MessageEvent(message_id=id, status=status, text=text, source=source, actor=actor) for id in ids],
        batch_size=1000,
    )
