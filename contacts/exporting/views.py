"""An export in two pages: choose the kind of file, and take it when it is ready."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.background import AT_ONCE_SECONDS, publish
from contacts.exporting.forms import ExportForm
from contacts.exporting.models import ContactExport
from contacts.exporting.tasks import run_export
from contacts.exporting.writing import XLSX, count_listed, create_export, export_step
from contacts.guarding import needs
from contacts.resources import ContactResource
from providers.pages import offer_file, progress_told, show_page

PERMISSION = "contacts.export_contact"
State = ContactExport.State
AT_ONCE_ROWS = 2000
MOST_COUNTED = 150_000


@needs(PERMISSION)
def start(request: HttpRequest) -> HttpResponse:
    """`?…` is the address of the list: its search and its filters."""
    query = request.META.get("QUERY_STRING", "")
    form = ExportForm(ContactResource, kind=XLSX, data=request.POST or None)
    try:
        count = count_listed(query, request.user, MOST_COUNTED + 1)
    except IncorrectLookupParameters:
        return redirect("contacts:export_start")
    if request.method == "POST" and form.is_valid():
        return _begin(request, form.kind, query, count)
    hint = _("With groups and merge fields. The file can be imported again.")
    back = f"{reverse('admin:contacts_contact_changelist')}?{query}"
    context = {"form": form, "told": _told(count), "hint": hint, "back": back}
    return show_page(request, "uploads/export.html", _("Export contacts"), context)


def _begin(request: HttpRequest, kind: str, query: str, count: int) -> HttpResponse:
    export = create_export(kind=kind, query=query, actor=request.user)
    if count > AT_ONCE_ROWS or export_step(export_id=export.pk, seconds=AT_ONCE_SECONDS):
        publish(run_export, export.pk)
    return redirect("contacts:export", export.pk)


def _told(count: int) -> str:
    if count > MOST_COUNTED:
        return _("More than %(count)s contacts, as the list shows them.") % {"count": number_format(MOST_COUNTED)}
    words = ngettext("%(count)s contact, as the list shows it.", "%(count)s contacts, as the list shows them.", count)
    return words % {"count": number_format(count)}


@needs(PERMISSION, is_own=True)
def show(request: HttpRequest, export_id: int) -> HttpResponse:
    export = _find(request, export_id)
    return show_page(
        request, "contacts/export/show.html", _("Export contacts"), {"export": export, "progress": _progress(export)}
    )


@needs(PERMISSION, is_own=True)
def progress(request: HttpRequest, export_id: int) -> JsonResponse:
    return JsonResponse(_progress(_find(request, export_id)))


def _progress(export: ContactExport) -> dict[str, Any]:
    words = ngettext("%(count)s contact was written.", "%(count)s contacts were written.", export.done)
    return progress_told(export.state, words, export.done, is_busy=export.state == State.RUNNING)


@needs(PERMISSION, is_own=True)
def download(request: HttpRequest, export_id: int) -> HttpResponseBase:
    export = _find(request, export_id)
    if export.file is None or export.state != State.DONE:
        raise Http404(_("This file is no longer kept. Export the list again."))
    response = offer_file(f"{_('contacts')}-{export.pk}.{export.kind}", export.file.pieces_read())
    response["Content-Length"] = str(export.file.size)
    return response


def _find(request: HttpRequest, export_id: int) -> ContactExport:
    """One's own: what the file holds depends on who asked for it."""
    return get_object_or_404(ContactExport.objects.select_related("file"), pk=export_id, created_by=request.user)
