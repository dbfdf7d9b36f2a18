"""Staged rows become contacts, some hundred in each short transaction; an interrupted run goes on where it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from contacts.importing import verdicts
from contacts.importing.group_names import group_key
from contacts.importing.headers import ATTRIBUTE
from contacts.importing.known import TEXTS, Changes, find_changes, load_contacts, load_groups, values_of
from contacts.importing.models import ContactImport, ImportRow
from contacts.importing.verdicts import Verdict
from contacts.models import Contact, Group
from contacts.uploads.steps import advance
from providers.bulk import insert_rows
from providers.numbers import operator_of

CHUNK = 1000
WRITTEN = ("name", "address", "birth_date", "description", "time_zone", "attributes")
COLUMNS = ("mobile", "operator", *WRITTEN)
Membership = Contact.groups.through


@transaction.atomic
def apply_chunk(*, contact_import: ContactImport) -> bool:
    """Apply the next rows; False once there are none. Raises Overtaken."""
    rows = list(_next_rows(contact_import))
    if not rows:
        _advance(contact_import, state=ContactImport.State.DONE)
        return False
    moved = _write(rows, contact_import)
    lost = {verdict: sum(row.verdict == verdict for row in moved) for verdict in Verdict}
    _advance(
        contact_import,
        applied_to=rows[-1].number,
        applied=F("applied") + len(rows) - len(moved),
        refused=F("refused") + len(moved),
        **{verdict.value: F(verdict.value) - count for verdict, count in lost.items() if count},
    )
    _refuse(moved)
    contact_import.applied_to = rows[-1].number
    return True


def _next_rows(contact_import: ContactImport) -> Any:
    wanted = Q(verdict__in=[Verdict.NEW, Verdict.CHANGED])
    if contact_import.accepted:
        wanted |= Q(verdict=Verdict.DOUBTFUL, is_accepted=True)
    rows = ImportRow.objects.filter(contact_import=contact_import, number__gt=contact_import.applied_to)
    return rows.filter(wanted).order_by("number")[:CHUNK]


def _advance(contact_import: ContactImport, **fields: Any) -> None:
    """Only from where we believed it to be: of two workers one does the step, the other's work is undone."""
    here = ContactImport.objects.filter(
        pk=contact_import.pk, state=ContactImport.State.APPLYING, applied_to=contact_import.applied_to
    )
    advance(here, **fields)


def _refuse(rows: Sequence[ImportRow]) -> None:
    for row in rows:
        row.verdict = Verdict.REFUSED
        row.notes = [["mobile", verdicts.MOVED, ""], *row.notes]
        row.cells = row.cells or []
    ImportRow.objects.bulk_update(rows, ["verdict", "notes"], batch_size=CHUNK)


def _write(rows: Sequence[ImportRow], contact_import: ContactImport) -> list[ImportRow]:
    """Write the rows; returns those that are left out because their contact has changed since the preview."""
    batch = _Batch(rows)
    moved = [row for row in rows if not batch.take(row)]
    batch.save()
    _join_groups(batch, may_make=contact_import.create_groups)
    return moved


class _Batch:
    """The contacts of some rows, as they are and as the rows make them."""

    def __init__(self, rows: Sequence[ImportRow]) -> None:
        found = load_contacts({row.mobile for row in rows}, for_update=True)
        self.contacts = {mobile: contact for mobile, (contact, _groups) in found.items()}
        self._groups = {mobile: groups for mobile, (_contact, groups) in found.items()}
        self.made: dict[str, Contact] = {}
        self.touched: dict[str, Contact] = {}
        self.memberships: list[tuple[str, str]] = []

    def take(self, row: ImportRow) -> bool:
        """Let the row change its contact; False where it may not."""
        contact = self.contacts.get(row.mobile)
        if contact is None and not row.is_new:
            return False
        if contact is None:
            contact = self._make(row.mobile)
            due = find_changes(row.values, {})
        else:
            known = values_of(contact, self._groups.get(row.mobile, []))
            due = find_changes(row.values, known)
            if not _is_as_planned(row, due):
                return False
            if row.mobile not in self.made:
                self.touched[row.mobile] = contact
        _take_over(contact, due)
        self.memberships.extend((row.mobile, name) for name in due.get("groups", [[], []])[1])
        return True

    def _make(self, mobile: str) -> Contact:
        contact = Contact(mobile=mobile, operator=operator_of(mobile), attributes={})
        self.contacts[mobile] = self.made[mobile] = contact
        return contact

    def save(self) -> None:
        """In the order of numbers, so that two imports of the same people do not wait for each other in a ring."""
        rows = [[getattr(self.made[mobile], name) for name in COLUMNS] for mobile in sorted(self.made)]
        insert_rows(Contact, COLUMNS, rows)
        Contact.objects.bulk_create(
            [self.touched[mobile] for mobile in sorted(self.touched)],
            update_conflicts=True,
            unique_fields=["mobile"],
            update_fields=WRITTEN,
        )

    def ids(self) -> dict[str, int]:
        made = Contact.objects.filter(mobile__in=list(self.made)).values_list("mobile", "pk")
        return {mobile: contact.pk for mobile, contact in self.contacts.items()} | dict(made)


def _is_as_planned(row: ImportRow, due: Changes) -> bool:
    """Whether nobody else changed one of the same fields since the preview; groups are only ever added."""
    fields = [field for field in due if field != "groups"]
    return all(due[field][0] == row.changes.get(field, [""])[0] for field in fields)


def _take_over(contact: Contact, changes: Changes) -> None:
    for field, (_before, after) in changes.items():
        if field.startswith(ATTRIBUTE):
            contact.attributes = {**contact.attributes, field.removeprefix(ATTRIBUTE): after}
        elif field in TEXTS:
            setattr(contact, field, date.fromisoformat(after) if field == "birth_date" else after)


def _join_groups(batch: _Batch, *, may_make: bool) -> None:
    if not batch.memberships:
        return
    groups = load_groups()
    missing = {group_key(name): name for _mobile, name in batch.memberships if group_key(name) not in groups}
    if missing and may_make:
        Group.objects.bulk_create([Group(name=name) for name in missing.values()], ignore_conflicts=True)
        groups = load_groups()
    ids = batch.ids()
    links = {(mobile, groups[group_key(name)]) for mobile, name in batch.memberships if group_key(name) in groups}
    # A contact made just now is in no group yet; another may have been put there this moment.
    fresh = sorted((ids[mobile], group_id) for mobile, group_id in links if mobile in batch.made)
    others = sorted((ids[mobile], group_id) for mobile, group_id in links if mobile not in batch.made)
    insert_rows(Membership, ("contact_id", "group_id"), fresh)
    Membership.objects.bulk_create(
        [Membership(contact_id=contact_id, group_id=group_id) for contact_id, group_id in others],
        ignore_conflicts=True,
    )
