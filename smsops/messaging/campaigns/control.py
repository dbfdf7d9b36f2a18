"""A campaign that runs: stop it, go on, change its speed, end it, and send again what failed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from smsops.messaging.bulk import insert_messages
from smsops.messaging.campaigns.counting import count_messages
from smsops.messaging.campaigns.freezing import departures
from smsops.messaging.campaigns.holding import HELD
from smsops.messaging.campaigns.launching import Moved, lock_campaign, note_event
from smsops.messaging.campaigns.models import Campaign, CampaignEvent
from smsops.messaging.compose import Refused
from smsops.messaging.hotpath import later_sql
from smsops.messaging.models import Message, MessageQuerySet, new_reference
from smsops.messaging.services import cancel_messages
from smsops.messaging.status import Status
from smsops.publishing import publish

State, Kind = Campaign.Status, CampaignEvent.Kind
# What may be tried again: it certainly did not arrive, and is nobody's wish.
RETRIABLE = (Status.FAILED, Status.REJECTED, Status.UNDELIVERED, Status.EXPIRED, Status.LAPSED)
NOT_STARTED = (State.DRAFT, State.APPROVAL, State.SCHEDULED, State.MISSED)
CHUNK = 2000
BY_HAND = gettext_noop("Paused by hand.")
COPIED = (
    "recipient", "operator", "contact_id", "text", "encoding", "segments", "sender_id", "channel", "kind", "is_flash",
    "wap_url", "account_id",
)  # fmt: skip


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
    words = _("%(rate)s a second") % {"rate": f"{per_second:g}"} if per_second else _("as fast as the account goes")
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


# --- sending again -----------------------------------------------------------------------------------------------


def retriable(campaign: Campaign) -> MessageQuerySet:
    """Those that did not arrive, that nobody has tried again yet, and that the provider does not forbid to."""
    rows = Message.objects.filter(campaign=campaign, status__in=RETRIABLE, never_resend=False)
    return rows.filter(resends=None)


def retry_failed(*, campaign_id: int, reasons: Sequence[tuple[str, str]], actor: Any) -> int:
    """A new message for each one that ended for one of these reasons (status, provider's code); returns how many.

    Whoever presses twice sends once: a message that has been tried again is none of them any more.
    """
    total = 0
    while count := _retry_chunk(campaign_id, reasons, actor):
        total += count
    if total:
        _reopen(campaign_id, actor, total)
    return total


@transaction.atomic
def _retry_chunk(campaign_id: int, reasons: Collection[tuple[str, str]], actor: Any) -> int:
    states = [State.RUNNING, State.PAUSED, State.FINISHED]
    campaign = lock_campaign(campaign_id, states)
    if not actor_may_send(actor):
        raise Refused(_("You may not send messages. Ask an administrator for the right “Can write and send messages”."))
    found = list(_of_reasons(retriable(campaign), reasons).order_by("id").values("pk", *COPIED)[:CHUNK])
    departs = departures(campaign)
    zones = dict(Message.objects.filter(pk__in=[row["pk"] for row in found]).values_list("pk", "contact__time_zone"))
    names = ("reference", "resend_of_id", *COPIED, "send_after", "expires_at", "error_text")
    rows = [
        (new_reference(), row["pk"], *(row[name] for name in COPIED), *departs(place, zones.get(row["pk"]) or ""))
        for place, row in enumerate(found)
    ]
    insert_messages({"campaign": campaign, "created_by": actor}, names, rows)
    return len(rows)


def actor_may_send(actor: Any) -> bool:
    return actor is None or actor.has_perm("messaging.send_message")


def _of_reasons(rows: MessageQuerySet, reasons: Collection[tuple[str, str]]) -> QuerySet[Message]:
    chosen = rows.none()
    for status, code in reasons:
        chosen = chosen | rows.filter(status=status, error_code=code)
    return chosen


@transaction.atomic
def _reopen(campaign_id: int, actor: Any, count: int) -> None:
    from smsops.messaging.campaigns.tasks import run_campaign

    campaign = lock_campaign(campaign_id, list(State))
    told = ngettext("%(count)d message", "%(count)d messages", count) % {"count": count}
    note_event(campaign, Kind.RETRIED, actor=actor, text=told)
    status = State.RUNNING if campaign.status == State.FINISHED else campaign.status
    _set(campaign, status, counts=campaign.counts | {"retried": True}, finished_at=None)
    publish(run_campaign, campaign.pk)


def _set(campaign: Campaign, status: str, **columns: Any) -> None:
    columns["status"] = status
    for name, value in columns.items():
        setattr(campaign, name, value)
    campaign.save(update_fields=columns)
