"""Opt-outs for a spreadsheet, as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from contacts.guarding import needs
from providers.numbers import display
from providers.spreadsheets import UTF8_BOM, TextWorkbook, csv_lines
from smsops.inbox.models import Suppression, SuppressionReason

PERMISSION = "inbox.export_suppression"
# What a workbook is made of while the page waits; more goes as CSV, which is written as it is read.
MOST_ROWS = 100_000
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = ("number", "reason", "created_at", "created_by__username", "note", "source_text")


@needs(PERMISSION)
def export_csv(request: HttpRequest) -> HttpResponseBase:
    response = StreamingHttpResponse(_csv(get_language() or ""), content_type=CSV)
    response["Content-Disposition"] = f'attachment; filename="{_name()}.csv"'
    return response


@needs(PERMISSION)
def export_xlsx(request: HttpRequest) -> HttpResponseBase:
    """More than a workbook is quickly made of comes as CSV."""
    if Suppression.objects.order_by()[: MOST_ROWS + 1].count() > MOST_ROWS:
        return redirect("inbox:suppression_export_csv")
    file = BytesIO()
    with TextWorkbook(file, _("Opt-outs")) as book:
        for place, row in enumerate(_rows()):
            book.add_row(row, is_header=place == 0)
    disposition = f'attachment; filename="{_name()}.xlsx"'
    return HttpResponse(file.getvalue(), content_type=XLSX, headers={"Content-Disposition": disposition})


def _name() -> str:
    return f"opt-outs-{timezone.localdate():%Y-%m-%d}"


def _csv(language: str) -> Iterator[bytes]:
    with override(language):
        yield UTF8_BOM
        yield from csv_lines(_rows())


def _rows() -> Iterator[list[str]]:
    """The words above the columns, then every opt-out; nothing is kept in memory."""
    yield [_("Number"), _("Reason"), _("Since"), _("Entered by"), _("Note"), _("What was written")]
    reasons = dict(SuppressionReason.choices)
    found = Suppression.objects.order_by("id").values_list(*COLUMNS)
    for number, reason, since, person, note, written in found.iterator(chunk_size=2000):
        moment = timezone.localtime(since).strftime("%Y-%m-%d %H:%M:%S")
        yield [display(number), str(reasons[reason]), moment, person or "", note, written]
