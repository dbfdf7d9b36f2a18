"""What beat does for campaigns: note where each stands, stop those in trouble, end those that are through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from providers.formats import REASON_AND_CODE
from smsops.messaging.campaigns.control import cancel_rest, pause_campaign
from smsops.messaging.campaigns.counting import OPEN, REFUSED, SMALL, count_messages
from smsops.messaging.campaigns.launching import note_event
from smsops.messaging.campaigns.models import Campaign, CampaignEvent
from smsops.messaging.campaigns.routing import leave_suspended, route_refused
from smsops.messaging.campaigns.said import ENDED_REFUSED, MANY_REFUSED
from smsops.messaging.models import Message
from smsops.messaging.status import Status
from smsops.publishing import publish

State = Campaign.Status
# Counting may take a twentieth of the time; reports come for days.
SHARE = 20
LATER = timedelta(minutes=1)
REPORTS_COME = timedelta(days=3)
# Fewer refusals than this stop nothing: two of three wrong numbers are no trouble of the account.
FEWEST_REFUSED = 20


def watch_campaigns() -> None:
    """By beat, every few seconds: note where campaigns stand, stop those in trouble, end those that are through."""
    for campaign in Campaign.objects.filter(status=State.RUNNING).select_related("account"):
        _watch(campaign)
    _end_paused()
    _wake_requeued()
    _count_late_reports()


def _watch(campaign: Campaign) -> None:
    from smsops.messaging.campaigns.tasks import call_group

    is_open = Message.objects.filter(campaign=campaign, status__in=OPEN).exists()
    # First: a refusal that another way may cure is none that stops it.
    is_open |= _send_on(campaign)
    if _is_countable(campaign):
        count_messages(campaign)
        if is_open and (reason := why_stop(campaign)):
            pause_campaign(campaign_id=campaign.pk, reason=reason)
            return
    if campaign.remote_group and campaign.called_at is None:
        publish(call_group, campaign.pk)
    if not is_open:
        finish_campaign(campaign=campaign)


def _send_on(campaign: Campaign) -> bool:
    """By the next way: what was refused, and what waits at an account that is suspended. Whether anything was."""
    if not campaign.routes:
        return False
    moved = route_refused(campaign_id=campaign.pk) + leave_suspended(campaign_id=campaign.pk)
    campaign.refresh_from_db(fields=["counts"])
    return bool(moved)


def _is_countable(campaign: Campaign) -> bool:
    if campaign.counted_at is None or campaign.total <= SMALL:
        return True
    return timezone.now() - campaign.counted_at > timedelta(seconds=campaign.counts.get("took", 0) * SHARE)


def why_stop(campaign: Campaign) -> str:
    """The most frequent reason, where more than the limit of what was handed over was refused since it last went on."""
    counts = campaign.counts
    refused = counts["refused"] - counts.get("refused_before", 0)
    settled = counts["settled"] - counts.get("settled_before", 0)
    return MANY_REFUSED % {"reason": _most_often(counts)} if _is_past_limit(campaign, refused, settled) else ""


def _is_past_limit(campaign: Campaign, refused: int, settled: int) -> bool:
    limit = campaign.refusal_limit
    return bool(limit) and refused >= FEWEST_REFUSED and refused * 100 > settled * limit


def _most_often(counts: dict[str, Any]) -> str:
    reasons = ((text, code) for status, code, text, *_more in counts["reasons"] if status in REFUSED)
    text, code = next(reasons, ("", ""))
    return REASON_AND_CODE % {"reason": text, "code": code} if text and code else text or code


def finish_campaign(*, campaign: Campaign) -> bool:
    """Nothing of it waits any more. Its figures are counted once again, after the last has left."""
    going = Campaign.objects.filter(pk=campaign.pk, status__in=[State.RUNNING, State.PAUSED])
    if not going.update(status=State.FINISHED, finished_at=timezone.now(), state_reason=""):
        return False
    campaign.status, campaign.state_reason = State.FINISHED, ""
    counts = count_messages(campaign)
    if _is_past_limit(campaign, counts["refused"], counts["settled"]):
        campaign.state_reason = ENDED_REFUSED % {"reason": _most_often(counts)}
        campaign.save(update_fields=["state_reason"])
    note_event(campaign, CampaignEvent.Kind.FINISHED, text=campaign.state_reason)
    return True


def _end_paused() -> None:
    """What was on the wire when it was paused has been settled, and nothing else of it waits. Where somebody still has
    to say what became of a message, or another way is left to try, it stays for him to go on or to end."""
    left = Message.objects.filter(campaign=OuterRef("pk"), status__in=[*OPEN, Status.UNCERTAIN])
    paused = Campaign.objects.filter(status=State.PAUSED, started_at__isnull=False, routes=[])
    for campaign in paused.exclude(Exists(left)).select_related("account"):
        finish_campaign(campaign=campaign)


def _wake_requeued() -> None:
    """A message that came back to the queue after its campaign had ended."""
    lately = Campaign.objects.filter(finished_at__gte=timezone.now() - REPORTS_COME)
    waits = Exists(Message.objects.filter(campaign=OuterRef("pk"), status=Status.QUEUED))
    lately.filter(waits, status=State.FINISHED).update(status=State.RUNNING, finished_at=None, state_reason="")
    for pk in lately.filter(waits, status=State.CANCELLED).values_list("pk", flat=True):
        cancel_rest(campaign_id=pk)


def _count_late_reports() -> None:
    """Reports go on coming: a large campaign that has ended is counted once a minute while some are open."""
    now = timezone.now()
    ended = Campaign.objects.filter(status__in=[State.FINISHED, State.CANCELLED], total__gt=SMALL)
    for campaign in ended.filter(finished_at__gte=now - REPORTS_COME, counted_at__lt=now - LATER):
        if campaign.counts.get("statuses", {}).get(Status.SENT):
            count_messages(campaign)
