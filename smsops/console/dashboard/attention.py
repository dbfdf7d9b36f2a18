"""What needs a person, what waits in the queue, and which campaigns come next. Every read stops at a limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.models import SyncConflict, SyncRun
from providers.models import CallbackReceipt
from smsops.console.dashboard.figures import Figure, capped, messages_url
from smsops.console.dashboard.today import short_duration
from smsops.inbox.conversations.models import Conversation
from smsops.messaging.campaigns.page import moment_shown
from smsops.messaging.models import Campaign, Message
from smsops.messaging.status import Status

DUE_LIMIT = 10_000
MOST_CAMPAIGNS = 8
# From here on the queue does not move as it should.
LATE = timedelta(minutes=5)
State = Campaign.Status
COMING = (State.APPROVAL, State.SCHEDULED, State.MISSED, State.FREEZING, State.RUNNING, State.PAUSED)


def attention(request: HttpRequest) -> list[Figure]:
    """What this person may do something about."""
    questions: list[tuple[str, Callable[[], Figure | None]]] = [
        ("messaging.approve_campaign", _approvals),
        ("messaging.view_message", _uncertain),
        ("contacts.view_syncconflict", _conflicts),
        ("contacts.view_syncrun", _waiting_syncs),
        ("providers.view_callbackreceipt", _stuck_callbacks),
        ("inbox.view_conversation", _unread),
    ]
    asked = (question() for permission, question in questions if request.user.has_perm(permission))
    return [figure for figure in asked if figure is not None]


def _approvals() -> Figure:
    text, count = capped(Campaign.objects.filter(status=State.APPROVAL))
    url = f"{reverse('admin:messaging_campaign_changelist')}?status__exact={State.APPROVAL.value}"
    return Figure(_("Campaigns to approve"), text, url, colour=_colour(count))


def _uncertain() -> Figure:
    text, count = capped(Message.objects.filter(status=Status.UNCERTAIN))
    return Figure(_("Uncertain messages"), text, reverse("console:incidents"), colour=_colour(count))


def _conflicts() -> Figure:
    text, count = capped(SyncConflict.objects.filter(state=SyncConflict.State.OPEN))
    return Figure(_("Conflicts with phone books"), text, reverse("contacts:phonebooks"), colour=_colour(count))


def _waiting_syncs() -> Figure | None:
    """Only an account's last run can be confirmed; silent where none waits, as below."""
    last = SyncRun.objects.order_by().values("account").annotate(last=Max("pk")).values("last")
    text, count = capped(SyncRun.objects.filter(pk__in=last, waiting__gt=0))
    url = reverse("contacts:phonebooks")
    return Figure(_("Syncs to confirm"), text, url, colour=_colour(count)) if count else None


def _stuck_callbacks() -> Figure | None:
    """They are the exception."""
    state = CallbackReceipt.State.STUCK
    text, count = capped(CallbackReceipt.objects.filter(state=state))
    url = f"{reverse('admin:providers_callbackreceipt_changelist')}?state__exact={state.value}"
    return Figure(_("Callbacks that need a person"), text, url, colour=_colour(count)) if count else None


def _unread() -> Figure:
    text, count = capped(Conversation.objects.filter(is_done=False, unread__gt=0))
    url = f"{reverse('inbox:conversations')}?show=unread"
    return Figure(_("Unread conversations"), text, url, colour=_colour(count))


def _colour(count: int) -> str:
    return "warning" if count else ""


# --- the queue -------------------------------------------------------------------------------------------------------


def queue_box() -> list[Figure]:
    """What is due, since when the oldest is, what is just being sent, and what has no report."""
    due, count = capped(Message.objects.due(), DUE_LIMIT)
    sending, _count = capped(Message.objects.filter(status=Status.SENDING))
    unreported, _count = capped(Message.objects.filter(status=Status.SENT))
    age = timezone.now() - _oldest_due() if count else None
    late = "warning" if age is not None and age > LATE else ""
    waited = short_duration(max(age.total_seconds(), 0)) if age is not None else "–"
    return [
        Figure(_("Due now"), due, reverse("messaging:outbox")),
        Figure(_("The oldest waits for"), waited, reverse("messaging:outbox"), colour=late),
        Figure(_("Being sent"), sending, messages_url([Status.SENDING])),
        Figure(_("Sent, no report yet"), unreported, messages_url([Status.SENT])),
    ]


def _oldest_due() -> datetime:
    """Of as many as are counted, and of the one whose time is over first: a longer queue is not read to its end."""
    some = list(Message.objects.due().order_by().values_list("send_after", flat=True)[:DUE_LIMIT])
    some += Message.objects.due().order_by("expires_at").values_list("send_after", flat=True)[:1]
    return min(some, default=timezone.now())


# --- campaigns -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CampaignLine:
    campaign: Campaign
    url: str
    moment: str
    state: Any


def scheduled_campaigns() -> list[CampaignLine]:
    """What comes, waits or runs: by when it starts."""
    found = Campaign.objects.filter(status__in=COMING).order_by("send_at", "-pk")[:MOST_CAMPAIGNS]
    return [
        CampaignLine(
            campaign,
            reverse("messaging:campaign", args=[campaign.pk]),
            moment_shown(campaign) or _("now"),
            campaign.get_status_display(),
        )
        for campaign in found
    ]
