"""What beat does for campaigns: note where each stands, stop those in trouble, end those that are through."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_noop

from providers.formats import STORED
from smsops.messaging.campaigns.control import cancel_rest, pause_campaign
from smsops.messaging.campaigns.counting import OPEN, REFUSED, SMALL, count_messages
from smsops.messaging.campaigns.launching import note_event
from smsops.messaging.campaigns.models import Campaign, CampaignEvent
from smsops.messaging.campaigns.routing import leave_suspended, route_refused
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
MANY_REFUSED = gettext_noop("Stopped by itself: too many refusals. Most often: %(reason)s")
STORED.append(MANY_REFUSED)


def watch_campaigns() -> None:
    """By beat, every few seconds: note where campaigns stand, stop those in trouble, end those that are through."""
    for campaign in Campaign.objects.filter(status=State.RUNNING).select_related("account"):
        _watch(campaign)
    _wake_requeued()
    _count_late_reports()


def _watch(campaign: Campaign) -> None:
    from smsops.messaging.campaigns.tasks import call_group

    if _is_countable(campaign):
        count_messages(campaign)
        if reason := why_stop(campaign):
            pause_campaign(campaign_id=campaign.pk, reason=reason)
            return
    if campaign.remote_group and campaign.called_at is None:
        publish(call_group, campaign.pk)
    if campaign.routes and _send_on(campaign):
        return
    if not Message.objects.filter(campaign=campaign, status__in=OPEN).exists():
        finish_campaign(campaign=campaign)


def _send_on(campaign: Campaign) -> int:
    """By the next way: what was refused, and what waits at an account that is suspended."""
    return route_refused(campaign_id=campaign.pk) + leave_suspended(campaign_id=campaign.pk)


def _is_countable(campaign: Campaign) -> bool:
    if campaign.counted_at is None or campaign.total <= SMALL:
        return True
    return timezone.now() - campaign.counted_at > timedelta(seconds=campaign.counts.get("took", 0) * SHARE)


def why_stop(campaign: Campaign) -> str:
    """The most frequent reason, where more than the limit of what was handed over was refused since it last went on."""
    counts = campaign.counts
    refused = counts["refused"] - counts.get("refused_before", 0)
    settled = counts["settled"] - counts.get("settled_before", 0)
    if not campaign.refusal_limit or refused < FEWEST_REFUSED or refused * 100 <= settled * campaign.refusal_limit:
        return ""
    told = next((f"{code} {text}".strip() for status, code, text, *_n in counts["reasons"] if status in REFUSED), "")
    return MANY_REFUSED % {"reason": told}


def finish_campaign(*, campaign: Campaign) -> bool:
    """Nothing of it waits any more. Its figures are counted once again, after the last has left."""
    running = Campaign.objects.filter(pk=campaign.pk, status=State.RUNNING)
    if not running.update(status=State.FINISHED, finished_at=timezone.now()):
        return False
    campaign.status = State.FINISHED
    count_messages(campaign)
    note_event(campaign, CampaignEvent.Kind.FINISHED)
    return True


def _wake_requeued() -> None:
    """A message that came back to the queue after its campaign had ended."""
    lately = Campaign.objects.filter(finished_at__gte=timezone.now() - REPORTS_COME)
    waits = Exists(Message.objects.filter(campaign=OuterRef("pk"), status=Status.QUEUED))
    lately.filter(waits, status=State.FINISHED).update(status=State.RUNNING, finished_at=None)
    for pk in lately.filter(waits, status=State.CANCELLED).values_list("pk", flat=True):
        cancel_rest(campaign_id=pk)


def _count_late_reports() -> None:
    """Reports go on coming: a large campaign that has ended is counted once a minute while some are open."""
    now = timezone.now()
    ended = Campaign.objects.filter(status__in=[State.FINISHED, State.CANCELLED], total__gt=SMALL)
    for campaign in ended.filter(finished_at__gte=now - REPORTS_COME, counted_at__lt=now - LATER):
        if campaign.counts.get("statuses", {}).get(Status.SENT):
            count_messages(campaign)
