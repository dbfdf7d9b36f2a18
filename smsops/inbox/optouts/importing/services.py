"""The steps of an import of opt-outs, each a conditional move: begun, read, confirmed, applied, or discarded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from contacts.importing.doctor import DIGITS_LOST, ROUNDED, repair_number
from contacts.importing.headers import MOBILE, guess_mapping, split_header
from contacts.uploads.cells import Row
from contacts.uploads.keeping import keep_file
from contacts.uploads.readers import look_into
from contacts.uploads.refusal import FileRefused
from contacts.uploads.steps import CHUNK, Plan, Steps, advance
from providers.cleaning import clip
from smsops.inbox.models import SuppressionReason
from smsops.inbox.optouts.importing.models import SuppressionImport, SuppressionImportRow
from smsops.inbox.suppressions import add_suppressions, opted_out

State, Verdict = SuppressionImport.State, SuppressionImportRow.Verdict
NO_NUMBERS = gettext_noop("No column of the file holds telephone numbers. Name one “number” and upload it again.")
LONGEST_SPELLING = 100
STAGED = ("parent_id", "place", "verdict", "number", "spelling", "reason")
# (place in the file, E.164 or "", as written, why it is refused)
Read = tuple[int, str, str, str]


def create_suppression_import(*, file: IO[bytes], name: str, note: str, actor: Any = None) -> SuppressionImport:
    """Look into the file, find its column of numbers, and keep it. Raises FileRefused, with nothing stored."""
    found = look_into(file)
    headers, sample = split_header(found.sample)
    mapping = guess_mapping(headers, sample)
    if MOBILE not in mapping:
        raise FileRefused(NO_NUMBERS)
    skipped = found.blank_rows + any(headers)
    with transaction.atomic():
        stored = keep_file(file=file, name=name)
        return SuppressionImport.objects.create(
            file=stored, file_name=stored.name, kind=found.kind, encoding=found.encoding, sheets=found.sheets,
            column=mapping.index(MOBILE), note=clip(note, 300), rows_read=skipped, last_number=skipped,
            created_by=actor,
        )  # fmt: skip


def _plan(found: SuppressionImport) -> Plan:
    return lambda rows: _judge(found, list(_numbers(found, rows)))


def _numbers(found: SuppressionImport, chunk: Iterable[Row]) -> Iterator[Read]:
    """Every number of the cell; one that a spreadsheet has rounded is somebody else's."""
    for place, cells in chunk:
        cell = cells[found.column] if found.column < len(cells) else ""
        reading = repair_number(cell)
        spelling = clip(cell.strip(), LONGEST_SPELLING)
        if reading.number is None or ROUNDED in reading.notes:
            yield place, "", spelling, reading.reason or DIGITS_LOST
            continue
        for number in (reading.number, *reading.others):
            yield place, number, spelling, ""


def _judge(found: SuppressionImport, read: list[Read]) -> Iterator[tuple[Any, ...]]:
    numbers = {number for _place, number, _spelling, _reason in read if number}
    before = SuppressionImportRow.objects.filter(parent=found, number__in=numbers).exclude(number="")
    seen, known = set(before.values_list("number", flat=True)), opted_out(numbers)
    for place, number, spelling, reason in read:
        verdict = _verdict(number, seen, known)
        seen.add(number)
        yield found.pk, place, verdict.value, number, spelling if reason else "", reason


def _verdict(number: str, seen: set[str], known: set[str]) -> SuppressionImportRow.Verdict:
    if not number:
        return Verdict.REFUSED
    if number in seen:
        return Verdict.REPEATED
    return Verdict.KNOWN if number in known else Verdict.NEW


@transaction.atomic
def apply_numbers(*, found: SuppressionImport) -> bool:
    """The next some thousand; False at the end. Raises Overtaken."""
    here = SuppressionImport.objects.filter(pk=found.pk, state=State.APPLYING, applied_to=found.applied_to)
    # What was known when the file was read may have been lifted since, or stand for another list's sake alone.
    rows = found.rows.filter(verdict__in=[Verdict.NEW, Verdict.KNOWN], pk__gt=found.applied_to).order_by("pk")
    chunk = list(rows.values_list("pk", "number")[:CHUNK])
    if not chunk:
        advance(here, state=State.DONE)
        return False
    advance(here, applied_to=chunk[-1][0])
    added = add_suppressions(
        numbers=[number for _pk, number in chunk], reason=SuppressionReason.IMPORTED, note=found.note,
        actor=found.created_by, only_from=found.pk,
    )  # fmt: skip
    SuppressionImport.objects.filter(pk=found.pk).update(applied=F("applied") + added)
    return True


STEPS = Steps(SuppressionImport, SuppressionImportRow, STAGED, _plan, apply=lambda found: apply_numbers(found=found))
