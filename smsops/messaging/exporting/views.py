"""The list of messages as CSV, written as it is read, or as a workbook where it is short enough."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from contacts.exporting.forms import ExportForm
from contacts.exporting.writing import CSV, XLSX
from contacts.guarding import needs
from providers.pages import offer_file, show_page
from providers.spreadsheets import UTF8_BOM, csv_lines, workbook_of
from smsops.messaging.exporting.resources import MessageResource, file_name
from smsops.messaging.models import Message

PERMISSION = "messaging.export_message"
# What a workbook is made of while the page waits; more goes as CSV, which is written as it is read.
MOST_ROWS = 50_000
CHUNK = 1000


@needs(PERMISSION)
def start(request: HttpRequest) -> HttpResponseBase:
    """`?…` is the address of the list: its search and its filters."""
    query = request.META.get("QUERY_STRING", "")
    form = ExportForm(MessageResource, kind=CSV, data=request.POST or None)
    try:
        rows = listed_messages(request)
        count = rows.order_by()[: MOST_ROWS + 1].count()
    except IncorrectLookupParameters:
        return redirect("messaging:export")
    if request.method == "POST" and form.is_valid():
        if form.kind == CSV or count <= MOST_ROWS:
            return _answer(request, rows, form.kind)
        text = _("A workbook holds at most %(most)s messages here. Choose CSV, which may be of any length.")
        form.add_error("format", text % {"most": number_format(MOST_ROWS, force_grouping=True)})
    hint = _("One row per message, newest first. A long list takes a while to arrive.")
    back = f"{reverse('admin:messaging_message_changelist')}?{query}"
    context = {"form": form, "told": _told(count), "hint": hint, "back": back}
    return show_page(request, "uploads/export.html", _("Export messages"), context)


def listed_messages(request: HttpRequest) -> QuerySet[Message]:
    """What the list shows this person at this address. Raises IncorrectLookupParameters where it would show none."""
    listed = HttpRequest()
    listed.method, listed.user, listed.GET = "GET", request.user, request.GET
    return admin.site.get_model_admin(Message).get_changelist_instance(listed).get_queryset(listed)


def _told(count: int) -> str:
    if count > MOST_ROWS:
        return _("More than %(count)s messages, as the list shows them.") % {"count": number_format(MOST_ROWS)}
    words = ngettext("%(count)s message, as the list shows it.", "%(count)s messages, as the list shows them.", count)
    return words % {"count": number_format(count)}


def _answer(request: HttpRequest, rows: QuerySet[Message], kind: str) -> HttpResponseBase:
    resource = MessageResource(may_read_codes=request.user.has_perm("messaging.view_otp"))
    name = f"{file_name()}.{kind}"
    if kind == XLSX:
        return offer_file(name, workbook_of(_("Messages"), rows_of(rows, resource)))
    lines = csv_lines(_in_language(rows_of(rows, resource), get_language() or "en"))
    return offer_file(name, chain([UTF8_BOM], lines))


def rows_of(rows: QuerySet[Message], resource: MessageResource) -> Iterator[list[str]]:
    """The words above the columns, then every message, newest first; some thousand in memory."""
    yield resource.headers()
    rows = rows.select_related("account", "campaign", "created_by").order_by("-pk")
    found = list(rows[:CHUNK])
    while found:
        yield from (resource.row(message) for message in found)
        found = list(rows.filter(pk__lt=found[-1].pk)[:CHUNK])


def _in_language(rows: Iterator[list[str]], language: str) -> Iterator[list[str]]:
    """What is written after the answer has begun knows the reader's language no more."""
    while True:
        with override(language):
            row = next(rows, None)
        if row is None:
            return
        yield row
