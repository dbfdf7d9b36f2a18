"""The steps of an import, each a conditional move: begun, mapped, read, confirmed, applied, or discarded."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import PurePath
from typing import IO, Any

from django.db import DatabaseError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from contacts.file_models import FilePiece, StoredFile, store_file
from contacts.importing.applying import Overtaken, apply_chunk
from contacts.importing.headers import guess_mapping, has_header
from contacts.importing.models import ContactImport, ImportRow
from contacts.importing.plan import Planner
from contacts.importing.verdicts import Verdict
from contacts.uploads.cells import Row
from contacts.uploads.readers import is_blank, look_into, read_rows
from contacts.uploads.refusal import FileRefused
from contacts.uploads.sniffing import VCARD, XLSX
from providers.bulk import insert_rows
from providers.cleaning import clip

State = ContactImport.State
CHUNK = 1000
BLOCK = 1 << 20
SAMPLE_CELL = 60
STAGED = ("contact_import_id", "number", "verdict", "is_new", "mobile", "values", "changes", "notes", "cells", "doubt")
KEPT_FOR = timedelta(days=7)
PURGE_ROWS = 5000
TRIES = 5


def create_import(*, file: IO[bytes], name: str, actor: Any = None) -> ContactImport:
    """Look into the file, guess what its columns are, and keep it. Raises FileRefused, with nothing stored."""
    found = look_into(file)
    headers, sample = split_header(found.sample)
    file.seek(0)
    with transaction.atomic():
        stored = store_file(name=PurePath(name).name, blocks=iter(lambda: file.read(BLOCK), b""))
        return ContactImport.objects.create(
            file=stored,
            file_name=clip(PurePath(name).name, 200),
            kind=found.kind,
            encoding=found.encoding,
            blank_rows=found.blank_rows,
            has_header=any(headers),
            headers=headers,
            unread=[clip(title, 100) for title in found.unread],
            sample=[[clip(cell, SAMPLE_CELL) for cell in row] for row in sample[:5]],
            mapping=guess_mapping(headers, sample),
            rows_expected=count_rows(file, found.kind),
            created_by=actor,
        )


def count_rows(file: IO[bytes], kind: str) -> int:
    """About how many, for the progress bar; 0 where only reading would tell."""
    if kind == XLSX:
        return 0
    mark = b"BEGIN:VCARD" if kind == VCARD else b"\n"
    file.seek(0)
    return sum(block.count(mark) for block in iter(lambda: file.read(BLOCK), b""))


def split_header(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """(headers, rows below them); a list without headers has empty ones. As wide as the widest row."""
    width = max(map(len, rows))
    below = rows[1:] if has_header(rows[0]) else rows
    named = rows[0] if len(below) < len(rows) else []
    return [clip(cell.strip(), 200) for cell in [*named, *[""] * (width - len(named))]], below


@transaction.atomic
def start_reading(
    *, contact_import: ContactImport, mapping: Sequence[str], has_header: bool, create_groups: bool
) -> bool:
    """Read the file by this mapping; what was staged by another one is dropped. False where it is under way."""
    skipped = contact_import.blank_rows + has_header
    waiting = ContactImport.objects.filter(pk=contact_import.pk, state__in=[State.MAPPING, State.READY])
    counts = dict.fromkeys((verdict.value for verdict in Verdict), 0)
    if not waiting.update(
        state=State.READING, mapping=list(mapping), has_header=has_header, create_groups=create_groups,
        rows_read=skipped, last_number=skipped, accepted=0, touched_at=Now(), **counts,
    ):  # fmt: skip
        return False
    _drop_rows(contact_import.pk)
    return True


def read_step(*, import_id: int, seconds: float) -> bool:
    """Stage rows for so long; True while there are more."""
    contact_import = ContactImport.objects.filter(pk=import_id, state=State.READING).select_related("file").first()
    if contact_import is None or contact_import.file is None:
        return False
    until = time.monotonic() + seconds
    try:
        with closing(contact_import.file.as_file()) as file:
            return _read_until(contact_import, file, until)
    except FileRefused as refusal:
        fail_import(contact_import=contact_import, refusal=refusal)
    except Overtaken:
        pass
    return False


def _read_until(contact_import: ContactImport, file: IO[bytes], until: float) -> bool:
    planner = Planner(contact_import)
    with closing(_rows(contact_import, file)) as rows:
        while chunk := list(islice(rows, CHUNK)):
            staged = planner.plan(row for row in chunk if not is_blank(row[1]))
            stage_rows(contact_import=contact_import, staged=staged, read=len(chunk), last=chunk[-1][0])
            if time.monotonic() >= until:
                return True
    _move(contact_import, state=State.READY)
    return False


def _rows(contact_import: ContactImport, file: IO[bytes]) -> Generator[Row, None, None]:
    yield from read_rows(
        file,
        contact_import.kind,
        contact_import.encoding,
        skip=contact_import.rows_read,
        last=contact_import.last_number,
    )


@transaction.atomic
def stage_rows(*, contact_import: ContactImport, staged: Sequence[ImportRow], read: int, last: int) -> None:
    """Keep planned rows and count them, or raise Overtaken where another worker has read this piece."""
    counts = Counter(row.verdict for row in staged)
    _move(
        contact_import,
        rows_read=contact_import.rows_read + read,
        last_number=last,
        **{verdict.value: F(verdict.value) + counts[verdict] for verdict in Verdict if counts[verdict]},
    )
    insert_rows(ImportRow, STAGED, [[getattr(row, name) for name in STAGED] for row in staged])
    contact_import.rows_read += read
    contact_import.last_number = last


def _move(contact_import: ContactImport, **fields: Any) -> None:
    here = ContactImport.objects.filter(pk=contact_import.pk, state=State.READING, rows_read=contact_import.rows_read)
    if not here.update(touched_at=Now(), **fields):
        raise Overtaken


@transaction.atomic
def fail_import(*, contact_import: ContactImport, refusal: FileRefused) -> None:
    """Keep the reason, and nothing of the file."""
    at_work = ContactImport.objects.filter(pk=contact_import.pk, state=State.READING)
    if at_work.update(state=State.FAILED, error={"sentence": refusal.sentence, "what": refusal.what}, touched_at=Now()):
        _drop_rows(contact_import.pk)
        drop_file(contact_import=contact_import)


@transaction.atomic
def start_applying(*, contact_import: ContactImport, accept_doubtful: bool) -> bool:
    """What a person confirms; False where somebody has already. `accept_doubtful`: all of them, whatever was said."""
    waiting = ContactImport.objects.filter(pk=contact_import.pk, state=State.READY)
    accepted = {"accepted": F("doubtful")} if accept_doubtful else {}
    if not waiting.update(state=State.APPLYING, touched_at=Now(), **accepted):
        return False
    if accept_doubtful:
        _doubtful(contact_import).update(is_accepted=True)
    return True


@transaction.atomic
def decide_doubtful(*, contact_import: ContactImport, number: int, is_accepted: bool, is_alike: bool) -> int:
    """Take a doubtful row, or leave it; `is_alike`: and all with the same doubts. Returns how many that changed."""
    waiting = ContactImport.objects.filter(pk=contact_import.pk, state=State.READY)
    row = _doubtful(contact_import).filter(number=number).first()
    # The import comes first, so that nobody confirms it meanwhile.
    if not waiting.update(touched_at=Now()) or row is None:
        return 0
    rows = _doubtful(contact_import).filter(is_accepted=not is_accepted)
    rows = rows.filter(doubt=row.doubt) if is_alike else rows.filter(number=number)
    count = rows.update(is_accepted=is_accepted)
    waiting.update(accepted=F("accepted") + (count if is_accepted else -count))
    return count


def _doubtful(contact_import: ContactImport) -> QuerySet[ImportRow]:
    return ImportRow.objects.filter(contact_import=contact_import, verdict=Verdict.DOUBTFUL)


def apply_step(*, import_id: int, seconds: float) -> bool:
    """Apply rows for so long; True while there are more."""
    until = time.monotonic() + seconds
    tries = 0
    while (contact_import := ContactImport.objects.filter(pk=import_id, state=State.APPLYING).first()) is not None:
        try:
            if not apply_chunk(contact_import=contact_import):
                return False
            tries = 0
        except Overtaken:
            return False
        except DatabaseError:
            # Somebody added one of these numbers at this moment, or two imports waited for each other: once more.
            tries += 1
            if tries >= TRIES:
                raise
        if time.monotonic() >= until:
            return True
    return False


@transaction.atomic
def discard_import(*, contact_import: ContactImport) -> bool:
    """Forget the file and its rows; contacts that were imported stay. False while it is being imported."""
    waiting = ContactImport.objects.filter(pk=contact_import.pk, state__in=[State.MAPPING, State.READING, State.READY])
    if not waiting.update(state=State.DISCARDED, touched_at=Now()):
        return False
    _drop_rows(contact_import.pk)
    drop_file(contact_import=contact_import)
    return True


@transaction.atomic
def forget_import(*, contact_import: ContactImport, entirely: bool) -> None:
    """Drop the staged rows and the file of an import that nobody will look at; `entirely`: and that there was one."""
    _drop_rows(contact_import.pk)
    drop_file(contact_import=contact_import)
    if entirely:
        ContactImport.objects.filter(pk=contact_import.pk).delete()


def drop_file(*, contact_import: ContactImport) -> None:
    file_id, contact_import.file = contact_import.file_id, None
    ContactImport.objects.filter(pk=contact_import.pk).update(file=None)
    if file_id:
        _delete_file(file_id)


def _delete_file(file_id: int) -> None:
    FilePiece.objects.filter(file=file_id).delete()
    StoredFile.objects.filter(pk=file_id).delete()


def _drop_rows(import_id: int) -> None:
    ImportRow.objects.filter(contact_import=import_id).delete()


def purge_imports() -> None:
    """Forget the rows and files of old imports, some thousand at a time; who imported what, and when, stays."""
    old = ContactImport.objects.filter(touched_at__lt=timezone.now() - KEPT_FOR, file__isnull=False)
    for contact_import in old.exclude(state__in=[State.READING, State.APPLYING]).order_by("pk")[:1]:
        rows = ImportRow.objects.filter(contact_import=contact_import)
        pks = list(rows.values_list("pk", flat=True)[:PURGE_ROWS])
        ImportRow.objects.filter(pk__in=pks).delete()
        if len(pks) < PURGE_ROWS:
            with transaction.atomic():
                drop_file(contact_import=contact_import)
