"""The buttons of a campaign: each asks for a right, calls one function, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from providers.numbers import display
from providers.pages import ask_first
from smsops.messaging.campaigns import control, launching
from smsops.messaging.campaigns.copying import copy_campaign
from smsops.messaging.campaigns.counting import OPEN, counts_of
from smsops.messaging.campaigns.drafting import recount_campaign, send_test, split_best
from smsops.messaging.campaigns.forms import PaceForm, ReasonForm, TestForm
from smsops.messaging.campaigns.launching import Moved
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.retrying import Ending, retry_failed
from smsops.messaging.campaigns.views import get_campaign, may_control
from smsops.messaging.checking.rules import PERMISSION
from smsops.messaging.compose import Refused

Answer = HttpResponse | None
Action = Callable[[HttpRequest, Campaign], Answer]


@require_POST
def act(request: HttpRequest, campaign_id: int, action: str) -> HttpResponse:
    """One button. Whoever comes too late is shown how the campaign stands."""
    if action not in ACTIONS or not request.user.has_perm("messaging.view_campaign"):
        raise PermissionDenied
    campaign = get_campaign(campaign_id)
    try:
        answer = ACTIONS[action](request, campaign)
    except (Refused, Moved) as refusal:
        messages.error(request, str(refusal))
        answer = None
    return answer or redirect("messaging:campaign", campaign.pk)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _require_control(request: HttpRequest, campaign: Campaign) -> None:
    if not may_control(request, campaign):
        raise PermissionDenied


def _launch(request: HttpRequest, campaign: Campaign) -> Answer:
    _require(request, PERMISSION)
    launching.launch_campaign(campaign_id=campaign.pk, version=_version(request), actor=request.user)
    return None


def _version(request: HttpRequest) -> int:
    """The one that the page showed."""
    version = request.POST.get("version", "")
    return int(version) if version.isdecimal() and len(version) < 10 else -1


def _approve(request: HttpRequest, campaign: Campaign) -> Answer:
    _require(request, "messaging.approve_campaign")
    reason = request.POST.get("reason", "")[:500]
    launching.approve_campaign(
        campaign_id=campaign.pk, actor=request.user, reason=reason, version=_version(request)
    )  # fmt: skip
    messages.success(request, _("Approved."))
    return None


def _refuse(request: HttpRequest, campaign: Campaign) -> Answer:
    _require(request, "messaging.approve_campaign")
    form = ReasonForm(request.POST)
    # Whoever decided in the meantime is told first: then no reason is needed any more.
    if not form.is_valid() and campaign.status == Campaign.Status.APPROVAL:
        raise Refused(_("Say why, so that its author can change it."))
    reason = form.cleaned_data.get("reason", "")
    launching.refuse_campaign(campaign_id=campaign.pk, actor=request.user, reason=reason, version=_version(request))
    messages.success(request, _("Sent back to its author."))
    return None


def _reopen(request: HttpRequest, campaign: Campaign) -> Answer:
    _require_control(request, campaign)
    launching.reopen_campaign(campaign_id=campaign.pk, actor=request.user)
    return redirect("messaging:campaign_edit", campaign.pk)


def _start(request: HttpRequest, campaign: Campaign) -> Answer:
    _require_control(request, campaign)
    launching.start_missed(campaign_id=campaign.pk, actor=request.user)
    return None


def _pause(request: HttpRequest, campaign: Campaign) -> Answer:
    """Stopping harms nobody: whoever may send may stop."""
    _require(request, PERMISSION)
    control.pause_campaign(campaign_id=campaign.pk, actor=request.user)
    return None


def _resume(request: HttpRequest, campaign: Campaign) -> Answer:
    _require_control(request, campaign)
    control.resume_campaign(campaign_id=campaign.pk, actor=request.user)
    return None


def _cancel(request: HttpRequest, campaign: Campaign) -> Answer:
    _require_control(request, campaign)
    if "confirmed" not in request.POST:
        return _confirm_cancelling(request, campaign)
    control.cancel_campaign(campaign_id=campaign.pk, actor=request.user)
    messages.success(request, _("Cancelled. What had not left never leaves."))
    return None


def _confirm_cancelling(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    statuses = counts_of(campaign).get("statuses", {}) if campaign.started_at else {}
    waiting = sum(statuses.get(status, 0) for status in OPEN) if campaign.started_at else campaign.total
    words = ngettext(
        "%(count)s recipient gets nothing. What has left already stays as it is.",
        "%(count)s recipients get nothing. What has left already stays as it is.",
        waiting,
    )
    return ask_first(
        request,
        title=_("Cancel “%(name)s”?") % {"name": campaign.name},
        text=" ".join(filter(None, (words % {"count": number_format(waiting)}, _what_becomes_of_turns(campaign)))),
        hidden=[("confirmed", "1")],
        button=_("Cancel the campaign"),
        is_dangerous=True,
        cancel_url=reverse("messaging:campaign", args=[campaign.pk]),
    )


def _what_becomes_of_turns(campaign: Campaign) -> str:
    if not campaign.repeat:
        return ""
    if Campaign.objects.filter(repeats=campaign, status=Campaign.Status.SCHEDULED).exists():
        return _("The next turn stays planned.")
    return _("It does not repeat any more either.")


def _skip(request: HttpRequest, campaign: Campaign) -> Answer:
    """One turn of what repeats."""
    _require_control(request, campaign)
    following = launching.skip_turn(campaign_id=campaign.pk, actor=request.user)
    if following is None:
        messages.success(request, _("This turn was left out. It was the last."))
        return None
    messages.success(request, _("The turn before was left out. This is the next one."))
    return redirect("messaging:campaign", following.pk)


def _pace(request: HttpRequest, campaign: Campaign) -> Answer:
    _require_control(request, campaign)
    form = PaceForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Write a number of messages per second, or leave it empty."))
    control.pace_campaign(campaign_id=campaign.pk, per_second=form.cleaned_data["per_second"], actor=request.user)
    return None


def _retry(request: HttpRequest, campaign: Campaign) -> Answer:
    _require_control(request, campaign)
    endings = list(filter(None, map(Ending.read, request.POST.getlist("reason"))))
    if not endings:
        raise Refused(_("Tick the reasons for which to send again."))
    count = retry_failed(campaign_id=campaign.pk, endings=endings, actor=request.user)
    words = ngettext("%(count)s message is sent again.", "%(count)s messages are sent again.", count)
    messages.success(request, words % {"count": number_format(count)})
    return None


def _clone(request: HttpRequest, campaign: Campaign) -> Answer:
    _require(request, PERMISSION)
    name = _("%(name)s (copy)") % {"name": campaign.name[:180]}
    copy = copy_campaign(campaign=campaign, actor=request.user, name=name)
    recount_campaign(campaign_id=copy.pk)
    messages.success(request, _("A draft with the same recipients and text. It is sent once, when you say so."))
    return redirect("messaging:campaign_edit", copy.pk)


def _recount(request: HttpRequest, campaign: Campaign) -> Answer:
    _require(request, PERMISSION)
    recount_campaign(campaign_id=campaign.pk)
    return None


def _split(request: HttpRequest, campaign: Campaign) -> Answer:
    _require(request, PERMISSION)
    split_best(campaign_id=campaign.pk)
    return None


def _test(request: HttpRequest, campaign: Campaign) -> Answer:
    _require(request, PERMISSION)
    form = TestForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Type the number that the test goes to."))
    message = send_test(campaign=campaign, number=form.cleaned_data["number"], actor=request.user)
    messages.success(request, _("A test is on its way to %(number)s.") % {"number": display(message.recipient)})
    return None


ACTIONS: dict[str, Action] = {
    "launch": _launch, "approve": _approve, "refuse": _refuse, "reopen": _reopen, "start": _start, "pause": _pause,
    "resume": _resume, "cancel": _cancel, "pace": _pace, "retry": _retry, "clone": _clone, "recount": _recount,
    "test": _test, "split": _split, "skip": _skip,
}  # fmt: skip
