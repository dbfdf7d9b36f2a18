"""A campaign as the gate reads it, and what the gate says of it (no rules in here)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.utils import timezone

from providers.models import Account
from providers.types import Channel, Kind
from smsops.messaging.campaigns.measuring import Measured, chosen_type
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.checking.drafts import Draft


@dataclass(frozen=True, slots=True)
class Share:
    """What goes by one account at first. `cost` None: no price is known; `left` None: no balance is. `left` is what
    the balance still has after all that is planned, this campaign left out."""

    account: Account
    operators: tuple[str, ...]
    recipients: int
    cost: Decimal | None
    left: Decimal | None


@dataclass(frozen=True, kw_only=True)
class CampaignVerdict:
    """`cost` in the account's currency, None where a price is not known. `approval`: why a second person must agree."""

    campaign: Campaign
    draft: Draft
    measured: Measured
    examined_at: datetime
    cost: Decimal | None
    shares: tuple[Share, ...]
    approval: str = ""
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return not self.refusals


def _moment(campaign: Campaign) -> datetime | None:
    """Once agreed its time may pass: `launching` says what becomes of a late start."""
    is_agreed = campaign.status != Campaign.Status.DRAFT and not campaign.provider_schedule
    return None if is_agreed and campaign.send_at and campaign.send_at <= timezone.now() else campaign.send_at


def draft_of(campaign: Campaign, actor: User | None) -> Draft:
    """What all its messages have in common; the recipients are rows of their own."""
    chosen = chosen_type(campaign)
    return Draft(
        account=campaign.account,
        recipients=(),
        text=campaign.text,
        channel=Channel(campaign.channel),
        kind=Kind(campaign.kind),
        sender_id=campaign.sender_id,
        encoding=chosen.encoding,
        is_flash=chosen.is_flash,
        send_after=_moment(campaign),
        provider_schedule=campaign.provider_schedule,
        day_and_night=campaign.day_and_night,
        actor=actor,
    )
