"""A campaign that runs: stop it, go on, change its speed, end it."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from smsops.messaging.campaigns.counting import count_messages
from smsops.messaging.campaigns.holding import HELD
from smsops.messaging.campaigns.launching import Moved, lock_campaign, note_event
from smsops.messaging.campaigns.models import Campaign, CampaignEvent
from smsops.messaging.campaigns.said import PACED
from smsops.messaging.models import Message
from smsops.messaging.sending.hotpath import later_sql
from smsops.messaging.services import cancel_messages
from smsops.messaging.status import Status
from smsops.publishing import publish

State, Kind = Campaign.Status, CampaignEvent.Kind
NOT_STARTED = (State.DRAFT, State.APPROVAL, State.SCHEDULED, State.MISSED)
CHUNK = 2000
BY_HAND = gettext_noop("Paused by hand.")
UNPACED = gettext_noop("as fast as the account goes")


@transaction.atomic
def pause_campaign(*, campaign_id: int, actor: Any = None, reason: str = BY_HAND) -> bool:
    """Nothing more of it goes on the wire; what is there is settled. False where it does not run."""
    try:
        campaign = lock_campaign(campaign_id, [State.RUNNING, State.FREEZING])
    except Moved:
        return False
    _set(campaign, State.PAUSED, state_reason=reason)
    note_event(campaign, Kind.PAUSED, actor=actor, text=reason)
    return True


@transaction.atomic
def resume_campaign(*, campaign_id: int, actor: Any = None) -> bool:
    """Go on where it stopped, at its own speed. False where it does not rest."""
    from smsops.messaging.campaigns.tasks import run_campaign

    try:
        campaign = lock_campaign(campaign_id, [State.PAUSED])
    except Moved:
        return False
    # What was refused before has been looked at: only what comes from now on stops it again.
    refused = {"refused_before": campaign.counts.get("refused", 0), "settled_before": campaign.counts.get("settled", 0)}
    _set(
        campaign, State.RUNNING if campaign.started_at else State.FREEZING,
        state_reason="", counts=campaign.counts | refused,
    )  # fmt: skip
    if campaign.started_at and campaign.per_second:
        spread_messages(campaign)
    note_event(campaign, Kind.RESUMED, actor=actor)
    publish(run_campaign, campaign.pk)
    return True


@transaction.atomic
def cancel_campaign(*, campaign_id: int, actor: Any = None) -> bool:
    """End it for good: what has not left never leaves. False where it had ended already."""
    from smsops.messaging.campaigns.tasks import run_campaign

    try:
        campaign = lock_campaign(campaign_id, [*NOT_STARTED, State.FREEZING, State.RUNNING, State.PAUSED])
    except Moved:
        return False
    _set(campaign, State.CANCELLED, finished_at=timezone.now(), state_reason="")
    note_event(campaign, Kind.CANCELLED, actor=actor)
    publish(run_campaign, campaign.pk)
    return True


def cancel_rest(*, campaign_id: int) -> int:
    """Cancel the messages of a cancelled campaign that still wait; returns how many. Safe to repeat."""
    campaign = Campaign.objects.filter(pk=campaign_id, status=State.CANCELLED).first()
    if campaign is None:
        return 0
    event = CampaignEvent.objects.filter(campaign=campaign, kind=Kind.CANCELLED).select_related("actor").last()
    total, waiting = 0, Message.objects.filter(campaign=campaign, status=Status.QUEUED)
    while ids := list(waiting.values_list("pk", flat=True)[:CHUNK]):
        total += cancel_messages(Message.objects.filter(pk__in=ids), event.actor if event else None)
    if total:
        count_messages(campaign)
    return total


@transaction.atomic
def pace_campaign(*, campaign_id: int, per_second: float | None, actor: Any = None) -> bool:
    """Slower or faster from here on; None: as fast as the account goes."""
    try:
        campaign = lock_campaign(campaign_id, [State.SCHEDULED, State.FREEZING, State.RUNNING, State.PAUSED])
    except Moved:
        return False
    campaign.per_second = per_second
    campaign.save(update_fields=["per_second"])
    spread_messages(campaign)
    words = PACED % {"rate": f"{per_second:g}"} if per_second else UNPACED
    note_event(campaign, Kind.PACED, actor=actor, text=words)
    return True


def spread_messages(campaign: Campaign) -> None:
    """Give waiting messages their times anew, in their order, from now on; those held over the night keep theirs."""
    statement = f"""
        UPDATE messaging_message SET send_after = {later_sql()}
        FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY priority, send_after, id) - 1 AS place FROM messaging_message
              WHERE campaign_id = %s AND status = 'queued' AND error_text <> %s) AS line
        WHERE messaging_message.id = line.id AND messaging_message.status = 'queued'"""
    gap = 1 / campaign.per_second if campaign.per_second else 0
    statement = statement.replace("%s", "(line.place * %s)", 1)
    with connection.cursor() as cursor:
        cursor.execute(statement, [gap, campaign.pk, HELD])


def _set(campaign: Campaign, status: str, **columns: Any) -> None:
    columns["status"] = status
    for name, value in columns.items():
        setattr(campaign, name, value)
    campaign.save(update_fields=columns)
