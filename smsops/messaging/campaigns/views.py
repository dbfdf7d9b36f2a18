"""A campaign's pages: begin, write, review, watch. Each view parses, calls one function and answers."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from providers.models import Account
from providers.pages import show_page, whole_number
from providers.reasons import REPEATS
from smsops.messaging.campaigns.drafting import (
    attach_file,
    create_campaign,
    prepare_figures,
    save_draft,
    use_template,
)
from smsops.messaging.campaigns.forms import (
    CampaignForm,
    NewCampaignForm,
    PaceForm,
    ReasonForm,
    TestForm,
    initial_values,
)
from smsops.messaging.campaigns.launching import Moved, may_approve
from smsops.messaging.campaigns.lists import pasted_text
from smsops.messaging.campaigns.measuring import good_entries, read_measured
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.page import (
    audience_context,
    live_context,
    members_context,
    moment_shown,
    repetition_context,
)
from smsops.messaging.campaigns.plain import make_plain
from smsops.messaging.campaigns.preview import preview_before, preview_rows
from smsops.messaging.campaigns.quote import quote_campaign
from smsops.messaging.campaigns.remote_group import known_groups
from smsops.messaging.campaigns.values import offered_fields
from smsops.messaging.campaigns.ways import further_accounts
from smsops.messaging.checking.rules import PERMISSION
from smsops.messaging.gate import examine_campaign

State = Campaign.Status
VIEW = "messaging.view_campaign"
EXPORT = "messaging.export_message"
LISTED_FIRST = 3

may_send = permission_required(PERMISSION, raise_exception=True)


def get_campaign(campaign_id: int) -> Campaign:
    return get_object_or_404(Campaign.objects.select_related("account", "created_by", "template"), pk=campaign_id)


def visible_campaign(request: HttpRequest, campaign_id: int) -> Campaign:
    if not any(request.user.has_perm(name) for name in (PERMISSION, VIEW)):
        raise PermissionDenied
    return get_campaign(campaign_id)


@may_send
def new(request: HttpRequest) -> HttpResponse:
    """A name and an account; all else is written on the next page."""
    form = NewCampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        campaign = create_campaign(**form.cleaned_data, actor=request.user)
        return redirect("messaging:campaign_edit", campaign.pk)
    return show_page(request, "campaigns/new.html", _("New campaign"), {"form": form})


@may_send
def edit(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The draft as a form; by POST it is saved, and the button says what comes next."""
    campaign = get_campaign(campaign_id)
    if campaign.status != State.DRAFT:
        return _come_too_late(request, campaign) if request.POST else redirect("messaging:campaign", campaign.pk)
    if request.method == "POST":
        return _save(request, campaign)
    return _show_form(request, campaign, _form_of(campaign))


def _form_of(campaign: Campaign) -> CampaignForm:
    return CampaignForm(campaign=campaign, initial=initial_values(campaign, pasted_text(campaign)))


