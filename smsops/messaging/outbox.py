"""Whether anything may leave at all: the heartbeat, the installation it belongs to, and a person's release.

A restored backup or a cloned machine holds messages that may have been sent long ago. After standing still for over
an hour, or under another PUBLIC_URL, nothing leaves until a person has looked at what waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Min, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from providers import services
from providers.models import Account
from smsops.messaging.models import Message, Outbox
from smsops.messaging.sending.queue import BATCH
from smsops.messaging.services import cancel_messages
from smsops.messaging.status import Status

STANDSTILL = timedelta(hours=1)
# What was written in the last minutes was written by somebody who is here now.
FRESH = timedelta(minutes=5)
# Counting further would cost more than it tells.
COUNT_LIMIT = 10_000

STOOD_STILL = gettext_noop("The outbox stood still for over an hour: a stopped server, or a restored backup.")
OTHER_ADDRESS = gettext_noop("This installation has another PUBLIC_URL than before: a copy, or a new address.")
BY_HAND = gettext_noop("Held by hand.")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits: how many (at most `COUNT_LIMIT`, then `is_more`), and since when the oldest is due."""

    count: int
    is_more: bool
    oldest: datetime | None


def get_outbox() -> Outbox:
    return Outbox.objects.get_or_create(id=1, defaults={"public_url": settings.PUBLIC_URL})[0]


def beat_outbox() -> bool:
    """Beat the heart, holding the outbox first where it must be held; returns whether messages may leave."""
    outbox = get_outbox()
    if outbox.held_since is None and (reason := _reason_to_hold(outbox)):
        hold_outbox(reason=reason)
        return False
    mine = Outbox.objects.filter(id=1, held_since=None)
    return bool(mine.update(heartbeat_at=Now(), public_url=settings.PUBLIC_URL))


def _reason_to_hold(outbox: Outbox) -> str:
    waiting = Message.objects.filter(status__in=(Status.QUEUED, Status.SENDING))
    if outbox.public_url not in ("", settings.PUBLIC_URL) and waiting.exists():
        return OTHER_ADDRESS
    stood_still = Outbox.objects.filter(id=1, heartbeat_at__lt=Now() - STANDSTILL).exists()
    overdue = Q(status=Status.SENDING) | Q(send_after__lte=Now())
    if stood_still and waiting.filter(overdue, created_at__lt=Now() - FRESH).exists():
        return STOOD_STILL
    return ""


def hold_outbox(*, reason: str = BY_HAND) -> None:
    """Nothing leaves any more until `release_outbox`; what is on the wire is settled."""
    get_outbox()
    Outbox.objects.filter(id=1, held_since=None).update(held_since=Now(), hold_reason=reason)


def release_outbox(*, actor: Any, cancel_waiting: bool = False) -> int:
    """A person has seen what waits: let it go, or cancel all that is due. Returns how many were cancelled."""
    cancelled = cancel_due(actor=actor) if cancel_waiting else 0
    Outbox.objects.filter(id=1).update(
        held_since=None,
        hold_reason="",
        heartbeat_at=Now(),
        public_url=settings.PUBLIC_URL,
        released_at=Now(),
        released_by=actor,
    )
    return cancelled


def waiting_messages(account: Account | None = None) -> Waiting:
    """What would leave at once."""
    due = Message.objects.due()
    if account is not None:
        due = due.filter(account=account)
    count = due.order_by()[: COUNT_LIMIT + 1].count()
    oldest = due.aggregate(oldest=Min("send_after"))["oldest"]
    return Waiting(min(count, COUNT_LIMIT), count > COUNT_LIMIT, oldest)


def needs_review(account: Account) -> bool:
    """Whether resuming this account lets go what has waited for over an hour."""
    long_ago = Account.objects.filter(pk=account.pk, suspended_at__lt=Now() - STANDSTILL).exists()
    return long_ago and Message.objects.due().filter(account=account).exists()


def resume_account(*, account: Account, actor: Any, cancel_waiting: bool = False) -> int:
    """Let a suspended account send again, or cancel what waits for it first. Returns how many were cancelled."""
    cancelled = cancel_due(actor=actor, account=account) if cancel_waiting else 0
    services.resume_account(account=account, actor=actor)
    return cancelled


def cancel_due(*, actor: Any, account: Account | None = None) -> int:
    """Cancel all that is due, batch by batch; what may have gone out already becomes uncertain instead."""
    due = Message.objects.due() if account is None else Message.objects.due().filter(account=account)
    total = 0
    while ids := list(due.values_list("pk", flat=True)[:BATCH]):
        total += cancel_messages(Message.objects.filter(pk__in=ids), actor)
    return total
