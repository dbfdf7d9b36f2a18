"""An import in four pages: choose a file, confirm its columns, look at what would happen, watch it happen."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from contacts.background import AT_ONCE_SECONDS, publish
from contacts.guarding import needs
from contacts.importing.forms import MappingForm, UploadForm
from contacts.importing.models import ContactImport
from contacts.importing.preview import read_preview
from contacts.importing.progress import read_progress
from contacts.importing.rejects import rejected_csv, rejected_xlsx
from contacts.importing.services import STEPS, create_import, decide_doubtful, start_applying, start_reading
from contacts.importing.tasks import run_import
from contacts.uploads.refusal import FileRefused
from providers.pages import offer_file, show_page, whole_number

# What a button says: whether the row is taken, and all like it.
DECISIONS = {"take": (True, False), "leave": (False, False), "take_all": (True, True), "leave_all": (False, True)}
PERMISSION = "contacts.import_contact"
State = ContactImport.State
RECENT = 10


@needs(PERMISSION)
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(data=request.POST or None, files=request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["import_file"]
        try:
            made = create_import(file=file, name=file.name, actor=request.user)
            return redirect("contacts:import_columns", made.pk)
        except FileRefused as refusal:
            form.add_error("import_file", str(refusal))
    recent = ContactImport.objects.select_related("created_by").order_by("-pk")[:RECENT]
    context = {"form": form, "recent": recent, "page": "contacts:import"}
    return show_page(request, "contacts/import/upload.html", _("Import contacts"), context)


@needs(PERMISSION)
def columns(request: HttpRequest, import_id: int) -> HttpResponse:
    found = _find(import_id)
    if found.state not in (State.MAPPING, State.READY):
        return redirect("contacts:import", found.pk)
    form = MappingForm(found, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        start_reading(
            contact_import=found,
            mapping=form.mapping(),
            has_header=form.cleaned_data.get("has_header", True),
            create_groups=form.cleaned_data["create_groups"],
        )
        if STEPS.read_step(import_id=found.pk, seconds=AT_ONCE_SECONDS):
            publish(run_import, found.pk)
        return redirect("contacts:import", found.pk)
    return show_page(request, "contacts/import/columns.html", _title(found), {"form": form, "import": found})


@needs(PERMISSION)
def show(request: HttpRequest, import_id: int) -> HttpResponse:
    """The page that fits the state: how far it is, what would happen, or what has."""
    found = _find(import_id)
    if found.state == State.MAPPING:
        return redirect("contacts:import_columns", found.pk)
    context: dict[str, Any] = {"import": found, "progress": read_progress(found)}
    if found.state in (State.READING, State.APPLYING):
        poll = reverse("contacts:import_progress", args=[found.pk])
        return show_page(request, "uploads/progress.html", _title(found), context | {"poll": poll})
    if found.file_id and found.state in (State.READY, State.DONE):
        position = whole_number(request.GET.get("after", ""))
        context["preview"] = read_preview(found, request.GET.get("show", ""), position)
    page = "preview" if found.state == State.READY else "done"
    return show_page(request, f"contacts/import/{page}.html", _title(found), context)


@needs(PERMISSION)
def progress(request: HttpRequest, import_id: int) -> JsonResponse:
    return JsonResponse(read_progress(_find(import_id)))


@needs(PERMISSION, post_only=True)
def apply(request: HttpRequest, import_id: int) -> HttpResponse:
    found = _find(import_id)
    if not start_applying(contact_import=found, accept_doubtful="doubtful" in request.POST):
        messages.info(request, _("This import was confirmed already."))
    elif STEPS.apply_step(import_id=found.pk, seconds=AT_ONCE_SECONDS):
        publish(run_import, found.pk)
    return redirect("contacts:import", found.pk)


@needs(PERMISSION, post_only=True)
def decide(request: HttpRequest, import_id: int) -> HttpResponse:
    """Take one doubtful row, or leave it, or all like it."""
    found = _find(import_id)
    number, after = (whole_number(request.POST.get(name, "")) for name in ("number", "after"))
    what = request.POST.get("what", "")
    if number and what in DECISIONS:
        is_accepted, is_alike = DECISIONS[what]
        count = decide_doubtful(contact_import=found, number=number, is_accepted=is_accepted, is_alike=is_alike)
        messages.info(request, _told(count, is_accepted))
    place = f"&after={after}" if after else ""
    return redirect(f"{reverse('contacts:import', args=[found.pk])}?show=doubtful{place}")


def _told(count: int, is_accepted: bool) -> str:
    words = ngettext("%(count)s doubtful row is left out.", "%(count)s doubtful rows are left out.", count)
    if is_accepted:
        words = ngettext("%(count)s doubtful row will be imported.", "%(count)s doubtful rows will be imported.", count)
    return words % {"count": number_format(count, force_grouping=True)}


@needs(PERMISSION, post_only=True)
def discard(request: HttpRequest, import_id: int) -> HttpResponse:
    found = _find(import_id)
    if STEPS.discard(found):
        messages.success(request, _("Discarded. No contact was changed."))
        return redirect("contacts:import_upload")
    messages.info(request, _("This import cannot be discarded any more."))
    return redirect("contacts:import", found.pk)


@needs(PERMISSION)
def rejected_as_csv(request: HttpRequest, import_id: int) -> HttpResponseBase:
    found = _find(import_id)
    return offer_file(f"{_rejected_name(found)}.csv", rejected_csv(found, get_language() or ""))


@needs(PERMISSION)
def rejected_as_xlsx(request: HttpRequest, import_id: int) -> HttpResponseBase:
    found = _find(import_id)
    return offer_file(f"{_rejected_name(found)}.xlsx", rejected_xlsx(found, get_language() or ""))


def _rejected_name(found: ContactImport) -> str:
    return _("not-imported-%(number)d") % {"number": found.pk}


def _title(found: ContactImport) -> str:
    return _("Import of %(name)s") % {"name": found.file_name}


def _find(import_id: int) -> ContactImport:
    return get_object_or_404(ContactImport.objects.select_related("created_by"), pk=import_id)
