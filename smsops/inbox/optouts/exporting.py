"""Opt-outs for a spreadsheet, as they stand."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from contacts.guarding import needs
from providers.numbers import display
from providers.pages import offer_file
from providers.spreadsheets import UTF8_BOM, csv_lines, workbook_of
from smsops.inbox.models import Suppression, SuppressionReason

PERMISSION = "inbox.export_suppression"
# What a workbook is made of while the page waits; more goes as CSV, which is written as it is read.
MOST_ROWS = 100_000
COLUMNS = ("number", "reason", "created_at", "created_by__username", "note", "source_text")


@needs(PERMISSION)
def export_csv(request: HttpRequest) -> HttpResponseBase:
    return offer_file(f"{_name()}.csv", _csv(get_language() or ""))


@needs(PERMISSION)
def export_xlsx(request: HttpRequest) -> HttpResponseBase:
    """More than a workbook is quickly made of comes as CSV."""
    if Suppression.objects.order_by()[: MOST_ROWS + 1].count() > MOST_ROWS:
        return redirect("inbox:suppression_export_csv")
    return offer_file(f"{_name()}.xlsx", workbook_of(_("Opt-outs"), _rows()))


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
