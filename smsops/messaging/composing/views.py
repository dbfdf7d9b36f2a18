"""Compose in three pages: write, confirm, watch. Each view parses, calls one function and answers."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from providers.formats import money
from providers.pages import show_page
from smsops.messaging.campaigns.drafting import draft_campaign
from smsops.messaging.campaigns.holding import held_until
from smsops.messaging.checking.cautions import operators_of
from smsops.messaging.checking.drafts import Draft, Sorted, Verdict
from smsops.messaging.checking.rules import MOST_RECIPIENTS, PERMISSION
from smsops.messaging.compose import campaign_name, freeze_campaign
from smsops.messaging.composing.forms import ComposeForm
from smsops.messaging.composing.page_data import compose_data
from smsops.messaging.gate import examine, sort_recipients
from smsops.messaging.models import ENCODING_CHOICES, Campaign
from smsops.messaging.progress import read_progress

SHOWN_INVALID = 20

may_send = permission_required(PERMISSION, raise_exception=True)


@may_send
def compose(request: HttpRequest) -> HttpResponse:
    """The empty form; by POST the form with what was entered before ("change it")."""
    form = ComposeForm(initial=form_values(request)) if request.method == "POST" else ComposeForm()
    return _show_form(request, form)


def form_values(request: HttpRequest) -> dict[str, Any]:
    return {name: value for name, value in request.POST.items() if name in ComposeForm.base_fields}


@may_send
def confirm(request: HttpRequest) -> HttpResponse:
    """Everything about to happen, and the button that makes it happen."""
    if request.method != "POST":
        return redirect("messaging:compose")
    form = ComposeForm(request.POST)
    if not form.is_valid():
        return _show_form(request, form)
    draft = form.draft(cast(User, request.user))
    if len(draft.recipients) > MOST_RECIPIENTS:
        return _make_campaign(request, draft)
    verdict = examine(draft)
    if not verdict.is_open:
        for sentence in verdict.refusals:
            form.add_error(None, sentence)
        return _show_form(request, form)
    return _launch(request, form, verdict) if "send" in request.POST else _show_confirm(request, form, verdict)


@may_send
@require_POST
def check(request: HttpRequest) -> JsonResponse:
    """What the page shows while one writes: who would get it, and what it would cost."""
    form = ComposeForm(request.POST)
    form.is_valid()
    if "account" not in form.cleaned_data:
        return JsonResponse(_told(sort_recipients(form.spellings())))
    verdict = examine(form.draft(cast(User, request.user)))
    cost = "" if verdict.cost is None else money(verdict.cost, verdict.draft.account.currency)
    return JsonResponse(_told(verdict) | {"cost": cost})


@require_GET
def progress(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = _visible_campaign(request, campaign_id)
    context = {"campaign": campaign, "progress": read_progress(campaign)}
    return show_page(request, "messaging/progress.html", campaign.name, context)


@require_GET
def progress_counts(request: HttpRequest, campaign_id: int) -> JsonResponse:
    return JsonResponse(read_progress(_visible_campaign(request, campaign_id)).as_json())


def _visible_campaign(request: HttpRequest, campaign_id: int) -> Campaign:
    if not any(request.user.has_perm(name) for name in (PERMISSION, "messaging.view_message")):
        raise PermissionDenied
    return get_object_or_404(Campaign.objects.select_related("account", "created_by"), pk=campaign_id)


def _make_campaign(request: HttpRequest, draft: Draft) -> HttpResponse:
    """So many are a campaign's: what was written goes on as a draft of one."""
    campaign = draft_campaign(draft=draft, name=campaign_name(draft) or _("Campaign"))
    messages.info(request, _("So many recipients are a campaign: look through it here before it is sent."))
    return redirect("messaging:campaign_edit", campaign.pk)


def _launch(request: HttpRequest, form: ComposeForm, verdict: Verdict) -> HttpResponse:
    name = campaign_name(verdict.draft)
    campaign, is_new = freeze_campaign(key=form.key(verdict), name=name, verdict=verdict)
    if not is_new:
        messages.info(request, _("This message was sent already; it was not sent again."))
    return redirect("messaging:progress", campaign.pk)


def _told(found: Sorted) -> dict[str, Any]:
    return {
        "valid": len(found.recipients),
        "duplicates": found.duplicates,
        "invalid": len(found.invalid),
        "examples": [f"{each.spelling[:60]} ({each.reason})" for each in found.invalid[:SHOWN_INVALID]],
    }


def _show_form(request: HttpRequest, form: ComposeForm) -> HttpResponse:
    context = {"form": form, "data": compose_data(form.accounts)}
    return show_page(request, "messaging/compose.html", _("Write a message"), context)


def _show_confirm(request: HttpRequest, form: ComposeForm, verdict: Verdict) -> HttpResponse:
    context = {
        "form": form,
        "verdict": verdict,
        "draft": verdict.draft,
        "account": verdict.draft.account,
        "encoding": dict(ENCODING_CHOICES)[verdict.measure.encoding],
        "operators": operators_of(verdict.recipients),
        "first_recipients": verdict.recipients[:5],
        "moment": form.moment_shown(),
        "held_until": held_until(verdict),
        "shown_invalid": verdict.invalid[:SHOWN_INVALID],
        "more_invalid": max(0, len(verdict.invalid) - SHOWN_INVALID),
    }
    return show_page(request, "messaging/confirm.html", _("Send this?"), context)
