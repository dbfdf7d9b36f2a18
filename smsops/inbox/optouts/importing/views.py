"""Importing opt-outs in three pages: choose a file, look at what would happen, watch it happen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext, override
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from contacts.background import AT_ONCE_SECONDS, publish
from contacts.guarding import needs
from contacts.importing.verdicts import tell
from contacts.uploads.forms import file_field
from contacts.uploads.refusal import FileRefused
from contacts.uploads.sheets import row_name
from providers.numbers import display
from providers.pages import offer_file, progress_told, show_page, whole_number
from providers.spreadsheets import UTF8_BOM, csv_lines
from smsops.inbox.optouts.importing.models import AT_WORK, SuppressionImport, SuppressionImportRow
from smsops.inbox.optouts.importing.services import STEPS, create_suppression_import
from smsops.inbox.optouts.importing.taking_back import count_to_take_back, start_taking_back, take_back_step
from smsops.inbox.optouts.importing.tasks import run_suppression_import

PERMISSION = "inbox.import_suppression"
LIFT = "inbox.delete_suppression"
State, Verdict = SuppressionImport.State, SuppressionImportRow.Verdict
RECENT = 10
PAGE = 50


class UploadForm(forms.Form):
    use_required_attribute = False

    file = file_field(gettext_lazy("CSV, TSV or XLSX, at most 100 MB, with one column of telephone numbers."))
    note = forms.CharField(
        label=gettext_lazy("Where the list comes from"), max_length=300, widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Kept with each number, e.g. “old system, May 2026”."),
    )  # fmt: skip


@needs(PERMISSION)
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = create_suppression_import(
                file=file, name=file.name, note=form.cleaned_data["note"], actor=request.user
            )
        except FileRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            if STEPS.read_step(import_id=made.pk, seconds=AT_ONCE_SECONDS):
                publish(run_suppression_import, made.pk)
            return redirect("inbox:suppression_import", made.pk)
    recent = SuppressionImport.objects.select_related("created_by").order_by("-pk")[:RECENT]
    context = {"form": form, "recent": recent, "page": "inbox:suppression_import"}
    return show_page(request, "inbox/import/upload.html", _("Import opt-outs"), context)


@needs(PERMISSION)
def show(request: HttpRequest, import_id: int) -> HttpResponse:
    """The page that fits the state: how far it is, what would happen, or what has."""
    found = _find(import_id)
    context: dict[str, Any] = {"import": found, "progress": _progress(found)}
    if found.state in AT_WORK:
        poll = reverse("inbox:suppression_import_progress", args=[found.pk])
        return show_page(request, "uploads/progress.html", _title(found), context | {"poll": poll})
    if found.file_id:
        context |= _preview(request, found)
    page = "preview" if found.state == State.READY else "done"
    return show_page(request, f"inbox/import/{page}.html", _title(found), context)


def _preview(request: HttpRequest, found: SuppressionImport) -> dict[str, Any]:
    shown = request.GET.get("show", "")
    shown = shown if shown in Verdict.values else Verdict.REFUSED if found.refused else Verdict.NEW
    position = whole_number(request.GET.get("after", ""))
    rows = list(found.rows.filter(verdict=shown, pk__gt=position).order_by("pk")[: PAGE + 1])
    return {
        "tabs": [(value, label, getattr(found, value)) for value, label in Verdict.choices],
        "shown": shown,
        "rows": [
            (row_name(row.place, found.sheets), display(row.number) if row.number else row.spelling, _reason(row))
            for row in rows[:PAGE]
        ],
        "following": rows[PAGE - 1].pk if len(rows) > PAGE else 0,
        "is_first": not position,
    }


def _reason(row: SuppressionImportRow) -> str:
    return tell(["mobile", row.reason, ""]) if row.reason else ""


def _progress(found: SuppressionImport) -> dict[str, Any]:
    done, total, words = _counted(found)
    return progress_told(found.state, words, done, total=total, is_busy=found.state in AT_WORK)


def _counted(found: SuppressionImport) -> tuple[int, int, str]:
    """How many are done, of how many (0: nobody knows), and the sentence for that."""
    if found.state in (State.TAKING_BACK, State.TAKEN_BACK):
        done = found.taken_back
        return done, found.applied, ngettext("%(count)s opt-out was lifted.", "%(count)s opt-outs were lifted.", done)
    if found.state in (State.APPLYING, State.DONE):
        done = found.applied
        words = ngettext("%(count)s number was opted out.", "%(count)s numbers were opted out.", done)
        return done, found.new, words
    done = found.rows_read
    return done, 0, ngettext("%(count)s row was read.", "%(count)s rows were read.", done)


@needs(PERMISSION)
def progress(request: HttpRequest, import_id: int) -> JsonResponse:
    return JsonResponse(_progress(_find(import_id)))


@needs(PERMISSION, post_only=True)
def apply(request: HttpRequest, import_id: int) -> HttpResponse:
    found = _find(import_id)
    if not STEPS.start_applying(found):
        messages.info(request, _("This import was confirmed already."))
    elif STEPS.apply_step(import_id=found.pk, seconds=AT_ONCE_SECONDS):
        publish(run_suppression_import, found.pk)
    return redirect("inbox:suppression_import", found.pk)


@needs(PERMISSION, post_only=True)
def discard(request: HttpRequest, import_id: int) -> HttpResponse:
    found = _find(import_id)
    if STEPS.discard(found):
        messages.success(request, _("Discarded. No number was opted out."))
        return redirect("inbox:suppression_import_upload")
    messages.info(request, _("This import cannot be discarded any more."))
    return redirect("inbox:suppression_import", found.pk)


class TakeBackForm(forms.Form):
    """Why a list is taken back."""

    why = forms.CharField(
        label=gettext_lazy("Why"), max_length=300, widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Kept in the log of each number, e.g. “the wrong file”."),
    )  # fmt: skip


@needs(LIFT)
def take_back(request: HttpRequest, import_id: int) -> HttpResponse:
    """How many would be lifted, and once somebody has said why, the lifting."""
    found = _find(import_id)
    if found.state != State.DONE:
        messages.info(request, _("This import cannot be taken back."))
        return redirect("inbox:suppression_import", found.pk)
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if start_taking_back(found=found, why=form.cleaned_data["why"], actor=request.user) and take_back_step(
            import_id=found.pk, seconds=AT_ONCE_SECONDS
        ):
            publish(run_suppression_import, found.pk)
        return redirect("inbox:suppression_import", found.pk)
    count = count_to_take_back(found)
    context = {"import": found, "form": form, "count": count, "kept": max(found.applied - count, 0)}
    title = _("Take back the import of %(name)s") % {"name": found.file_name}
    return show_page(request, "inbox/import/take_back.html", title, context)


@needs(PERMISSION)
def refused_as_csv(request: HttpRequest, import_id: int) -> HttpResponseBase:
    found = _find(import_id)
    return offer_file(f"opt-outs-refused-{found.pk}.csv", _refused(found, get_language() or ""))


def _refused(found: SuppressionImport, language: str) -> Iterator[bytes]:
    with override(language):
        yield UTF8_BOM
        yield from csv_lines([[_("Row"), _("Number"), _("Why it was not imported")]])
        rows = found.rows.filter(verdict=Verdict.REFUSED).order_by("pk")
        yield from csv_lines(
            [row_name(row.place, found.sheets), row.spelling, _reason(row)] for row in rows.iterator(chunk_size=2000)
        )


def _title(found: SuppressionImport) -> str:
    return _("Import of %(name)s") % {"name": found.file_name}


def _find(import_id: int) -> SuppressionImport:
    return get_object_or_404(SuppressionImport.objects.select_related("created_by", "taken_back_by"), pk=import_id)
