"""The one call by which a provider sends to a group of its own phone book.

It cannot be repeated: nothing at the provider tells a repeat apart. So it is marked as made before it is made, and
whatever comes of it is final: accepted, refused, or uncertain for every member. Right before, the group is listed once
more: where it is no longer the one that was confirmed, or somebody in it has opted out, the campaign stops and asks.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from contacts.syncing.words import usable_number
from providers.asking import asking
from providers.cleaning import clip
from providers.errors import ProviderError, Uncertain
from providers.health import ensure_health, may_send
from providers.models import Account
from providers.types import Outcome, SubmitResult
from smsops.messaging.campaigns.control import pause_campaign
from smsops.messaging.campaigns.launching import Moved, lock_campaign, note_event
from smsops.messaging.campaigns.merge import parse_merge
from smsops.messaging.campaigns.models import Campaign, CampaignEvent
from smsops.messaging.campaigns.remote_group import list_members
from smsops.messaging.campaigns.said import UNLISTED
from smsops.messaging.models import Message
from smsops.messaging.opt_outs import STOP_CHECKS, exempt_kinds
from smsops.messaging.outbox import get_outbox
from smsops.messaging.sending.hotpath import Settlement
from smsops.messaging.sending.settling import Settler
from smsops.messaging.status import Status
from smsops.messaging.text import clean_text

logger = logging.getLogger(__name__)

# What a worker takes to list a group; after that, or after a list that failed, another one looks after the call.
TURN = timedelta(minutes=2)
CHANGED = gettext_noop("Nothing was sent: the group at the provider is no longer the one that was confirmed.")
STOPPED = gettext_noop("Nothing was sent: somebody in the group has opted out. Take him out of it there, then resume.")
MIXED = gettext_noop("The provider answered for each member without saying for whom.")
UNEXPECTED = gettext_noop("An unexpected error while sending; see the log.")
OUTCOMES = {Outcome.ACCEPTED: Status.SENT, Outcome.UNCERTAIN: Status.UNCERTAIN}


class _Stopped(Exception):
    """Nothing may be sent as it stands; the message says why."""


def call_group(*, campaign_id: int) -> bool:
    """Make the call if its time has come; True where it was made by this very run."""
    campaign = _take_turn(campaign_id)
    if campaign is None:
        return False
    try:
        listed = list_members(campaign.account, campaign.remote_group)
        claim_id = _mark(campaign, {usable_number(each.mobile) or each.mobile for each in listed})
    except ProviderError as error:
        logger.warning("listing a group at %s failed: %s", campaign.account.name, error.message)
        running = Campaign.objects.filter(pk=campaign_id, status=Campaign.Status.RUNNING)
        running.update(state_reason=UNLISTED % {"reason": error.message})
        return False
    except _Stopped as stopped:
        Campaign.objects.filter(pk=campaign_id).update(asked_at=None)
        pause_campaign(campaign_id=campaign_id, reason=str(stopped))
        return False
    except Moved:
        return False
    _settle(campaign, claim_id, _submit(campaign))
    return True


def _take_turn(campaign_id: int) -> Campaign | None:
    """The campaign, where it may go out now and nobody else is looking after it."""
    free = Q(asked_at=None) | Q(asked_at__lt=Now() - TURN)
    uncalled = Campaign.objects.filter(free, pk=campaign_id, status=Campaign.Status.RUNNING, called_at=None)
    campaign = uncalled.exclude(remote_group="").select_related("account").first()
    if campaign is None or not _may_leave(campaign) or not uncalled.update(asked_at=Now()):
        return None
    return campaign


def _may_leave(campaign: Campaign) -> bool:
    """All of it at once: while one member's night lasts, all wait."""
    account = campaign.account
    waiting = Message.objects.filter(campaign=campaign, status=Status.QUEUED)
    if not waiting.exists() or waiting.filter(send_after__gt=Now()).exists():
        return False
    if get_outbox().held_since is not None or not Account.objects.sending().filter(pk=account.pk).exists():
        return False
    ensure_health(account.pk)
    return may_send(account.pk)


@transaction.atomic
def _mark(campaign: Campaign, listed: Collection[str]) -> uuid.UUID:
    """Note, durably, that the call is about to be made: it never is again. Raises `_Stopped` or `Moved`."""
    locked = lock_campaign(campaign.pk, [Campaign.Status.RUNNING])
    if locked.called_at is not None:
        raise Moved
    claim_id = uuid.uuid4()
    rows = Message.objects.filter(campaign=campaign, status=Status.QUEUED, expires_at__gt=Now())
    count = rows.update(
        status=Status.SENDING, claim_id=claim_id, claimed_at=Now(), attempted_at=Now(), attempts=F("attempts") + 1
    )
    _require_unchanged(locked, count, set(listed))
    Campaign.objects.filter(pk=campaign.pk).update(called_at=Now(), state_reason="")
    note_event(locked, CampaignEvent.Kind.CALLED, text=locked.remote_group)
    return claim_id


def _require_unchanged(campaign: Campaign, count: int, listed: set[str]) -> None:
    """After the rows are held: an opt-out either is seen here, or comes after the call. Who opted out and was taken out
    of the group since is missed by nobody."""
    rows = Message.objects.filter(campaign=campaign).exclude(status=Status.SUPPRESSED)
    confirmed = set(rows.values_list("recipient", flat=True))
    is_exempt = campaign.kind in exempt_kinds(campaign.account.options)
    if not is_exempt and any(check(listed | confirmed) for check in STOP_CHECKS):
        raise _Stopped(STOPPED)
    if count != len(confirmed) or listed != confirmed:
        raise _Stopped(CHANGED)


def _submit(campaign: Campaign) -> SubmitResult:
    """What came of it, for every member alike."""
    try:
        with asking(campaign.account) as provider:
            text = parse_merge(clean_text(campaign.text)).render({})
            return _for_all(provider.send_to_group(campaign.remote_group, text))
    except Uncertain as error:
        return SubmitResult(Outcome.UNCERTAIN, code=error.code, text=error.message)
    except ProviderError as error:
        return SubmitResult(Outcome.REFUSED, code=error.code, text=error.message)
    except Exception:
        logger.exception("a group call failed unexpectedly", extra={"account": campaign.account.name})
        return SubmitResult(Outcome.UNCERTAIN, text=UNEXPECTED)


def _for_all(results: list[SubmitResult]) -> SubmitResult:
    """One answer for the call, or the same for each; nobody knows whom a mixed one is about."""
    if len({result.outcome for result in results}) == 1:
        return results[0]
    codes = ", ".join(dict.fromkeys(result.code for result in results))
    return SubmitResult(Outcome.UNCERTAIN, code=codes, text=MIXED)


def _settle(campaign: Campaign, claim_id: uuid.UUID, result: SubmitResult) -> None:
    """Without the provider's ids: which of them would be whose, nobody says, so no report can be told apart."""
    status = OUTCOMES.get(result.outcome, Status.FAILED)
    ids = Message.objects.filter(claim_id=claim_id).order_by("id").values_list("id", flat=True)
    settlements = [
        Settlement(
            id, status, code=clip(result.code, 50), text=clip(result.text, 1000), never_resend=True, report_asked=False
        )
        for id in ids
    ]
    provider = campaign.account.open_provider()
    Settler(campaign.account, provider, claim_id).store(settlements, [])
    provider.close()
