"""A person's decision over uncertain messages: whoever comes second changes nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Case, When
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from smsops.messaging.models import Message, MessageEvent, MessageQuerySet
from smsops.messaging.resending import queue_again
from smsops.messaging.sending.queue import locked_for_update, write_events
from smsops.messaging.status import Status

CHUNK = 500
# A page should not keep a person waiting longer; what is left is settled by pressing again.
SECONDS = 8.0
MOST_REASONS = 3


class Decision(models.TextChoices):
    WENT_OUT = "went_out", _("It went out")
    DID_NOT = "did_not", _("It did not go out")
    RESEND = "resend", _("It did not, send again")
    LEAVE = "leave", _("Leave as it is")


@dataclass(frozen=True, slots=True)
class Decided:
    """How many were settled, how many were not (settled by others meanwhile, or not to be sent again), and why."""

    settled: int = 0
    passed_over: int = 0
    reasons: tuple[str, ...] = ()
    is_cut: bool = False


def decide_messages(
    *, rows: MessageQuerySet, decision: Decision, reason: str, actor: Any, up_to: int, seconds: float = SECONDS
) -> Decided:
    """Settle those of the rows that are still uncertain, ids up to `up_to` (what the person saw), in steps of one
    transaction each."""
    deadline = time.monotonic() + seconds
    parts: list[Decided] = []
    position = up_to + 1
    while ids := list(rows.filter(pk__lt=position).order_by("-pk").values_list("pk", flat=True)[:CHUNK]):
        if parts and time.monotonic() > deadline:
            return _sum(parts, is_cut=True)
        parts.append(_decide_chunk(ids, decision, reason, actor))
        position = ids[-1]
    return _sum(parts, is_cut=False)


def _sum(parts: list[Decided], *, is_cut: bool) -> Decided:
    reasons = dict.fromkeys(reason for part in parts for reason in part.reasons)
    settled, passed_over = sum(part.settled for part in parts), sum(part.passed_over for part in parts)
    return Decided(settled, passed_over, tuple(reasons)[:MOST_REASONS], is_cut)


@transaction.atomic
def _decide_chunk(ids: list[int], decision: Decision, reason: str, actor: Any) -> Decided:
    held = locked_for_update(Message.objects.filter(pk__in=ids, status=Status.UNCERTAIN))
    if decision is Decision.RESEND:
        return _resend(list(held.filter(never_resend=False).select_related("account")), len(ids), reason, actor)
    mine = list(held.values_list("pk", flat=True))
    settled = _settle(mine, decision, reason, actor)
    return Decided(settled, len(ids) - settled)


def _resend(messages: list[Message], asked: int, reason: str, actor: Any) -> Decided:
    queued, reasons = queue_again(messages=messages, actor=actor)
    settled = _settle(sorted(queued), Decision.RESEND, reason, actor)
    return Decided(settled, asked - settled, tuple(reasons))


def _settle(ids: list[int], decision: Decision, reason: str, actor: Any) -> int:
    status = _STATUSES[decision]
    mine = Message.objects.filter(pk__in=ids, status=Status.UNCERTAIN)
    count = mine.update(status=status, **_COLUMNS[status]) if ids else 0
    write_events(ids, status=status, text=reason, source=MessageEvent.Source.STAFF, actor=actor)
    return count


_STATUSES = {
    Decision.WENT_OUT: Status.SENT,
    Decision.DID_NOT: Status.FAILED,
    Decision.RESEND: Status.FAILED,
    Decision.LEAVE: Status.UNCERTAIN,
}
_COLUMNS: dict[Status, dict[str, Any]] = {
    # Asked for, from now on, like any other sent message; without the provider's id nothing can be asked.
    Status.SENT: {
        "sent_at": Coalesce("sent_at", "attempted_at", "doubtful_since", Now()),
        "next_poll_at": Case(When(provider_message_id="", then=None), default=Now()),
        "error_code": "",
        "error_text": "",
    },
    # Its code is no refusal: nothing that cures refusals may send it again. The events keep it.
    Status.FAILED: {"finished_at": Now(), "error_code": ""},
    Status.UNCERTAIN: {},
}


def settled_by(message: Message) -> MessageEvent | None:
    """The decision that a person has made over this message, if the newest step is one."""
    last = message.events.select_related("actor").order_by("-pk").first()
    return last if last is not None and last.source == MessageEvent.Source.STAFF else None
