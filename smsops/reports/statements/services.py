"""The steps of a statement: uploaded, its columns confirmed, read, matched, and searched for what it leaves out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from typing import IO, Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, F
from django.db.models.functions import Now
from django.utils.translation import gettext_noop as _

from contacts.uploads.keeping import drop_file, keep_file
from contacts.uploads.readers import look_into, read_rows
from contacts.uploads.refusal import FileRefused
from contacts.uploads.sniffing import VCARD
from providers.bulk import insert_rows
from providers.cleaning import clip
from providers.models import Account
from smsops.reports.monthly.closing import select_month
from smsops.reports.monthly.definitions import BILLABLE
from smsops.reports.monthly.month import Month
from smsops.reports.rollup_rules import moment
from smsops.reports.statements.columns import guess_columns, read_charge
from smsops.reports.statements.matching import Matcher
from smsops.reports.statements.models import Statement, StatementLine, StatementMapping

State, Verdict = Statement.State, StatementLine.Verdict
CHUNK = 500
SAMPLE_CELL = 60
LINE = ("statement_id", "number", "provider_message_id", "recipient", "at", "segments", "price", "verdict",
        "message_id", "our_cost")  # fmt: skip
AT_WORK = (State.READING, State.MATCHING, State.GUESSING, State.SEARCHING)


def create_statement(*, file: IO[bytes], name: str, account: Account, month: Month, actor: Any) -> Statement:
    """Look into the file and keep it. Raises FileRefused, with nothing stored."""
    found = look_into(file)
    if found.kind == VCARD:
        raise FileRefused(_("This is a file of contacts. Choose the provider's usage export as CSV or XLSX."))
    headers = [clip(cell.strip(), 200) for cell in found.sample[0]]
    known = StatementMapping.objects.filter(provider=account.provider).values_list("columns", flat=True).first() or {}
    with transaction.atomic():
        stored = keep_file(file=file, name=name)
        return Statement.objects.create(
            account=account, month=month.first, file=stored, file_name=stored.name, kind=found.kind,
            encoding=found.encoding, headers=headers, mapping=guess_columns(headers, known), created_by=actor,
            blank_rows=found.blank_rows, sheets=found.sheets,
            sample=[[clip(cell, SAMPLE_CELL) for cell in row] for row in found.sample[1:4]],
        )  # fmt: skip


@transaction.atomic
def start_statement(*, statement: Statement, mapping: Sequence[str]) -> bool:
    """Begin to read by this mapping, and remember it for the provider. False where it has begun."""
    here = Statement.objects.filter(pk=statement.pk, state=State.MAPPING)
    first = statement.blank_rows + 1
    if not here.update(state=State.READING, mapping=list(mapping), position=first, last_number=first, touched_at=Now()):
        return False
    columns = {header: target for header, target in zip(statement.headers, mapping, strict=False) if header}
    StatementMapping.objects.update_or_create(provider=statement.account.provider, defaults={"columns": columns})
    return True


@transaction.atomic
def delete_statement(*, statement: Statement) -> None:
    """With its lines and its file: as if it had never been uploaded."""
    StatementLine.objects.filter(statement=statement).delete()
    Statement.objects.filter(pk=statement.pk).delete()
    drop_file(file_id=statement.file_id)


def statement_step(*, statement_id: int, seconds: float) -> bool:
    """Go on for so long; True while there is more."""
    until = time.monotonic() + seconds
    steps = {State.READING: _read, State.MATCHING: _match, State.GUESSING: _guess, State.SEARCHING: _search}
    rows = Statement.objects.select_related("account", "file").filter(state__in=AT_WORK)
    while (statement := rows.filter(pk=statement_id).first()) is not None:
        try:
            is_ours = steps[State(statement.state)](statement, until)
        except FileRefused as refusal:
            _fail(statement, refusal)
            return False
        if not is_ours:
            return False
        if time.monotonic() >= until:
            return rows.filter(pk=statement_id).exists()
    return False


def _fail(statement: Statement, refusal: FileRefused) -> None:
    error = {"sentence": refusal.sentence, "what": refusal.what}
    Statement.objects.filter(pk=statement.pk).update(state=State.FAILED, error=error, touched_at=Now())


def _move(statement: Statement, **changes: Any) -> bool:
    here = Statement.objects.filter(pk=statement.pk, state=statement.state, position=statement.position)
    moved = bool(here.update(touched_at=Now(), **changes))
    for name, value in changes.items():
        if moved and name in ("state", "position", "last_number"):
            setattr(statement, name, value)
    return moved


# --- reading ---------------------------------------------------------------------------------------------------------


def _read(statement: Statement, until: float) -> bool:
    """Rows from where the last step ended; the file is opened once a step."""
    if statement.file is None:
        raise FileRefused(_("The file is no longer kept. Upload it again."))
    with closing(statement.file.as_file()) as file:
        rows = read_rows(file, statement.kind, statement.encoding, skip=statement.position, last=statement.last_number)
        while True:
            chunk = list(islice(rows, CHUNK))
            if not _store_chunk(statement, chunk):
                return False
            if len(chunk) < CHUNK or time.monotonic() >= until:
                return True


@transaction.atomic
def _store_chunk(statement: Statement, chunk: list[tuple[int, list[str]]]) -> bool:
    zone = ZoneInfo(statement.account.time_zone)
    charges = [(number, read_charge(cells, statement.mapping, zone)) for number, cells in chunk]
    lines = [
        (statement.pk, number, each.provider_message_id, each.recipient, each.at, each.segments, each.price, "", None,
         None)
        for number, each in charges if each is not None
    ]  # fmt: skip
    is_last = len(chunk) < CHUNK
    counted = {"lines_read": F("lines_read") + len(lines), "unreadable": F("unreadable") + len(chunk) - len(lines)}
    position = 0 if is_last else statement.position + len(chunk)
    state = State.MATCHING if is_last else State.READING
    last_number = chunk[-1][0] if chunk else statement.last_number
    if not _move(statement, position=position, last_number=last_number, state=state, **counted):
        return False
    insert_rows(StatementLine, LINE, lines)
    return True


# --- matching --------------------------------------------------------------------------------------------------------


def _match(statement: Statement, until: float) -> bool:
    return _decide(statement, Matcher(statement).by_id, State.GUESSING)


def _guess(statement: Statement, until: float) -> bool:
    return _decide(statement, Matcher(statement).by_number, State.SEARCHING)


@transaction.atomic
def _decide(statement: Statement, decide: Any, following: str) -> bool:
    """The next lines that are open."""
    found = StatementLine.objects.filter(statement=statement, verdict="", pk__gt=statement.position)
    lines = list(found.order_by("pk")[:CHUNK])
    if not lines:
        return _move(statement, state=following, position=0)
    if not _move(statement, position=lines[-1].pk):
        return False
    decide(lines)
    changed = [line for line in lines if line.verdict]
    StatementLine.objects.bulk_update(changed, ["verdict", "message", "our_cost"], batch_size=CHUNK)
    return True


def _search(statement: Statement, until: float) -> bool:
    """Messages of ours that are billable, and that no line stands for: once through the month."""
    selection = select_month(statement.period, [statement.account])
    bounds = selection.bounds()
    if bounds is None or statement.position >= bounds[1]:
        return _finish(statement)
    matcher = Matcher(statement)
    for window in selection.windows((max(bounds[0], statement.position + 1), bounds[1])):
        rows = list(window.annotate(at=moment()).defer("text"))
        if not _store_ours(statement, matcher, rows):
            return False
        if time.monotonic() >= until:
            return True
    return _move(statement, position=bounds[1])


@transaction.atomic
def _store_ours(statement: Statement, matcher: Matcher, rows: Sequence[Any]) -> bool:
    if not rows:
        return True
    billable = [row for row in rows if (row.booked_status or row.status) in BILLABLE]
    listed = StatementLine.objects.filter(statement=statement, message__in=[row.pk for row in billable])
    known = set(listed.values_list("message_id", flat=True))
    lines = [
        (statement.pk, None, row.provider_message_id, row.recipient, row.at, row.segments, None, Verdict.OURS.value,
         row.pk, matcher.cost_of(row, row.booked_status or row.status))
        for row in billable if row.pk not in known
    ]  # fmt: skip
    if not _move(statement, position=rows[-1].pk):
        return False
    insert_rows(StatementLine, LINE, lines)
    return True


def _finish(statement: Statement) -> bool:
    rows = StatementLine.objects.filter(statement=statement).order_by()
    counts = dict(rows.values_list("verdict").annotate(Count("pk")))
    return _move(statement, state=State.DONE, counts=counts)
