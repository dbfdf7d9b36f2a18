"""What does not agree with the providers' statements, for the workbook and for a letter to the provider."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from smsops.reports.monthly.book import COUNT, MOMENT, TEXT, Book, Column, Written, write_table
from smsops.reports.monthly.names import Names
from smsops.reports.monthly.selection import Selection
from smsops.reports.statements.models import Statement, StatementLine

Verdict = StatementLine.Verdict
IN_ORDER = (Verdict.OPEN, Verdict.AGREED)
CHUNK = 2000


def disputed_lines(selection: Selection) -> QuerySet[StatementLine]:
    """Of the statements of this month and these accounts that are compared."""
    done = Statement.objects.filter(
        month=selection.month.first, account__in=selection.account_ids, state=Statement.State.DONE
    )
    return StatementLine.objects.filter(statement__in=done).exclude(verdict__in=IN_ORDER).order_by("pk")


def write_disputes(book: Book, sheet: Any, selection: Selection, names: Names) -> Written:
    columns = [
        Column(_("Account"), TEXT, 18), Column(_("Finding"), TEXT, 30), Column(_("Statement"), TEXT, 24),
        Column(_("Row"), TEXT, 8), Column(_("Provider's id"), TEXT, 24), Column(_("Number"), TEXT, 16),
        Column(_("Time"), MOMENT, 19), Column(_("Segments"), COUNT, 10), Column(_("Their price"), "cents", 12),
        Column(_("Our cost"), "cents", 12), Column(_("Our reference"), TEXT, 27), Column(_("Our status"), TEXT, 18),
    ]  # fmt: skip
    empty = _("Nothing to dispute: no statement was compared, or all of it agrees.")
    return write_table(book, sheet, columns, _rows(selection, names), total="", empty=empty)


def _rows(selection: Selection, names: Names) -> Iterator[list[Any]]:
    zone = timezone.get_default_timezone()
    lines = disputed_lines(selection).select_related("statement", "message")
    for line in lines.iterator(CHUNK):
        message = line.message
        status = (message.booked_status or message.status) if message else ""
        yield [
            names.accounts[line.statement.account_id], str(Verdict(line.verdict).label), line.statement.file_name,
            line.row, line.provider_message_id, line.recipient, _local(line.at, zone), line.segments, line.price,
            line.our_cost, message.reference if message else "", names.statuses.get(status, ""),
        ]  # fmt: skip


def _local(at: datetime | None, zone: Any) -> datetime | None:
    return at.astimezone(zone).replace(tzinfo=None) if at else None
