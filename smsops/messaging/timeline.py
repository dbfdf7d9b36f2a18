"""A message's events in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers.formats import told
from smsops.messaging.models import Message, MessageEvent
from smsops.messaging.status import LABELS, Status
from smsops.messaging.tracking.horizon import is_past_horizon

SENTENCES: dict[str, Any] = {
    Status.QUEUED: gettext_lazy("Put in the queue"),
    Status.SENDING: gettext_lazy("Being sent to %(provider)s"),
    Status.SENT: gettext_lazy("Accepted by %(provider)s"),
    Status.DELIVERED: gettext_lazy("Delivered"),
    Status.UNDELIVERED: gettext_lazy("Not delivered"),
    Status.EXPIRED: gettext_lazy("Expired at the operator"),
    Status.REJECTED: gettext_lazy("Rejected by the operator"),
    Status.FAILED: gettext_lazy("Refused by %(provider)s"),
    Status.UNCERTAIN: gettext_lazy("Unclear whether it went out; it is not sent again by itself"),
    Status.CANCELLED: gettext_lazy("Cancelled"),
    Status.SUPPRESSED: gettext_lazy("Not sent: the recipient opted out"),
    Status.LAPSED: gettext_lazy("Not sent: its time was over"),
}
BACK_IN_QUEUE = gettext_lazy("Not sent; back in the queue")
BY_STAFF = {
    Status.FAILED: gettext_lazy("Marked as not sent"),
    Status.SENT: gettext_lazy("Marked as sent"),
}
GOOD, BAD = {Status.DELIVERED}, {Status.FAILED, Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED}
DOUBTFUL = {Status.UNCERTAIN, Status.LAPSED, Status.SUPPRESSED}
BUSY = {Status.QUEUED, Status.SENDING, Status.SENT}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline. `code` and `words` are the provider's own."""

    at: datetime
    sentence: str
    source: str = ""
    code: str = ""
    words: str = ""
    actor: str = ""
    happened_at: datetime | None = None


def colour_of(status: str) -> str:
    """The class of a status's badge."""
    groups = (("good", GOOD), ("bad", BAD), ("warning", DOUBTFUL), ("busy", BUSY))
    return next((colour for colour, group in groups if status in group), "")


def state_of(message: Message) -> tuple[str, str]:
    """The class of a message's badge, and its words."""
    if message.status != Status.SENT:
        return colour_of(message.status), str(message.get_status_display())
    if not message.report_asked:
        return "", _("Sent, no report asked")
    if is_past_horizon(message):
        return "", _("Sent, no report")
    is_scheduled = message.provider_scheduled_for is not None
    return colour_of(message.status), _("Scheduled at the provider") if is_scheduled else str(LABELS[Status.SENT])


def steps_of(message: Message) -> list[Step]:
    """From the writing to the last report, oldest first; one query."""
    written = Step(message.created_at, _("Written"), actor=str(message.created_by or ""))
    events = message.events.select_related("actor").order_by("pk")
    return [written, *(_step(message, event) for event in events)]


def _step(message: Message, event: MessageEvent) -> Step:
    return Step(
        at=event.at,
        sentence=_sentence(message, event),
        source=str(event.get_source_display()),
        code=event.code,
        words=told(event.text),
        actor=str(event.actor or ""),
        happened_at=event.happened_at,
    )


def _sentence(message: Message, event: MessageEvent) -> str:
    provider = message.account.get_provider_display()
    if event.told and event.told != event.status:
        told, stays = LABELS[Status(event.told)], LABELS[Status(event.status)]
        return _("Reported as “%(told)s”; it stays “%(stays)s”") % {"told": told, "stays": stays}
    if event.source == MessageEvent.Source.STAFF and event.status in BY_STAFF:
        return str(BY_STAFF[Status(event.status)])
    if event.status == Status.QUEUED and event.source == MessageEvent.Source.SUBMIT:
        return str(BACK_IN_QUEUE)
    return str(SENTENCES.get(event.status, event.status)) % {"provider": provider}
