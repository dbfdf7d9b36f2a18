"""The steps of an import of opt-outs, each a conditional move: begun, read, confirmed, applied, or discarded."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import PurePath
from typing import IO, Any

from django.db import DatabaseError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_noop

from contacts.file_models import FilePiece, StoredFile, store_file
from contacts.importing.doctor import DIGITS_LOST, ROUNDED, repair_number
from contacts.importing.headers import MOBILE, guess_mapping
from contacts.importing.services import split_header
from contacts.uploads.cells import Row
from contacts.uploads.readers import is_blank, look_into, read_rows
from contacts.uploads.refusal import FileRefused
from providers.bulk import insert_rows
from providers.cleaning import clip
from smsops.inbox.models import SuppressionReason
from smsops.inbox.optouts.importing.models import SuppressionImport, SuppressionImportRow
from smsops.inbox.suppressions import add_suppressions, opted_out

State, Verdict = SuppressionImport.State, SuppressionImportRow.Verdict
NO_NUMBERS = gettext_noop("No column of the file holds telephone numbers. Name one “number” and upload it again.")
CHUNK = 2000
BLOCK = 1 << 20
LONGEST_SPELLING = 100
KEPT_FOR = timedelta(days=7)
PURGE_ROWS = 5000
TRIES = 5
STAGED = ("parent_id", "place", "verdict", "number", "spelling", "reason")
# (place in the file, E.164 or "", as written, why it is refused)
Read = tuple[int, str, str, str]


class Overtaken(Exception):
    """Another worker has done this piece, or a person has ended the import."""


def create_suppression_import(*, file: IO[bytes], name: str, note: str, actor: Any = None) -> SuppressionImport:
    """Look into the file, find its column of numbers, and keep it. Raises FileRefused, with nothing stored."""
    found = look_into(file)
    headers, sample = split_header(found.sample)
    mapping = guess_mapping(headers, sample)
    if MOBILE not in mapping:
        raise FileRefused(NO_NUMBERS)
    skipped = found.blank_rows + any(headers)
    file.seek(0)
    with transaction.atomic():
        stored = store_file(name=PurePath(name).name, blocks=iter(lambda: file.read(BLOCK), b""))
        return SuppressionImport.objects.create(
            file=stored, file_name=clip(PurePath(name).name, 200), kind=found.kind, encoding=found.encoding,
            column=mapping.index(MOBILE), note=clip(note, 300), rows_read=skipped, last_number=skipped,
            created_by=actor,
        )  # fmt: skip


# --- reading ---------------------------------------------------------------------------------------------------------


def read_step(*, import_id: int, seconds: float) -> bool:
    """Stage numbers for so long; True while there are more."""
    found = SuppressionImport.objects.filter(pk=import_id, state=State.READING).select_related("file").first()
    if found is None or found.file is None:
        return False
    until = time.monotonic() + seconds
    try:
        with closing(found.file.as_file()) as file:
            return _read_until(found, file, until)
    except FileRefused as refusal:
        fail_suppression_import(found=found, refusal=refusal)
    except Overtaken:
        pass
    return False


def _read_until(found: SuppressionImport, file: IO[bytes], until: float) -> bool:
    rows = read_rows(file, found.kind, found.encoding, skip=found.rows_read, last=found.last_number)
    while chunk := list(islice(rows, CHUNK)):
        stage_numbers(found=found, chunk=chunk)
        if time.monotonic() >= until:
            return True
    _move(_reading(found), state=State.READY)
    return False


@transaction.atomic
def stage_numbers(*, found: SuppressionImport, chunk: list[Row]) -> None:
    """Keep what some rows of the file hold, or raise Overtaken."""
    staged = list(_judge(found, list(_numbers(found, chunk))))
    counts = Counter(verdict for _parent, _place, verdict, *_rest in staged)
    read = {"rows_read": found.rows_read + len(chunk), "last_number": chunk[-1][0]}
    _move(_reading(found), **read, **{verdict: F(verdict) + count for verdict, count in counts.items()})
    insert_rows(SuppressionImportRow, STAGED, staged)
    found.rows_read, found.last_number = read["rows_read"], read["last_number"]


def _numbers(found: SuppressionImport, chunk: Iterable[Row]) -> Iterator[Read]:
    """Every number of the cell; one that a spreadsheet has rounded is somebody else's."""
    for place, cells in chunk:
        if is_blank(cells):
            continue
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
def fail_suppression_import(*, found: SuppressionImport, refusal: FileRefused) -> None:
    """Keep the reason, and nothing of the file."""
    at_work = SuppressionImport.objects.filter(pk=found.pk, state=State.READING)
    if at_work.update(state=State.FAILED, error={"sentence": refusal.sentence, "what": refusal.what}, touched_at=Now()):
        _forget(found)


