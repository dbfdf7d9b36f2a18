"""The pages of the sync: phone books and their runs, one run with its changes, and what stays as it is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from contacts.comparing.types import fold
from contacts.guarding import needs
from contacts.models import Contact, Group
from contacts.sync import Request, has_phonebook
from contacts.syncing.lease import ask_to_stop
from contacts.syncing.models import PhonebookNote, SyncAction, SyncConflict, SyncRun
from contacts.syncing.pages import (
    LOOKS,
    accounts_with_phonebook,
    count_kinds,
    limit_told,
    lines_of_action,
    progress_of,
    result_of,
)
from contacts.syncing.tasks import begin_sync
from contacts.syncing.words import default_group, mirrored_groups
from providers.models import Account
from providers.pages import show_page, whole_number

VIEW, START, EXCEED = "contacts.view_syncrun", "contacts.sync_phonebook", "contacts.exceed_sync_limit"
RUNS = 20
ROWS = 50
ALONE = "alone"
TROUBLES = "troubles"


@needs(VIEW)
def phonebooks(request: HttpRequest) -> HttpResponse:
    """Every phone book with what waits for a person, and the latest runs."""
    runs = SyncRun.objects.select_related("account", "created_by").order_by("-id")
    before = whole_number(request.GET.get("before", ""))
    found = list((runs.filter(pk__lt=before) if before else runs)[: RUNS + 1])
    context = {
        "books": [_book(account) for account in accounts_with_phonebook()],
        "runs": [(run, LOOKS[SyncRun.State(run.state)], result_of(run)) for run in found[:RUNS]],
        "before": found[RUNS - 1].pk if len(found) > RUNS else None,
    }
    return show_page(request, "contacts/phonebook/books.html", _("Phone books"), context)


def _book(account: Account) -> dict[str, Any]:
    notes = PhonebookNote.objects.filter(account=account).order_by()
    return {
        "account": account,
        "run": SyncRun.objects.filter(account=account).order_by("-id").first(),
        "conflicts": SyncConflict.objects.filter(account=account, state="open").count(),
        "unusable": notes.filter(kind=PhonebookNote.Kind.UNUSABLE).count(),
        "duplicates": notes.filter(kind=PhonebookNote.Kind.DUPLICATE).count(),
        "minutes": account.options.get("sync_every_minutes") or 0,
    }


@needs(START, post_only=True)
def start(request: HttpRequest, account_id: int) -> HttpResponse:
    """Begin a run, or a preview of one."""
    account = _find_account(account_id)
    wanted = Request(
        is_deep="deep" in request.POST, is_preview=request.POST.get("what") == "preview", created_by=request.user
    )
    return _begin(request, account, wanted)


def _begin(request: HttpRequest, account: Account, wanted: Request) -> HttpResponse:
    run = begin_sync(account=account, request=wanted)
    if run is None:
        messages.warning(request, _("A sync of this account is at work already; this is it."))
        run = SyncRun.objects.filter(account=account).order_by("-id").first()
    return redirect("contacts:sync_run", run.pk) if run else redirect("contacts:phonebooks")


@needs(VIEW)
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: how far it is, every change that it plans or made, and what is to be confirmed."""
    shown = get_object_or_404(SyncRun.objects.select_related("account", "created_by"), pk=run_id)
    kinds = count_kinds(shown)
    chosen = request.GET.get("kind") or (kinds[0].kind if kinds else "")
    actions = shown.actions.filter(position__gt=whole_number(request.GET.get("after", ""))).order_by("position")
    actions = actions.filter(state__in=SyncAction.TROUBLES) if chosen == TROUBLES else actions.filter(kind=chosen)
    rows = list(actions[: ROWS + 1])
    context = {
        "run": shown,
        "look": LOOKS[SyncRun.State(shown.state)],
        "progress": progress_of(shown),
        "kinds": kinds,
        "kind": chosen,
        "rows": [(row, lines_of_action(row)) for row in rows[:ROWS]],
        "after": rows[ROWS - 1].position if len(rows) > ROWS else None,
        "total": sum(each.planned for each in kinds),
        "is_confirmable": shown.state == SyncRun.State.PREVIEW or (not shown.is_active and shown.waiting > 0),
        "later": shown.waiting and later_run(shown),
        "limit": limit_told(shown.account),
        "may_exceed": request.user.has_perm(EXCEED),
    }
    return show_page(request, "contacts/phonebook/run.html", _("Sync of %s") % shown.account.name, context)


