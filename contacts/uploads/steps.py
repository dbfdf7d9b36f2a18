"""How an import goes on: its rows staged, confirmed, applied or discarded, and forgotten.

Each is a conditional move: of two workers, or two clicks, one does it, and what the other has done is undone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import IO, Any, Generic, TypeVar

from django.db import DatabaseError, models, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from contacts.uploads.cells import Row
from contacts.uploads.keeping import drop_file
from contacts.uploads.models import StagedImport
from contacts.uploads.readers import is_blank, read_rows
from contacts.uploads.refusal import FileRefused
from providers.bulk import insert_rows

CHUNK = 2000
PURGE_ROWS = 5000
TRIES = 5
KEPT_FOR = timedelta(days=7)
# As the `State` of every import spells them.
MAPPING, READING, READY, APPLYING = "mapping", "reading", "ready", "applying"
FAILED, DISCARDED = "failed", "discarded"
Import = TypeVar("Import", bound=StagedImport)
Plan = Callable[[list[Row]], Iterable[Sequence[Any]]]


class Overtaken(Exception):
    """Another worker has done this piece, or a person has ended the import."""


def advance(here: QuerySet[Any], **fields: Any) -> None:
    """Move the import on, only from where we believed it to be. Raises Overtaken."""
    if not here.update(touched_at=Now(), **fields):
        raise Overtaken


@dataclass(frozen=True)
class Steps(Generic[Import]):
    """`plan` makes, of rows of the file, rows for these `columns` of ours, a verdict among them, and writes nothing;
    `apply` applies the next staged rows in one transaction, and is False once there are none."""

    model: type[Import]
    row: type[models.Model]
    columns: tuple[str, ...]
    plan: Callable[[Import], Plan]
    apply: Callable[[Import], bool]

    def among(self, import_id: int, *states: str) -> QuerySet[Import]:
        return self.model._default_manager.filter(pk=import_id, state__in=states)

    def at_work(self) -> QuerySet[Import]:
        return self.model._default_manager.filter(state__in=[READING, APPLYING])

    def rows_of(self, import_id: int) -> QuerySet[Any]:
        parent = self.columns[0]
        return self.row._default_manager.filter(**{parent: import_id})

    # --- reading -----------------------------------------------------------------------------------------------------

    def read_step(self, *, import_id: int, seconds: float) -> bool:
        """Stage rows for so long; True while there are more."""
        found = self.among(import_id, READING).select_related("file").first()
        if found is None or found.file is None:
            return False
        until = time.monotonic() + seconds
        try:
            with closing(found.file.as_file()) as file:
                return self._read_until(found, file, until)
        except FileRefused as refusal:
            self._fail(found, refusal)
        except Overtaken:
            pass
        return False

    def _read_until(self, found: Import, file: IO[bytes], until: float) -> bool:
        plan = self.plan(found)
        with closing(read_rows(file, found.kind, found.encoding, skip=found.rows_read, last=found.last_number)) as rows:
            while chunk := list(islice(rows, CHUNK)):
                self._stage(found, plan([row for row in chunk if not is_blank(row[1])]), len(chunk), chunk[-1][0])
                if time.monotonic() >= until:
                    return True
        advance(self._reading(found), state=READY)
        return False

    @transaction.atomic
    def _stage(self, found: Import, planned: Iterable[Sequence[Any]], count: int, last: int) -> None:
        """Keep what was planned and count it, or raise Overtaken where another worker has read this piece."""
        staged, verdict = list(planned), self.columns.index("verdict")
        counts = Counter(str(row[verdict]) for row in staged)
        read = {"rows_read": found.rows_read + count, "last_number": last}
        advance(self._reading(found), **read, **{name: F(name) + number for name, number in counts.items()})
        insert_rows(self.row, self.columns, staged)
        found.rows_read, found.last_number = read["rows_read"], last

    def _reading(self, found: Import) -> QuerySet[Import]:
        return self.among(found.pk, READING).filter(rows_read=found.rows_read)

    @transaction.atomic
    def _fail(self, found: Import, refusal: FileRefused) -> None:
        """Keep the reason, and nothing of the file."""
        error = {"sentence": refusal.sentence, "what": refusal.what}
        if self.among(found.pk, READING).update(state=FAILED, error=error, touched_at=Now()):
            self.forget(found)

    # --- applying ----------------------------------------------------------------------------------------------------

    def start_applying(self, found: Import, **changes: Any) -> bool:
        """What a person confirms; False where somebody has already."""
        return bool(self.among(found.pk, READY).update(state=APPLYING, touched_at=Now(), **changes))

    def apply_step(self, *, import_id: int, seconds: float) -> bool:
        """Apply rows for so long; True while there are more."""
        until = time.monotonic() + seconds
        tries = 0
        while (found := self.among(import_id, APPLYING).first()) is not None:
            try:
                if not self.apply(found):
                    return False
                tries = 0
            except Overtaken:
                return False
            except DatabaseError:
                # Somebody wrote one of these numbers at this moment, or two imports waited for each other: once more.
                tries += 1
                if tries >= TRIES:
                    raise
            if time.monotonic() >= until:
                return True
        return False

    def go_on(self, *, import_id: int, seconds: float) -> bool:
        """Whichever of the two it is at; True while there is more."""
        steps = (self.read_step, self.apply_step)
        return any(step(import_id=import_id, seconds=seconds) for step in steps)

    # --- forgetting --------------------------------------------------------------------------------------------------

    @transaction.atomic
    def discard(self, found: Import) -> bool:
        """Forget the file and its rows. False once it is confirmed."""
        if not self.among(found.pk, MAPPING, READING, READY).update(state=DISCARDED, touched_at=Now()):
            return False
        self.forget(found)
        return True

    @transaction.atomic
    def forget(self, found: Import) -> None:
        """Drop the staged rows and the file; who imported what, and when, stays."""
        self.rows_of(found.pk).delete()
        file_id, found.file = found.file_id, None
        self.model._default_manager.filter(pk=found.pk).update(file=None)
        drop_file(file_id=file_id)

    def purge(self) -> None:
        """Forget old imports, some thousand rows at a time."""
        old = self.model._default_manager.filter(touched_at__lt=timezone.now() - KEPT_FOR, file__isnull=False)
        for found in old.exclude(state__in=[READING, APPLYING]).order_by("pk")[:1]:
            # What nobody confirmed in time can no longer be: half of it may be gone.
            self.among(found.pk, MAPPING, READY).update(state=DISCARDED)
            pks = list(self.rows_of(found.pk).values_list("pk", flat=True)[:PURGE_ROWS])
            self.row._default_manager.filter(pk__in=pks).delete()
            if len(pks) < PURGE_ROWS:
                self.forget(found)
