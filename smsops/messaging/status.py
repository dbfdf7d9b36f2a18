"""The one table of statuses, moves and ranks (pure).

queued → sending → sent → delivered | undelivered | expired | rejected
   |        |   ↘ failed       refused at submission (reason kept)
   |        |   ↘ uncertain    nobody knows yet: resolved by evidence or by a person
   |        ↘ queued           certainly not sent
   |        ↘ suppressed       opted out since it was claimed, not on the wire
   ↘ cancelled | suppressed | lapsed      by staff · by an opt-out · too old to send
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from providers.types import ReportStatus


class Status(StrEnum):
    """Where a message stands. `expired` is the operator's doing, `lapsed` is ours."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    REJECTED = "rejected"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"
    LAPSED = "lapsed"


LABELS: dict[Status, Any] = {
    Status.QUEUED: _("Waiting"),
    Status.SENDING: _("Being sent"),
    Status.SENT: _("Sent"),
    Status.DELIVERED: _("Delivered"),
    Status.UNDELIVERED: _("Not delivered"),
    Status.EXPIRED: _("Expired at the operator"),
    Status.REJECTED: _("Rejected by the operator"),
    Status.FAILED: _("Failed"),
    Status.UNCERTAIN: _("Uncertain"),
    Status.CANCELLED: _("Cancelled"),
    Status.SUPPRESSED: _("Opted out"),
    Status.LAPSED: _("Too late, not sent"),
}

# Reports settle by rank, not by arrival; "sent" may be told by a report as well.
RANKS: dict[Status, int] = {
    Status.SENT: 1,
    Status.EXPIRED: 2,
    Status.UNDELIVERED: 3,
    Status.REJECTED: 4,
    Status.DELIVERED: 5,
}

MOVES: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset(
        {Status.SENDING, Status.CANCELLED, Status.SUPPRESSED, Status.LAPSED, Status.UNCERTAIN, Status.FAILED}
    ),
    Status.SENDING: frozenset({Status.SENT, Status.FAILED, Status.UNCERTAIN, Status.QUEUED, Status.SUPPRESSED}),
    Status.UNCERTAIN: frozenset({Status.QUEUED, Status.FAILED, *RANKS}),
    **{status: frozenset(better for better, above in RANKS.items() if above > rank) for status, rank in RANKS.items()},
}
UNDECIDED = frozenset({Status.QUEUED, Status.SENDING, Status.UNCERTAIN})
NEVER_LEFT = frozenset({Status.CANCELLED, Status.SUPPRESSED, Status.LAPSED})
FINAL = frozenset(Status) - UNDECIDED - {Status.SENT}


def may_move(old: Status, new: Status) -> bool:
    """Whether the table allows the step; statuses without an entry are final."""
    return new in MOVES.get(old, frozenset())


def statuses_before(new: ReportStatus) -> list[Status]:
    """The statuses from which a report may move a message to `new`: whatever ranks lower, and uncertain."""
    target = Status(new.value)
    return [old for old in (*RANKS, Status.UNCERTAIN) if may_move(old, target)]
