"""Campaigns that wait for a second person's word: one notice for each time that somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch

from smsops.console.notices.detecting import Finding
from smsops.messaging.campaigns.models import Campaign, CampaignEvent


def waiting_approvals(opened: set[str]) -> Iterator[Finding]:
    """Whoever asks again after a refusal or a change asks anew: people are told again."""
    asked = CampaignEvent.objects.filter(kind=CampaignEvent.Kind.ASKED).select_related("actor").order_by("id")
    waiting = Campaign.objects.filter(status=Campaign.Status.APPROVAL).select_related("account", "created_by")
    for campaign in waiting.prefetch_related(Prefetch("events", asked)):
        yield _finding(campaign, list(campaign.events.all()))


def _finding(campaign: Campaign, asked: list[CampaignEvent]) -> Finding:
    last = asked[-1] if asked else None
    # The same as may not approve it: see `launching.may_approve`.
    involved = {campaign.created_by_id, *(event.actor_id for event in asked)}
    return Finding(
        f"campaign:{campaign.pk}:{last.pk if last else 0}",
        _told(campaign) | {"asked_by": str(last.actor) if last and last.actor else ""},
        frozenset(person for person in involved if person is not None),
    )


def _told(campaign: Campaign) -> dict[str, Any]:
    return {
        "campaign": campaign.pk,
        "title": campaign.name,
        "written_by": str(campaign.created_by or ""),
        "count": campaign.total,
        "cost": None if campaign.quoted_cost is None else str(campaign.quoted_cost),
        "currency": campaign.account.currency,
    }
