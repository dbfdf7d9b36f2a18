"""Staged rows become contacts, some hundred in each short transaction; an interrupted run goes on where it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Q

from contacts.importing import verdicts
from contacts.importing.group_names import group_key
from contacts.importing.headers import ATTRIBUTE
from contacts.importing.known import TEXTS, Changes, find_changes, load_contacts, load_groups, values_of
from contacts.importing.models import ContactImport, ImportRow
from contacts.importing.reading import Values
from contacts.importing.verdicts import Verdict
from contacts.models import Contact, Group
from contacts.uploads.steps import advance
from providers.bulk import among, insert_rows
from providers.numbers import operator_of

CHUNK = 2000
WRITTEN = ("name", "address", "birth_date", "description", "time_zone", "attributes")
Membership = Contact.groups.through


@dataclass(slots=True)
class NewContact:
    """A `Contact` that is not stored yet."""

    mobile: str
    operator: str
    name: str = ""
    address: str = ""
    birth_date: date | None = None
    description: str = ""
    time_zone: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


COLUMNS = [each.name for each in fields(NewContact)]
_columns = attrgetter(*COLUMNS)


class Staged(NamedTuple):
    """What of an `ImportRow` its contact needs."""

    pk: int
    number: int
    verdict: str
    is_new: bool
    mobile: str
    values: Values
    changes: Changes


@transaction.atomic
def apply_chunk(*, contact_import: ContactImport) -> bool:
    """Apply the next rows; False once there are none. Raises Overtaken."""
    if (first := _next_number(contact_import)) is None:
        _advance(contact_import, state=ContactImport.State.DONE)
        return False
    last = first + CHUNK - 1
    wanted = _wanted_rows(contact_import, last)
    moved = _write(wanted, contact_import)
    lost = {verdict: sum(row.verdict == verdict for row in moved) for verdict in Verdict}
    _advance(
        contact_import,
        applied_to=last,
        applied=F("applied") + len(wanted) - len(moved),
        refused=F("refused") + len(moved),
        **{verdict.value: F(verdict.value) - count for verdict, count in lost.items() if count},
    )
    _refuse(moved)
    contact_import.applied_to = last
    return True


def _next_number(contact_import: ContactImport) -> int | None:
    """Numbers have gaps, where a workbook's next sheet begins."""
    rows = ImportRow.objects.filter(contact_import=contact_import, number__gt=contact_import.applied_to)
    return rows.order_by("number").values_list("number", flat=True).first()


def _wanted_rows(contact_import: ContactImport, last: int) -> list[Staged]:
    # A span of numbers: whichever index PostgreSQL takes, it reads no more than these.
    rows = ImportRow.objects.filter(
        contact_import=contact_import, number__gt=contact_import.applied_to, number__lte=last
    )
    wanted = rows.filter(Q(verdict__in=[Verdict.NEW, Verdict.CHANGED]) | Q(is_accepted=True))
    return [Staged(*row) for row in wanted.order_by("number").values_list(*Staged._fields)]


def _advance(contact_import: ContactImport, **fields: Any) -> None:
    """Only from where we believed it to be: of two workers one does the step, the other's work is undone."""
    here = ContactImport.objects.filter(
        pk=contact_import.pk, state=ContactImport.State.APPLYING, applied_to=contact_import.applied_to
    )
    advance(here, **fields)


def _refuse(moved: Sequence[Staged]) -> None:
    rows = list(ImportRow.objects.filter(pk__in=[row.pk for row in moved]))
    for row in rows:
        row.verdict = Verdict.REFUSED
        row.notes = [["mobile", verdicts.MOVED, ""], *row.notes]
    ImportRow.objects.bulk_update(rows, ["verdict", "notes"], batch_size=CHUNK)


def _write(rows: Sequence[Staged], contact_import: ContactImport) -> list[Staged]:
    """Write the rows; returns those that are left out because their contact has changed since the preview."""
    batch = _Batch(rows)
    moved = [row for row in rows if not batch.take(row)]
    batch.save()
    _join_groups(batch, may_make=contact_import.create_groups)
    return moved


class _Batch:
    """The contacts of some rows, as they are and as the rows make them."""

    def __init__(self, rows: Sequence[Staged]) -> None:
        found = load_contacts({row.mobile for row in rows}, for_update=True)
        self.contacts: dict[str, Contact | NewContact] = {
            mobile: contact for mobile, (contact, _groups) in found.items()
        }
        self._groups = {mobile: groups for mobile, (_contact, groups) in found.items()}
        self.made: dict[str, NewContact] = {}
        self.touched: dict[str, Contact] = {}
        self.memberships: list[tuple[str, str]] = []

    def take(self, row: Staged) -> bool:
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
            if isinstance(contact, Contact):
                self.touched[row.mobile] = contact
        _take_over(contact, due)
        self.memberships.extend((row.mobile, name) for name in due.get("groups", [[], []])[1])
        return True

    def _make(self, mobile: str) -> NewContact:
        contact = NewContact(mobile, operator_of(mobile))
        self.contacts[mobile] = self.made[mobile] = contact
        return contact

    def save(self) -> None:
        """In the order of numbers, so that two imports of the same people do not wait for each other in a ring."""
        insert_rows(Contact, COLUMNS, [_columns(self.made[mobile]) for mobile in sorted(self.made)])
        Contact.objects.bulk_create(
            [self.touched[mobile] for mobile in sorted(self.touched)],
            update_conflicts=True,
            unique_fields=["mobile"],
            update_fields=WRITTEN,
        )

    def ids(self) -> dict[str, int]:
        made = among(Contact.objects.all(), "mobile", self.made).values_list("mobile", "pk")
        stored = {mobile: contact.pk for mobile, contact in self.contacts.items() if isinstance(contact, Contact)}
        return stored | dict(made)


def _is_as_planned(row: Staged, due: Changes) -> bool:
    """Whether nobody else changed one of the same fields since the preview; groups are only ever added."""
    names = [name for name in due if name != "groups"]
    return all(due[name][0] == row.changes.get(name, [""])[0] for name in names)


def _take_over(contact: Contact | NewContact, changes: Changes) -> None:
    for name, (_before, after) in changes.items():
        if name.startswith(ATTRIBUTE):
            contact.attributes = {**contact.attributes, name.removeprefix(ATTRIBUTE): after}
        elif name in TEXTS:
            setattr(contact, name, date.fromisoformat(after) if name == "birth_date" else after)


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