# --- applying --------------------------------------------------------------------------------------------------------


def start_applying(*, found: SuppressionImport) -> bool:
    """What a person confirms; False where somebody has already."""
    waiting = SuppressionImport.objects.filter(pk=found.pk, state=State.READY)
    return bool(waiting.update(state=State.APPLYING, touched_at=Now()))


def apply_step(*, import_id: int, seconds: float) -> bool:
    """Opt numbers out for so long; True while there are more."""
    until = time.monotonic() + seconds
    tries = 0
    while (found := SuppressionImport.objects.filter(pk=import_id, state=State.APPLYING).first()) is not None:
        try:
            if not apply_numbers(found=found):
                return False
            tries = 0
        except Overtaken:
            return False
        except DatabaseError:
            # One of these numbers opted out by itself at this moment, or two imports waited for each other.
            tries += 1
            if tries >= TRIES:
                raise
        if time.monotonic() >= until:
            return True
    return False


@transaction.atomic
def apply_numbers(*, found: SuppressionImport) -> bool:
    """The next some thousand; False at the end. Raises Overtaken."""
    here = SuppressionImport.objects.filter(pk=found.pk, state=State.APPLYING, applied_to=found.applied_to)
    rows = found.rows.filter(verdict=Verdict.NEW, pk__gt=found.applied_to).order_by("pk")
    chunk = list(rows.values_list("pk", "number")[:CHUNK])
    if not chunk:
        _move(here, state=State.DONE)
        return False
    _move(here, applied_to=chunk[-1][0])
    added = add_suppressions(
        numbers=[number for _pk, number in chunk], reason=SuppressionReason.IMPORTED, note=found.note,
        actor=found.created_by,
    )  # fmt: skip
    SuppressionImport.objects.filter(pk=found.pk).update(applied=F("applied") + added)
    return True


@transaction.atomic
def discard_suppression_import(*, found: SuppressionImport) -> bool:
    """Forget the file and its numbers. False once it is confirmed."""
    waiting = SuppressionImport.objects.filter(pk=found.pk, state__in=[State.READING, State.READY])
    if not waiting.update(state=State.DISCARDED, touched_at=Now()):
        return False
    _forget(found)
    return True


def purge_suppression_imports() -> None:
    """Forget the numbers and files of old imports, some thousand at a time; who imported what, and when, stays."""
    old = SuppressionImport.objects.filter(touched_at__lt=timezone.now() - KEPT_FOR, file__isnull=False)
    for found in old.exclude(state__in=[State.READING, State.APPLYING]).order_by("pk")[:1]:
        # What nobody confirmed in time can no longer be: half of it may be gone.
        SuppressionImport.objects.filter(pk=found.pk, state=State.READY).update(state=State.DISCARDED)
        pks = list(found.rows.values_list("pk", flat=True)[:PURGE_ROWS])
        SuppressionImportRow.objects.filter(pk__in=pks).delete()
        if len(pks) < PURGE_ROWS:
            with transaction.atomic():
                _forget(found)


def _reading(found: SuppressionImport) -> QuerySet[SuppressionImport]:
    return SuppressionImport.objects.filter(pk=found.pk, state=State.READING, rows_read=found.rows_read)


def _move(here: QuerySet[SuppressionImport], **fields: Any) -> None:
    if not here.update(touched_at=Now(), **fields):
        raise Overtaken


def _forget(found: SuppressionImport) -> None:
    SuppressionImportRow.objects.filter(parent=found).delete()
    SuppressionImport.objects.filter(pk=found.pk).update(file=None)
    if file_id := found.file_id:
        FilePiece.objects.filter(file=file_id).delete()
        StoredFile.objects.filter(pk=file_id).delete()
