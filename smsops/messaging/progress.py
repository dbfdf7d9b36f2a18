"""How far a campaign has come: counts by status, what holds it up, and when to look again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers.formats import told
from smsops.messaging.campaigns.counting import SMALL, counts_of, next_leaving
from smsops.messaging.campaigns.holding import HELD
from smsops.messaging.campaigns.standing import resting_accounts, stopped_accounts
from smsops.messaging.models import Campaign
from smsops.messaging.status import LABELS, NEVER_LEFT, Status

AT_WORK = (Status.QUEUED, Status.SENDING)
LIVELY, CALM = 2, 15
# Reports come within minutes or much later: after these the page looks less often, and then no more.
LIVELY_FOR = timedelta(minutes=10)
CALM_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StatusCount:
    status: Status
    label: Any
    count: int
    link: str


@dataclass(frozen=True, slots=True)
class Progress:
    """`poll_seconds`: after which to look again; 0 when nothing more is to come. `waits`: until when the next waits,
    and why. `standing`: a sentence on each account that takes nothing now while messages wait there."""

    rows: tuple[StatusCount, ...]
    total: int
    settled: int
    summary: str
    poll_seconds: int
    waits: str
    standing: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        counts = {row.status.value: row.count for row in self.rows}
        figures = {"settled": self.settled, "summary": self.summary, "poll_seconds": self.poll_seconds}
        return {"counts": counts, "waits": self.waits, "standing": self.standing} | figures


def read_progress(campaign: Campaign) -> Progress:
    """A small campaign's are counted, by an index alone; of a large one it is read what beat has counted."""
    counts = {Status(status): count for status, count in _counts(campaign).items()}
    waits_until, note = (next_leaving(campaign) if counts.get(Status.QUEUED) else None) or (None, "")
    waits_until = waits_until if waits_until and waits_until > timezone.now() else None
    at_work = sum(counts.get(status, 0) for status in AT_WORK)
    return Progress(
        rows=tuple(StatusCount(each, LABELS[each], counts.get(each, 0), _link(campaign, each)) for each in Status),
        total=campaign.total,
        settled=campaign.total - at_work,
        summary=_summary(campaign, at_work, counts),
        poll_seconds=_poll_seconds(campaign, counts, waits_until),
        waits=_waits(waits_until, note) if waits_until else "",
        standing=_standing(campaign) if at_work else (),
    )


def _waits(moment: datetime, note: str) -> str:
    """`note`: what was said when the next one came back to the queue."""
    values = {"moment": date_format(timezone.localtime(moment), "D j M Y, H:i T")}
    if note == HELD:
        return _("Held until %(moment)s: quiet hours.") % values
    return " ".join(filter(None, (_("Waits until %(moment)s.") % values, told(note))))


def _standing(campaign: Campaign) -> tuple[str, ...]:
    return tuple(each.sentence for each in [*stopped_accounts(campaign), *resting_accounts(campaign)])


def _counts(campaign: Campaign) -> dict[str, int]:
    if campaign.total <= SMALL:
        return dict(campaign.messages.order_by().values_list("status").annotate(Count("id")))
    statuses: dict[str, int] = counts_of(campaign).get("statuses", {})
    return statuses


def _link(campaign: Campaign, status: Status) -> str:
    query = urlencode({"campaign__id__exact": campaign.pk, "status__exact": status.value})
    return f"{reverse('admin:messaging_message_changelist')}?{query}"


def _summary(campaign: Campaign, at_work: int, counts: dict[Status, int]) -> str:
    unreported, uncertain = counts.get(Status.SENT, 0), counts.get(Status.UNCERTAIN, 0)
    handed_over = campaign.total - at_work - sum(counts.get(status, 0) for status in NEVER_LEFT)
    values = {"done": handed_over, "total": campaign.total, "open": unreported}
    if at_work:
        return _("%(done)d of %(total)d handed over.") % values
    if uncertain:
        return uncertain_told(uncertain, campaign.total)
    if unreported:
        return _("%(done)d of %(total)d handed over; %(open)d without a delivery report so far.") % values
    return _("All %(total)d are settled.") % values


def uncertain_told(uncertain: int, total: int) -> str:
    words = ngettext(
        "%(uncertain)s of %(total)s is uncertain: nobody knows whether it went out.",
        "%(uncertain)s of %(total)s are uncertain: nobody knows whether they went out.",
        uncertain,
    )
    return words % {"uncertain": number_format(uncertain), "total": number_format(total)}


def _poll_seconds(campaign: Campaign, counts: dict[Status, int], waits_until: datetime | None) -> int:
    if any(counts.get(status) for status in AT_WORK):
        return CALM if waits_until and not counts.get(Status.SENDING) else LIVELY
    if not counts.get(Status.SENT):
        return 0
    age = timezone.now() - campaign.created_at
    return LIVELY if age < LIVELY_FOR else CALM if age < CALM_FOR else 0
