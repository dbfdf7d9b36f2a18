"""Sending again what failed, where the reason leaves hope: always a new message, which names the one it repeats."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers.formats import in_each_language
from providers.models import Account
from providers.reasons import Repeat, repeat_of
from smsops.messaging.bulk import insert_messages
from smsops.messaging.campaigns.freezing import departures
from smsops.messaging.campaigns.launching import lock_campaign, note_event
from smsops.messaging.campaigns.models import Campaign, CampaignEvent
from smsops.messaging.compose import Refused
from smsops.messaging.models import Message, MessageQuerySet, new_reference
from smsops.messaging.status import Status
from smsops.publishing import publish

State = Campaign.Status
# What may be tried again: it certainly did not arrive, and is nobody's wish.
RETRIABLE = (Status.FAILED, Status.REJECTED, Status.UNDELIVERED, Status.EXPIRED, Status.LAPSED)
CHUNK = 2000
COPIED = (
    "recipient", "operator", "contact_id", "text", "encoding", "segments", "sender_id", "channel", "kind", "is_flash",
    "wap_url", "account_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ending:
    """How messages of one account ended: their status and the provider's code."""

    status: str
    account: int
    code: str

    @property
    def key(self) -> str:
        return f"{self.status}:{self.account}:{self.code}"

    @classmethod
    def read(cls, key: str) -> Ending | None:
        """From a page's field; None for nonsense."""
        status, _sep, rest = key.partition(":")
        account, _sep, code = rest.partition(":")
        return cls(status, int(account), code) if account.isdecimal() and len(account) < 19 else None

    def repeat(self, provider: str) -> Repeat | None:
        """Whether sending again makes sense; None where it is out of the question, as with an opt-out."""
        return repeat_of(provider, self.status, self.code) if self.status in RETRIABLE else None


def retriable(campaign: Campaign) -> MessageQuerySet:
    """Those that did not arrive, that nobody has tried again yet, and that the provider does not forbid to."""
    rows = Message.objects.filter(campaign=campaign, status__in=RETRIABLE, never_resend=False)
    return rows.filter(resends=None)


def retry_failed(*, campaign_id: int, endings: Sequence[Ending], actor: Any) -> int:
    """A new message for each one that ended like one of these; returns how many. Raises `Refused`.

    Whoever presses twice sends once: a message that has been tried again is none of them any more.
    """
    _require_sense(endings)
    total = 0
    while count := _retry_chunk(campaign_id, endings, actor):
        total += count
    if total:
        _reopen(campaign_id, actor, total)
    return total


def _require_sense(endings: Sequence[Ending]) -> None:
    accounts = Account.objects.in_bulk({ending.account for ending in endings})
    for ending in endings:
        account = accounts.get(ending.account)
        repeat = ending.repeat(account.provider) if account else None
        if repeat is None or not repeat.makes_sense:
            why = str(repeat.why) if repeat else ""
            raise Refused(_("For that reason nothing is sent again. %(why)s") % {"why": why})


@transaction.atomic
def _retry_chunk(campaign_id: int, endings: Collection[Ending], actor: Any) -> int:
    states = [State.RUNNING, State.PAUSED, State.FINISHED]
    campaign = lock_campaign(campaign_id, states)
    if not actor_may_send(actor):
        raise Refused(_("You may not send messages. Ask an administrator for the right “Can write and send messages”."))
    chosen = retriable(campaign).filter(_any_of(endings)).order_by("id")
    found = list(chosen.values("pk", "contact__time_zone", *COPIED)[:CHUNK])
    departs = departures(campaign)
    names = ("reference", "resend_of_id", *COPIED, "send_after", "expires_at", "error_text")
    rows = [
        (new_reference(), row["pk"], *(row[name] for name in COPIED), *departs(place, row["contact__time_zone"] or ""))
        for place, row in enumerate(found)
    ]
    insert_messages({"campaign": campaign, "created_by": actor}, names, rows)
    return len(rows)


def actor_may_send(actor: Any) -> bool:
    return actor is None or actor.has_perm("messaging.send_message")


def _any_of(endings: Collection[Ending]) -> Q:
    chosen = Q(pk__in=[])
    for ending in endings:
        chosen |= Q(status=ending.status, error_code=ending.code, account=ending.account)
    return chosen


@transaction.atomic
def _reopen(campaign_id: int, actor: Any, count: int) -> None:
    from smsops.messaging.campaigns.tasks import run_campaign

    campaign = lock_campaign(campaign_id, list(State))
    said = in_each_language(lambda: ngettext("%(count)d message", "%(count)d messages", count) % {"count": count})
    note_event(campaign, CampaignEvent.Kind.RETRIED, actor=actor, text=said)
    if campaign.status == State.FINISHED:
        campaign.status, campaign.state_reason = State.RUNNING, ""
    campaign.counts = campaign.counts | {"retried": True}
    campaign.finished_at = None
    campaign.save(update_fields=["status", "state_reason", "counts", "finished_at"])
    publish(run_campaign, campaign.pk)
