"""What becomes of each row, in bulk: a few queries for a thousand rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection

from contacts.importing import verdicts
from contacts.importing.group_names import group_key
from contacts.importing.known import Changes, find_changes, find_clash, load_contacts, load_groups, overlay, values_of
from contacts.importing.models import ContactImport, ImportRow
from contacts.importing.reading import RowReading, Values
from contacts.importing.rows import RowReader
from contacts.importing.verdicts import Verdict
from contacts.uploads.cells import Row
from providers.cleaning import clip

COUNTED = (Verdict.NEW, Verdict.CHANGED, Verdict.UNCHANGED)
# Rows that a person may have to mend keep their cells.
MENDABLE = (Verdict.DOUBTFUL, Verdict.REFUSED)


@dataclass(slots=True)
class PlannedRow:
    """An `ImportRow` that is not stored yet."""

    contact_import_id: int
    number: int
    mobile: str
    values: Values
    notes: list[list[str]]
    verdict: Verdict = Verdict.REFUSED
    is_new: bool = False
    changes: Changes = field(default_factory=dict)
    cells: list[str] = field(default_factory=list)
    doubt: str = ""


class Planner:
    """Plans the rows of one import; `plan` may be called again and again, with the rows in order."""

    def __init__(self, contact_import: ContactImport) -> None:
        self._import = contact_import
        self._groups = load_groups()
        self._reader = RowReader(contact_import.mapping, lambda name: group_key(name) in self._groups)

    def plan(self, rows: Iterable[Row]) -> list[PlannedRow]:
        """Rows to be staged; nothing is written."""
        read = [(number, cells, self._reader.read(cells)) for number, cells in rows]
        for _number, _cells, reading in read:
            self._settle_groups(reading)
        mobiles = {reading.values["mobile"] for _n, _c, reading in read if "mobile" in reading.values}
        book = _Book(self._import, mobiles)
        return [self._judge(number, cells, reading, book) for number, cells, reading in read]

    def _settle_groups(self, reading: RowReading) -> None:
        """Groups that do not exist are made only when somebody says so."""
        kept = []
        for name in reading.values.get("groups", ()):
            is_known = group_key(name) in self._groups
            if is_known or self._import.create_groups:
                kept.append(name)
            if not is_known:
                code = verdicts.NEW_GROUP if self._import.create_groups else verdicts.NO_GROUP
                reading.notes.append(["groups", code, name])
        if "groups" in reading.values:
            reading.values["groups"] = kept

    def _judge(self, number: int, cells: Sequence[str], reading: RowReading, book: _Book) -> PlannedRow:
        mobile = reading.values.get("mobile", "")
        if mobile and not reading.refusals:
            book.look_back(reading, mobile)
        notes = [*reading.refusals, *reading.doubts, *reading.notes]
        row = PlannedRow(self._import.pk, number, mobile, reading.values, notes)
        row.verdict = Verdict.REFUSED if reading.refusals else self._compare(row, reading, book)
        if row.verdict == Verdict.DOUBTFUL:
            row.doubt = ",".join(sorted({f"{field}:{code}" for field, code, _what in reading.doubts}))[:200]
        if row.verdict in MENDABLE:
            row.cells = [clip(cell, len(cell)) for cell in cells]
        return row

    def _compare(self, row: PlannedRow, reading: RowReading, book: _Book) -> Verdict:
        known = book.known(row.mobile)
        row.is_new = known is None
        row.changes = {} if known is None else find_changes(reading.values, known)
        if reading.doubts:
            return Verdict.DOUBTFUL
        book.add(row)
        if known is None:
            return Verdict.NEW
        return Verdict.CHANGED if row.changes else Verdict.UNCHANGED


# A search for each number by the index of numbers: without statistics of a table that grows this fast PostgreSQL would
# read all rows of the import each time.
_STAGED = """
    SELECT staged.* FROM unnest(%s::text[]) AS wanted (mobile) CROSS JOIN LATERAL (
        SELECT * FROM contacts_importrow
        WHERE contact_import_id = %s AND mobile = wanted.mobile AND mobile <> '' AND verdict = ANY(%s) OFFSET 0
    ) AS staged ORDER BY staged.number
"""


def _staged_before(contact_import: ContactImport, mobiles: Collection[str]) -> Iterable[ImportRow]:
    """Rows of the file that were read before, of these numbers, in order."""
    if connection.vendor == "postgresql":
        return ImportRow.objects.raw(_STAGED, [list(mobiles), contact_import.pk, [str(each) for each in COUNTED]])
    rows = ImportRow.objects.filter(contact_import=contact_import, mobile__in=mobiles, verdict__in=COUNTED)
    return rows.order_by("number")


class _Book:
    """What is known of the numbers of some rows: in the database, and from rows of the file before them."""

    def __init__(self, contact_import: ContactImport, mobiles: Collection[str]) -> None:
        self._stored: dict[str, Values] = {
            mobile: values_of(contact, groups) for mobile, (contact, groups) in load_contacts(mobiles).items()
        }
        # number → (the first row that has it, what all of them say)
        self._said: dict[str, tuple[int, Values]] = {}
        for row in _staged_before(contact_import, mobiles):
            self.add(row)

    def known(self, mobile: str) -> Values | None:
        stored, (_first, said) = self._stored.get(mobile), self._said.get(mobile, (0, None))
        return overlay(stored, said) if stored and said else stored or said

    def look_back(self, reading: RowReading, mobile: str) -> None:
        """Rows of one number that complete each other are one contact; those that contradict are refused."""
        if mobile not in self._said:
            return
        number, values = self._said[mobile]
        if field := find_clash(reading.values, values):
            reading.refusals.append([field, verdicts.CLASH, str(number)])
        else:
            reading.notes.append(["mobile", verdicts.SAME_NUMBER, str(number)])

    def add(self, row: PlannedRow | ImportRow) -> None:
        first, said = self._said.get(row.mobile, (row.number, None))
        self._said[row.mobile] = (first, overlay(said, row.values) if said else row.values)
