"""Conflicts side by side, decided one by one or all alike."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.comparing.types import NUMBER, Side
from contacts.guarding import needs
from contacts.models import Contact
from contacts.syncing.deciding import alike, decide_alike, decide_conflict, seen_as
from contacts.syncing.models import SyncConflict
from contacts.syncing.pages import LABELS, choices_of, headline_of, holders_of_numbers, lines_of_conflict, merged_away
from providers.models import Account
from providers.pages import ask_first, show_page

VIEW, RESOLVE = "contacts.view_syncconflict", "contacts.resolve_conflict"
ROWS = 20


@needs(VIEW)
def conflicts(request: HttpRequest, account_id: int) -> HttpResponse:
    """What one account's sync may not guess."""
    account = get_object_or_404(Account, pk=account_id)
    found = SyncConflict.objects.filter(account=account, state=SyncConflict.State.OPEN)
    fields = found.order_by().values_list("field").annotate(Count("id")).order_by("field")
    chosen = request.GET.get("field", "")
    rows = found.filter(field=chosen) if chosen in LABELS else found
    after = request.GET.get("after", "")
    if after.isascii() and after.isdecimal() and len(after) < 19:
        rows = rows.filter(pk__gt=int(after))
    page = list(rows.order_by("pk")[: ROWS + 1])
    holders, merged = holders_of_numbers(page), merged_away(page)
    context = {
        "account": account,
        "rows": [
            _shown(each, holders.get((each.theirs or {}).get(NUMBER, "")), (account.pk, each.remote_id) in merged)
            for each in page[:ROWS]
        ],
        "fields": [(name, LABELS.get(name, name), count) for name, count in fields],
        "field": chosen,
        "after": page[ROWS - 1].pk if len(page) > ROWS else None,
        "may_decide": request.user.has_perm(RESOLVE),
        "decided": found.exclude(decision="").count(),
    }
    return show_page(request, "contacts/phonebook/conflicts.html", _("Conflicts of %s") % account.name, context)


def _shown(conflict: SyncConflict, holder: Contact | None, is_merged: bool) -> dict[str, Any]:
    ours, theirs = choices_of(conflict)
    return {
        "conflict": conflict,
        "lines": lines_of_conflict(conflict),
        "headline": headline_of(conflict, holder, is_merged=is_merged),
        "holder": holder,
        "ours": ours,
        "theirs": theirs,
        "seen": seen_as(conflict),
    }


@needs(RESOLVE, post_only=True)
def decide(request: HttpRequest, account_id: int) -> HttpResponse:
    """Keep the decisions of one page; each counts only where its question is still the one that was shown."""
    account = get_object_or_404(Account, pk=account_id)
    given = {name[9:]: str(value) for name, value in request.POST.items() if name.startswith("decision-")}
    ids = [int(pk) for pk in given if pk.isascii() and pk.isdecimal() and len(pk) < 19][: ROWS * 2]
    kept = lost = 0
    for conflict in SyncConflict.objects.filter(account=account, pk__in=ids):
        side = Side(given[str(conflict.pk)]) if given[str(conflict.pk)] in list(Side) else None
        if side is None and not conflict.decision:
            continue
        seen = request.POST.get(f"seen-{conflict.pk}", "")
        is_kept = decide_conflict(conflict=conflict, side=side, seen=seen, actor=request.user)
        kept, lost = kept + is_kept, lost + (not is_kept)
    _tell(request, kept, lost)
    return redirect(_back(account, request))


def _tell(request: HttpRequest, kept: int, lost: int) -> None:
    if kept:
        words = ngettext(
            "%(count)s decision kept; the next sync carries it out.",
            "%(count)s decisions kept; the next sync carries them out.",
            kept,
        )
        messages.success(request, words % {"count": number_format(kept)})
    if lost:
        words = ngettext(
            "%(count)s question changed meanwhile: look at it again.",
            "%(count)s questions changed meanwhile: look at them again.",
            lost,
        )
        messages.warning(request, words % {"count": number_format(lost)})


def _back(account: Account, request: HttpRequest) -> str:
    field = request.POST.get("field", "")
    return reverse("contacts:conflicts", args=[account.pk]) + (f"?field={field}" if field in LABELS else "")


@needs(RESOLVE)
def decide_all(request: HttpRequest, conflict_id: int, side: str) -> HttpResponse:
    """The same for all like this one, once a person has confirmed how many that are."""
    conflict = get_object_or_404(SyncConflict.objects.select_related("account"), pk=conflict_id)
    if request.method != "POST":
        # Where a change of the page's language leads to.
        return redirect("contacts:conflicts", conflict.account_id)
    chosen = Side.THEIRS if side == Side.THEIRS else Side.OURS
    until = request.POST.get("until", "")
    if until.isascii() and until.isdecimal() and len(until) < 19:
        count = decide_alike(conflict=conflict, side=chosen, until=int(until), actor=request.user)
        _tell(request, count, 0)
        return redirect("contacts:conflicts", conflict.account_id)
    return _ask(request, conflict, chosen)


def _ask(request: HttpRequest, conflict: SyncConflict, side: Side) -> HttpResponse:
    same = alike(conflict)
    count, last = same.count(), same.order_by("-pk").values_list("pk", flat=True).first()
    choice = choices_of(conflict)[0 if side is Side.OURS else 1]
    words = ngettext("%(count)s conflict: %(field)s.", "%(count)s conflicts: %(field)s.", count)
    return ask_first(
        request,
        title=_("%(choice)s, for all like this?") % {"choice": choice},
        text=words % {"count": number_format(count), "field": LABELS.get(conflict.field, conflict.field)},
        rows=[each.title for each in same.order_by("pk")[:5]],
        more_rows=max(0, count - 5),
        button=choice,
        is_dangerous=conflict.ours is None or conflict.theirs is None,
        hidden=[("until", str(last or 0))],
        cancel_url=reverse("contacts:conflicts", args=[conflict.account_id]),
    )