def _save(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    form = CampaignForm(request.POST, request.FILES, campaign=campaign)
    is_live = "live" in request.GET
    if not form.is_valid():
        return HttpResponse(status=204) if is_live else _show_form(request, campaign, form)
    try:
        campaign = _write(campaign, form)
    except Moved:
        return _come_too_late(request, campaign)
    if is_live:
        return _show_figures(request, campaign)
    return _after_saving(request, campaign, form)


def _come_too_late(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """Somebody else has written it anew or launched it: a page that saves by itself tells so, another is left."""
    if "live" in request.GET:
        return HttpResponse(headers={"X-Moved": "1"})
    messages.warning(request, str(Moved()))
    return redirect("messaging:campaign_edit", campaign.pk)


def _write(campaign: Campaign, form: CampaignForm) -> Campaign:
    entered = form.cleaned_data
    return save_draft(
        campaign_id=campaign.pk, version=entered["version"], columns=form.columns(), spec=form.spec(),
        pasted=entered["pasted"],
    )  # fmt: skip


def _after_saving(request: HttpRequest, campaign: Campaign, form: CampaignForm) -> HttpResponse:
    entered, file = form.cleaned_data, form.cleaned_data["file"]
    told = attach_file(
        campaign=campaign, file=file, name=file.name if file else "", drop=entered["drop_file"],
        column=entered["number_column"],
    )  # fmt: skip
    if told:
        messages.error(request, told)
    if "use_template" in request.POST and entered["template"]:
        use_template(campaign=campaign, template=entered["template"])
    if "plain" in request.POST:
        Campaign.objects.filter(pk=campaign.pk).update(text=make_plain(campaign.text))
    goes_on = "continue" in request.POST and not told
    return redirect("messaging:campaign" if goes_on else "messaging:campaign_edit", campaign.pk)


def _show_form(request: HttpRequest, campaign: Campaign, form: CampaignForm) -> HttpResponse:
    columns = (campaign.audience.get("file") or {}).get("keys", [])
    context = {"form": form, "fields": offered_fields(good_entries(campaign), columns)} | _figures(campaign)
    context["remote_groups"] = known_groups() if form.calls_groups else []
    return show_page(request, "campaigns/edit.html", campaign.name, context)


def _figures(campaign: Campaign) -> dict[str, Any]:
    is_ready = prepare_figures(campaign)
    measured = read_measured(campaign) if is_ready else None
    rows = list(preview_rows(campaign, count=LISTED_FIRST)) if is_ready else []
    return {"campaign": campaign, "measured": measured, "rows": rows} | audience_context(campaign)


def _show_figures(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """The part of the form's page that tells what was found, and the version that was saved."""
    response = render(request, "campaigns/figures.html", _figures(campaign))
    response.headers["X-Version"] = str(campaign.version)
    return response


@require_GET
def figures(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Looked at again while a file is read or a long audience measured."""
    return _show_figures(request, visible_campaign(request, campaign_id))


@require_GET
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Before its launch all that is about to happen, afterwards how it goes."""
    found = visible_campaign(request, campaign_id)
    return _show_review(request, found) if found.status == State.DRAFT else _show_control(request, found)


def _show_review(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    context = {"campaign": campaign, "moment": moment_shown(campaign)} | audience_context(campaign)
    context |= repetition_context(campaign)
    if not prepare_figures(campaign):
        return show_page(request, "campaigns/preparing.html", campaign.name, context)
    verdict = examine_campaign(campaign, actor=cast(User, request.user))
    context |= members_context(campaign) | {
        "verdict": verdict,
        "measured": verdict.measured,
        "further": further(campaign),
        "offers": quote_campaign(campaign, verdict.measured),
        "test_form": TestForm(),
        "may_send": request.user.has_perm(PERMISSION),
    }
    return show_page(request, "campaigns/review.html", campaign.name, context | preview_context(request, campaign))


def further(campaign: Campaign) -> list[Account]:
    """The accounts that come after a refusal, in order."""
    ids = further_accounts(campaign.routes, campaign.account_id)
    accounts = Account.objects.in_bulk(ids)
    return [accounts[pk] for pk in ids if pk in accounts]


def splits(campaign: Campaign) -> list[tuple[str, Account]]:
    """Operators with the account of their own that their numbers go by."""
    accounts = Account.objects.in_bulk(set(campaign.splits.values()))
    return [(operator, accounts[pk]) for operator, pk in campaign.splits.items() if pk in accounts]


def preview_context(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """The row that is looked at, with the ones around it."""
    asked = request.GET.get("row", "")
    start = whole_number(asked)
    rows = list(preview_rows(campaign, start=start, count=2))
    return {
        "row": rows[0] if rows else None,
        "next_row": rows[1].entry if len(rows) > 1 else None,
        "previous_row": preview_before(campaign, rows[0].entry) if rows else None,
    }


def _show_control(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    context = live_context(campaign) | audience_context(campaign)
    may_retry = may_control(request, campaign) and campaign.status != State.CANCELLED
    context["may_retry"] = may_retry and any(line.can_retry for line in context["reasons"])
    context |= {
        "measured": read_measured(campaign),
        "may_control": may_control(request, campaign),
        "repeats": list(REPEATS.values()),
        "may_approve": may_approve(campaign, request.user),
        "may_send": request.user.has_perm(PERMISSION),
        "may_take_away": may_take_away(request),
        "further": further(campaign),
        "splits": splits(campaign),
        "pace_form": PaceForm(initial={"per_second": shown_rate(campaign.per_second)}),
        "reason_form": ReasonForm(),
    }
    if campaign.status == State.APPROVAL:
        context["first"] = list(preview_rows(campaign, count=LISTED_FIRST))
        context["warnings"] = examine_campaign(campaign, actor=None).warnings
    return show_page(request, "campaigns/campaign.html", campaign.name, context)


def shown_rate(per_second: float | None) -> str:
    """`20`, not `20.0`."""
    return f"{per_second:g}" if per_second else ""


@require_GET
def live(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The moving part. Another state has other buttons: then the whole page is asked for."""
    found = visible_campaign(request, campaign_id)
    response = render(request, "campaigns/live.html", live_context(found))
    if request.GET.get("status") != found.status:
        response.headers["X-Moved"] = "1"
    return response


def may_take_away(request: HttpRequest) -> bool:
    """Who only looks on takes no list of customers with him."""
    return request.user.has_perm(VIEW) and any(map(request.user.has_perm, (PERMISSION, EXPORT)))


def may_control(request: HttpRequest, campaign: Campaign) -> bool:
    """One's own, or any with the right to."""
    own = campaign.created_by_id == request.user.pk and request.user.has_perm(PERMISSION)
    return own or request.user.has_perm("messaging.control_campaign")


@may_send
@require_POST
def switch(request: HttpRequest, campaign_id: int, account_id: int) -> HttpResponse:
    """Take another account's offer."""
    from smsops.messaging.campaigns.drafting import choose_account

    try:
        choose_account(campaign_id=campaign_id, account_id=account_id)
    except Moved as moved:
        messages.warning(request, str(moved))
    return redirect("messaging:campaign", campaign_id)
