"""Statements: upload one, confirm its columns, see what does not agree. Each view parses and calls one function."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.background import AT_ONCE_SECONDS, publish
from contacts.guarding import needs
from contacts.uploads.refusal import FileRefused
from providers.pages import ask_first, progress_told, show_page, whole_number
from smsops.reports.monthly.page import shown
from smsops.reports.statements.forms import TargetsForm, UploadForm
from smsops.reports.statements.models import Statement, StatementLine
from smsops.reports.statements.services import (
    AT_WORK,
    create_statement,
    delete_statement,
    start_statement,
    statement_step,
)
from smsops.reports.statements.tasks import run_statement

PERMISSION = "reports.match_statement"
State, Verdict = Statement.State, StatementLine.Verdict
LISTED = 30
LINES = 50
# Told first: what may be worth a letter to the provider.
SHOWN = (Verdict.CHARGED_FAILED, Verdict.CHARGED_UNCERTAIN, Verdict.CHARGED_TWICE, Verdict.PRICE, Verdict.THEIRS,
         Verdict.OURS, Verdict.AGREED)  # fmt: skip


@needs(PERMISSION)
def listed(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = create_statement(
                file=given["file"], name=given["file"].name, account=given["account"], month=given["month"],
                actor=request.user,
            )  # fmt: skip
            return redirect("reports:statement", made.pk)
        except FileRefused as refusal:
            form.add_error("file", str(refusal))
    recent = Statement.objects.select_related("account", "created_by").order_by("-pk")[:LISTED]
    context = {"form": form, "recent": recent, "page": "reports:statement"}
    return show_page(request, "reports/statements.html", _("Statements"), context)


@needs(PERMISSION)
def show(request: HttpRequest, statement_id: int) -> HttpResponse:
    """The page that fits the state: the columns, how far it is, or what was found."""
    statement = _find(statement_id)
    if statement.state == State.MAPPING:
        return _columns(request, statement)
    context: dict[str, Any] = {"statement": statement, "month": statement.period}
    if statement.state in AT_WORK:
        context["progress"] = _progress(statement)
    if statement.state == State.DONE:
        context |= _found(request, statement)
    return show_page(request, "reports/statement.html", _title(statement), context)


def _columns(request: HttpRequest, statement: Statement) -> HttpResponse:
    form = TargetsForm(statement, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        start_statement(statement=statement, mapping=form.mapping())
        if statement_step(statement_id=statement.pk, seconds=AT_ONCE_SECONDS):
            publish(run_statement, statement.pk)
        return redirect("reports:statement", statement.pk)
    return show_page(
        request, "reports/statement_columns.html", _title(statement), {"form": form, "statement": statement}
    )


def _found(request: HttpRequest, statement: Statement) -> dict[str, Any]:
    """`?show=` a verdict, `?after=` the last line of the page before."""
    counts = [(each.value, each.label, shown(statement.counts.get(each.value, 0))) for each in SHOWN]
    chosen = request.GET.get("show", "")
    if chosen not in {each.value for each in SHOWN}:
        chosen = next((each.value for each in SHOWN if statement.counts.get(each.value)), SHOWN[0].value)
    position = whole_number(request.GET.get("after", ""))
    rows = StatementLine.objects.filter(statement=statement, verdict=chosen, pk__gt=position).order_by("pk")
    lines = list(rows.select_related("message")[: LINES + 1])
    following = lines[LINES - 1].pk if len(lines) > LINES else None
    return {"counts": counts, "chosen": chosen, "lines": lines[:LINES], "following": following, "position": position}


@needs(PERMISSION)
def progress(request: HttpRequest, statement_id: int) -> JsonResponse:
    return JsonResponse(_progress(_find(statement_id)))


def _progress(statement: Statement) -> dict[str, Any]:
    words = ngettext("%(count)s line was read.", "%(count)s lines were read.", statement.lines_read)
    is_busy = statement.state in AT_WORK
    # The page stays while only the step changes.
    state = "busy" if is_busy else statement.state
    return progress_told(state, f"{statement.get_state_display()}: {words}", statement.lines_read, is_busy=is_busy)


@needs(PERMISSION)
def delete(request: HttpRequest, statement_id: int) -> HttpResponse:
    statement = _find(statement_id)
    if request.method == "POST":
        delete_statement(statement=statement)
        messages.success(request, _("The statement was deleted. No message was changed."))
        return redirect("reports:statements")
    return ask_first(
        request,
        title=_("Delete this statement?"),
        text=_("What was found goes with it, and leaves the sheet of disputes. It can be uploaded again."),
        rows=[f"{statement.file_name} · {statement.account} · {statement.period.label}"],
        button=_("Delete"),
        is_dangerous=True,
        cancel_url=reverse("reports:statement", args=[statement.pk]),
    )


def _find(statement_id: int) -> Statement:
    return get_object_or_404(Statement.objects.select_related("account", "created_by", "file"), pk=statement_id)


def _title(statement: Statement) -> str:
    return _("Statement of %(account)s, %(month)s") % {
        "account": statement.account, "month": statement.period.label,
    }  # fmt: skip