def later_run(run: SyncRun) -> SyncRun | None:
    """The last sync that planned both sides anew after this one: what waits is told there."""
    later = SyncRun.objects.filter(account=run.account_id, pk__gt=run.pk, state=SyncRun.State.DONE, is_preview=False)
    return later.order_by("-pk").first()


@needs(VIEW)
def run_progress(request: HttpRequest, run_id: int) -> JsonResponse:
    return JsonResponse(progress_of(get_object_or_404(SyncRun, pk=run_id)))


@needs(START, post_only=True)
def stop(request: HttpRequest, run_id: int) -> HttpResponse:
    shown = get_object_or_404(SyncRun, pk=run_id)
    ask_to_stop(shown)
    messages.info(request, _("It stops before its next call. What it did stays."))
    return redirect("contacts:sync_run", shown.pk)


@needs(START, post_only=True)
def confirm(request: HttpRequest, run_id: int) -> HttpResponse:
    """Apply what a preview showed, or what waited for being too much: both sides are read again first, and what waits
    goes only where it is still the very same change."""
    seen = get_object_or_404(SyncRun.objects.select_related("account"), pk=run_id)
    if seen.is_active or not (seen.state == SyncRun.State.PREVIEW or seen.waiting):
        return redirect("contacts:sync_run", seen.pk)
    if "over_limit" in request.POST and not request.user.has_perm(EXCEED):
        raise PermissionDenied
    approves = seen if "over_limit" in request.POST else None
    return _begin(request, seen.account, Request(is_deep=seen.is_deep, created_by=request.user, approves=approves))


@needs(VIEW)
def left_alone(request: HttpRequest, account_id: int) -> HttpResponse:
    """Entries and contacts that the sync leaves as they are, and why."""
    account = _find_account(account_id)
    kind = request.GET.get("kind", PhonebookNote.Kind.UNUSABLE.value)
    if kind not in (*PhonebookNote.Kind.values, ALONE):
        raise Http404
    after = whole_number(request.GET.get("after", ""))
    rows: list[Any]
    if kind == ALONE:
        rows = list(contacts_alone(account).filter(pk__gt=after).order_by("pk")[: ROWS + 1])
    else:
        notes = PhonebookNote.objects.filter(account=account, kind=kind, pk__gt=after)
        rows = list(notes.order_by("pk")[: ROWS + 1])
    context = {
        "account": account,
        "kind": kind,
        "rows": rows[:ROWS],
        "after": rows[ROWS - 1].pk if len(rows) > ROWS else None,
        "default_group": default_group(account),
    }
    return show_page(request, "contacts/phonebook/left.html", _("Left alone in %s") % account.name, context)


def contacts_alone(account: Account) -> QuerySet[Contact]:
    """Contacts in none of the groups that this account mirrors."""
    mirrored = mirrored_groups(account)
    groups = [pk for pk, name in Group.objects.values_list("pk", "name") if mirrored is None or fold(name) in mirrored]
    memberships = Contact.groups.through.objects.filter(contact=OuterRef("pk"))
    memberships = memberships if mirrored is None else memberships.filter(group__in=groups)
    return Contact.objects.filter(~Exists(memberships))


def _find_account(account_id: int) -> Account:
    account = get_object_or_404(Account, pk=account_id)
    if not has_phonebook(account):
        raise Http404
    return account
