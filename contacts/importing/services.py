"""The steps of an import, each a conditional move: begun, mapped, read, confirmed, applied, or discarded."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import IO, Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from contacts.importing.applying import apply_chunk
from contacts.importing.headers import guess_mapping, split_header
from contacts.importing.models import ContactImport, ImportRow
from contacts.importing.plan import Planner
from contacts.importing.verdicts import Verdict
from contacts.uploads.keeping import BLOCK, keep_file
from contacts.uploads.readers import look_into
from contacts.uploads.sniffing import VCARD, XLSX
from contacts.uploads.steps import Plan, Steps
from providers.cleaning import clip

State = ContactImport.State
SAMPLE_CELL = 60
STAGED = ("contact_import_id", "number", "verdict", "is_new", "mobile", "values", "changes", "notes", "cells", "doubt")


def create_import(*, file: IO[bytes], name: str, actor: Any = None) -> ContactImport:
    """Look into the file, guess what its columns are, and keep it. Raises FileRefused, with nothing stored."""
    found = look_into(file)
    headers, sample = split_header(found.sample)
    with transaction.atomic():
        stored = keep_file(file=file, name=name)
        return ContactImport.objects.create(
            file=stored,
            file_name=stored.name,
            kind=found.kind,
            encoding=found.encoding,
            blank_rows=found.blank_rows,
            has_header=any(headers),
            headers=headers,
            sheets=found.sheets,
            unread=found.unread,
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
    STEPS.rows_of(contact_import.pk).delete()
    return True


@transaction.atomic
def start_applying(*, contact_import: ContactImport, accept_doubtful: bool) -> bool:
    """What a person confirms; False where somebody has already. `accept_doubtful`: all of them, whatever was said."""
    if not STEPS.start_applying(contact_import, **({"accepted": F("doubtful")} if accept_doubtful else {})):
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


@transaction.atomic
def forget_import(*, contact_import: ContactImport, entirely: bool) -> None:
    """Drop the staged rows and the file of an import that nobody will look at; `entirely`: and that there was one."""
    STEPS.forget(contact_import)
    if entirely:
        ContactImport.objects.filter(pk=contact_import.pk).delete()


def _plan(contact_import: ContactImport) -> Plan:
    planner, columns = Planner(contact_import), attrgetter(*STAGED)
    return lambda rows: map(columns, planner.plan(rows))


STEPS = Steps(
    ContactImport, ImportRow, STAGED, _plan, apply=lambda contact_import: apply_chunk(contact_import=contact_import)
)
