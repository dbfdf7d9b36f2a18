"""Staged rows as people look at them: a page at a time, each cell with what becomes of it and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from contacts.importing.group_names import join_groups
from contacts.importing.headers import ATTRIBUTE
from contacts.importing.models import ContactImport, ImportRow
from contacts.importing.plan import MENDABLE
from contacts.importing.verdicts import REMARKS, Verdict, field_labels, tell
from contacts.uploads.sheets import row_name
from providers.numbers import display

PAGE = 50


class Told(NamedTuple):
    """A note in words; `is_reason`: why the row is not simply taken."""

    sentence: str
    is_reason: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """`before` is None where nothing is replaced."""

    label: str
    text: str
    before: str | None
    notes: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """`name`: its number as a person finds it; `is_accepted`: a person wants it although it is doubtful."""

    number: int
    name: str
    cells: tuple[Cell, ...]
    notes: tuple[Told, ...]
    is_doubtful: bool = False
    is_accepted: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """`tabs`: (verdict, label, count, whether it is shown); `following`: where the next page begins, 0 for none."""

    tabs: tuple[tuple[str, str, int, bool], ...]
    shown: str
    rows: tuple[ShownRow, ...]
    following: int
    after: int

    @property
    def is_first(self) -> bool:
        return not self.after


def read_preview(contact_import: ContactImport, shown: str, after: int) -> Preview:
    totals = contact_import.totals
    if shown not in totals:
        shown = next((name for name, count in totals.items() if count), Verdict.NEW.value)
    found = contact_import.rows.filter(verdict=shown, number__gt=after).order_by("number")[: PAGE + 1]
    rows = list(found)
    return Preview(
        tabs=tuple((name, str(Verdict(name).label), totals[name], name == shown) for name in totals),
        shown=shown,
        rows=tuple(show_row(row, contact_import) for row in rows[:PAGE]),
        following=rows[PAGE - 1].number if len(rows) > PAGE else 0,
        after=after,
    )


def show_row(row: ImportRow, contact_import: ContactImport) -> ShownRow:
    notes: dict[str, list[Told]] = {}
    for note in row.notes:
        is_reason = row.verdict in MENDABLE and note[1] not in REMARKS
        notes.setdefault(note[0], []).append(Told(tell(note, contact_import.sheets), is_reason))
    cells = _file_cells(row, contact_import, notes) if row.cells else _our_cells(row, notes)
    made = tuple(cells)
    left = tuple(told for several in notes.values() for told in several)
    name = row_name(row.number, contact_import.sheets)
    return ShownRow(row.number, name, made, left, row.verdict == Verdict.DOUBTFUL, row.is_accepted)


def _our_cells(row: ImportRow, notes: dict[str, list[Told]]) -> Iterator[Cell]:
    """What we understood, beside what it replaces."""
    labels = field_labels()
    for field, value in _flat(row.values):
        label = labels.get(field, field.removeprefix(ATTRIBUTE))
        change = row.changes.get(field)
        before = None if change is None else _text(field, change[0]) or _("empty")
        yield Cell(label, _text(field, value), before, tuple(notes.pop(field, [])))


def _flat(values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for field in field_labels():
        if field in values:
            yield field, values[field]
    for key, value in values.get("attributes", {}).items():
        yield f"{ATTRIBUTE}{key}", value


def _text(field: str, value: Any) -> str:
    if field == "mobile":
        return display(value)
    return join_groups(value) if isinstance(value, list) else str(value)


def _file_cells(row: ImportRow, contact_import: ContactImport, notes: dict[str, list[Told]]) -> Iterator[Cell]:
    """What stands in the file, with the reason at its cell."""
    labels, headers = field_labels(), contact_import.shown_headers
    for place, target in enumerate(contact_import.mapping):
        if not target:
            continue
        text = row.cells[place] if place < len(row.cells) else ""
        told = tuple(notes.pop(target, [])) if text or target not in contact_import.mapping[place + 1 :] else ()
        if text or told:
            header = headers[place] or labels.get(target, target.removeprefix(ATTRIBUTE))
            yield Cell(header, text, None, told)
