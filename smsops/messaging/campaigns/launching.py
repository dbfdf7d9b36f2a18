"""From a draft to a campaign that runs: launch, a second person's word, the start, and what repeats.

A campaign's state moves by one row lock and one look at where it stands, so that two people who press at once, or a
page that is sent twice, launch it once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from providers.formats import in_each_language
from smsops.messaging.campaigns.audience import count_audience
from smsops.messaging.campaigns.models import Campaign, CampaignEvent, Template
from smsops.messaging.campaigns.turns import plan_next_turn
from smsops.messaging.campaigns.verdict import CampaignVerdict
from smsops.messaging.compose import Refused
from smsops.messaging.gate import examine_campaign
from smsops.publishing import publish

State, Kind = Campaign.Status, CampaignEvent.Kind
# A start that comes later than this asks instead of sending.
GRACE = timedelta(hours=1)
# Rows are written before the start, a minute and what their number takes.
LEAD = timedelta(minutes=1)
ROWS_PER_SECOND = 2000
LATE = gettext_noop("It was to start over an hour ago; nothing was sent.")
SKIPPED = gettext_noop("This turn was left out.")


class Moved(Exception):
    """Somebody else has changed the campaign, or moved it on, since the page was opened."""

    def __str__(self) -> str:
        return _("Somebody else has changed this campaign meanwhile. Here is how it stands now.")


def lock_campaign(campaign_id: int, states: Collection[str], *, version: int | None = None) -> Campaign:
    """Hold the row of a campaign that still stands where it is thought to. Call it inside a transaction."""
    rows = Campaign.objects.select_for_update(of=("self",)).select_related("account")
    campaign = rows.get(pk=campaign_id)
    if campaign.status not in states or version not in (None, campaign.version):
        raise Moved
    return campaign


def note_event(campaign: Campaign, kind: str, *, actor: Any = None, text: str = "") -> None:
    CampaignEvent.objects.create(campaign=campaign, kind=kind, actor=actor, text=text)


def _move(campaign: Campaign, status: str, **columns: Any) -> None:
    columns["status"] = status
    for name, value in columns.items():
        setattr(campaign, name, value)
    campaign.save(update_fields=columns)


@transaction.atomic
def launch_campaign(*, campaign_id: int, version: int | None = None, actor: Any = None) -> Campaign:
    """A person has seen the figures and wants it sent. Raises `Refused`, or `Moved` where he saw other figures."""
    campaign = lock_campaign(campaign_id, [State.DRAFT], version=version)
    verdict = examine_campaign(campaign, actor=actor)
    if not verdict.is_open:
        raise Refused(" ".join(verdict.refusals))
    if campaign.template_id:
        Template.objects.filter(pk=campaign.template_id).update(use_count=F("use_count") + 1, used_at=Now())
    agreed = {
        "quoted_cost": verdict.cost,
        "counts": _costs(verdict),
        "total": verdict.measured.recipients,
        "launched_at": timezone.now(),
    }
    _move(campaign, campaign.status, **agreed)
    if verdict.approval:
        _move(campaign, State.APPROVAL, state_reason=verdict.approval)
        note_event(campaign, Kind.ASKED, actor=actor, text=verdict.approval)
    else:
        note_event(campaign, Kind.LAUNCHED, actor=actor)
        release_campaign(campaign)
    return campaign


def _costs(verdict: CampaignVerdict) -> dict[str, Any]:
    """What each account is spoken for, where operators go by different ones."""
    if len(verdict.shares) == 1:
        return {}
    return {"costs": {str(share.account.pk): str(share.cost or 0) for share in verdict.shares}}


def may_approve(campaign: Campaign, actor: Any) -> bool:
    """A second person: never who wrote it, nor who pressed launch."""
    if not actor.has_perm("messaging.approve_campaign") or campaign.created_by_id == actor.pk:
        return False
    return not CampaignEvent.objects.filter(campaign=campaign, kind=Kind.ASKED, actor=actor).exists()


@transaction.atomic
def approve_campaign(*, campaign_id: int, actor: Any, reason: str = "", version: int | None = None) -> Campaign:
    """Raises `Refused` for who may not, or where the gate has shut since, `Moved` where he saw another text."""
    campaign = lock_campaign(campaign_id, [State.APPROVAL], version=version)
    _require_second_person(campaign, actor)
    verdict = examine_campaign(campaign, actor=actor)
    if not verdict.is_open:
        raise Refused(" ".join(verdict.refusals))
    note_event(campaign, Kind.APPROVED, actor=actor, text=reason)
    release_campaign(campaign)
    return campaign


@transaction.atomic
def refuse_campaign(*, campaign_id: int, actor: Any, reason: str, version: int | None = None) -> Campaign:
    """Back to its author, with the reason."""
    campaign = lock_campaign(campaign_id, [State.APPROVAL], version=version)
    _require_second_person(campaign, actor)
    _move(campaign, State.DRAFT, state_reason=reason, version=campaign.version + 1)
    note_event(campaign, Kind.REFUSED, actor=actor, text=reason)
    return campaign


def _require_second_person(campaign: Campaign, actor: Any) -> None:
    if not may_approve(campaign, actor):
        raise Refused(_("Somebody else has to approve this: neither its author nor who launched it."))


@transaction.atomic
def reopen_campaign(*, campaign_id: int, actor: Any) -> Campaign:
    """Take back what has not started, to change it."""
    campaign = lock_campaign(campaign_id, [State.APPROVAL, State.SCHEDULED, State.MISSED])
    _move(campaign, State.DRAFT, state_reason="", version=campaign.version + 1)
    note_event(campaign, Kind.REOPENED, actor=actor)
    return campaign


def release_campaign(campaign: Campaign) -> None:
    """Nothing more is to be agreed: start it, or wait for its time."""
    now = timezone.now()
    if campaign.send_at is None or campaign.provider_schedule or campaign.send_at <= now - GRACE:
        late = campaign.send_at is not None and campaign.send_at <= now - GRACE
        return _miss(campaign) if late else start_campaign(campaign)
    _move(campaign, State.SCHEDULED, state_reason="")
    note_event(campaign, Kind.SCHEDULED)


def _miss(campaign: Campaign, reason: str = LATE) -> None:
    _move(campaign, State.MISSED, state_reason=reason)
    note_event(campaign, Kind.MISSED, text=reason)


def start_campaign(campaign: Campaign) -> None:
    """Write its messages; the next turn of what repeats is planned in the same transaction, from the time that was
    planned for this one, though it starts late."""
    from smsops.messaging.campaigns.tasks import run_campaign

    _move(campaign, State.FREEZING, state_reason="")
    plan_next_turn(campaign, start=campaign.send_at or timezone.now())
    publish(run_campaign, campaign.pk)


def start_due_campaigns() -> int:
    """Start what is scheduled for about now; what should have started over an hour ago asks. By beat."""
    due = Campaign.objects.filter(status=State.SCHEDULED)
    soon = timezone.now() + LEAD
    started = 0
    for campaign_id, send_at, total in due.values_list("pk", "send_at", "total"):
        if send_at is None or send_at <= soon + timedelta(seconds=total / ROWS_PER_SECOND):
            started += _start_due(campaign_id)
    return started


@transaction.atomic
def _start_due(campaign_id: int) -> bool:
    try:
        campaign = lock_campaign(campaign_id, [State.SCHEDULED])
    except Moved:
        return False
    if campaign.send_at is not None and campaign.send_at <= timezone.now() - GRACE:
        _miss(campaign)
        return False
    if campaign.repeats_id and not _is_turn_agreed(campaign):
        return False
    start_campaign(campaign)
    return True


def _is_turn_agreed(campaign: Campaign) -> bool:
    """A turn finds its audience anew: where it may not be sent as it stands, somebody has to look at it."""
    count_audience(campaign=campaign)
    if examine_campaign(campaign, actor=None).refusals:
        _miss(campaign, in_each_language(lambda: " ".join(examine_campaign(campaign, actor=None).refusals)))
        return False
    return not _has_outgrown(campaign)


def _has_outgrown(campaign: Campaign, actor: Any = None) -> bool:
    """What has grown beyond what was agreed is put to a second person again."""
    verdict = examine_campaign(campaign, actor=actor)
    agreed_total, agreed_cost = campaign.total, campaign.quoted_cost or 0
    _move(campaign, campaign.status, total=verdict.measured.recipients, quoted_cost=verdict.cost)
    has_grown = campaign.total > agreed_total or (verdict.cost or 0) > agreed_cost
    if not verdict.approval or not has_grown:
        return False
    _move(campaign, State.APPROVAL, state_reason=verdict.approval)
    note_event(campaign, Kind.ASKED, actor=actor, text=verdict.approval)
    return True


@transaction.atomic
def start_missed(*, campaign_id: int, actor: Any) -> Campaign:
    """A person has looked at a missed start and wants it now. Raises `Refused` where the gate is shut."""
    campaign = lock_campaign(campaign_id, [State.MISSED])
    if campaign.repeats_id:
        count_audience(campaign=campaign)
    if refusals := examine_campaign(campaign, actor=actor).refusals:
        raise Refused(" ".join(refusals))
    if not _has_outgrown(campaign, actor):
        note_event(campaign, Kind.LAUNCHED, actor=actor)
        start_campaign(campaign)
    return campaign


@transaction.atomic
def skip_turn(*, campaign_id: int, actor: Any) -> Campaign | None:
    """Leave one turn of what repeats out, and plan the next one, which is returned; None where it was the last."""
    campaign = lock_campaign(campaign_id, [State.SCHEDULED, State.MISSED])
    if not campaign.repeat or campaign.send_at is None:
        raise Refused(_("It does not repeat."))
    _move(campaign, State.CANCELLED, state_reason=SKIPPED, finished_at=timezone.now())
    note_event(campaign, Kind.CANCELLED, actor=actor, text=SKIPPED)
    return plan_next_turn(campaign, start=campaign.send_at)
