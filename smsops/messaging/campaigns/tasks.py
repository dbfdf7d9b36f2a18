"""Thin Celery tasks of campaigns: ids only, safe to run twice, short, and begun again by beat where they were lost."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from contacts.uploads.refusal import FileRefused
from providers.models import Account
from smsops.messaging.campaigns import group_call
from smsops.messaging.campaigns.audience import count_audience
from smsops.messaging.campaigns.control import cancel_rest
from smsops.messaging.campaigns.freezing import freeze_step
from smsops.messaging.campaigns.launching import start_due_campaigns
from smsops.messaging.campaigns.lists import drop_audience_file, keep_told, read_file_step
from smsops.messaging.campaigns.measuring import measure_campaign
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.remote_group import read_remote_group
from smsops.messaging.campaigns.watching import watch_campaigns
from smsops.publishing import publish

logger = logging.getLogger(__name__)
RUN_SECONDS = 12
LOST_AFTER = timedelta(seconds=20)
# After that whoever prepared a draft is taken for dead.
LONGEST_PREPARATION = timedelta(minutes=5)


@shared_task
def run_campaign(campaign_id: int) -> None:
    """Do for some seconds what its state asks for, and come back while there is more."""
    if freeze_step(campaign_id=campaign_id, seconds=RUN_SECONDS):
        publish(run_campaign, campaign_id)
        return
    cancel_rest(campaign_id=campaign_id)
    _wake_account(campaign_id)


def _wake_account(campaign_id: int) -> None:
    from smsops.messaging.tasks import dispatch_account

    campaign = Campaign.objects.filter(pk=campaign_id, status=Campaign.Status.RUNNING, remote_group="").first()
    ways = campaign.all_accounts if campaign else ()
    for account_id in Account.objects.sending().filter(pk__in=ways).values_list("pk", flat=True):
        publish(dispatch_account, account_id)


@shared_task
def call_group(campaign_id: int) -> None:
    """Send to a group of the provider's phone book, by its one call."""
    group_call.call_group(campaign_id=campaign_id)


@shared_task
def prepare_campaign(campaign_id: int) -> None:
    """Read a draft's file and its group at the provider, count its audience and measure its text; one at a time,
    however often pages ask for it."""
    if not _take_turn(campaign_id):
        return
    try:
        is_more = _prepare(campaign_id)
    finally:
        Campaign.objects.filter(pk=campaign_id, status=Campaign.Status.DRAFT).update(counted_at=None)
    if is_more:
        publish(prepare_campaign, campaign_id)


def _take_turn(campaign_id: int) -> bool:
    now = timezone.now()
    free = Q(counted_at=None) | Q(counted_at__lt=now - LONGEST_PREPARATION)
    return bool(Campaign.objects.filter(free, pk=campaign_id, status=Campaign.Status.DRAFT).update(counted_at=now))


def _prepare(campaign_id: int) -> bool:
    """True while there is more of the file to read."""
    try:
        if read_file_step(campaign_id=campaign_id, seconds=RUN_SECONDS):
            return True
    except FileRefused as refusal:
        campaign = Campaign.objects.get(pk=campaign_id)
        drop_audience_file(campaign=campaign)
        keep_told(campaign, file_error=str(refusal))
    read_remote_group(campaign_id=campaign_id)
    campaign = Campaign.objects.select_related("account").get(pk=campaign_id)
    if campaign.told.get("is_reading") or campaign.audience_at is None:
        count_audience(campaign=campaign)
    measure_campaign(campaign=campaign)
    return False


def resting_freezes() -> list[int]:
    """Campaigns whose messages nobody writes at the moment."""
    at_work = Q(counted_at__gt=timezone.now() - LOST_AFTER)
    freezing = Campaign.objects.filter(status=Campaign.Status.FREEZING).exclude(at_work)
    return list(freezing.values_list("pk", flat=True))


@shared_task(expires=10)
def watch() -> None:
    """Every few seconds: start what is due, go on with what was lost, and note where campaigns stand."""
    start_due_campaigns()
    for campaign_id in resting_freezes():
        publish(run_campaign, campaign_id)
    watch_campaigns()
