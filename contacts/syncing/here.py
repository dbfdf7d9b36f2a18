"""Our side of a plan, carried out in bulk and in short transactions; each row is looked at again before it is written.

What moved since it was read stays as it is, with its link: the next run sees both again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from contacts.comparing.types import (
    ADDRESS,
    BIRTH,
    DESCRIPTION,
    NAME,
    NUMBER,
    GroupLink,
    Kind,
    LinkUpdate,
    Plan,
    Subject,
    fold,
)
from contacts.models import Contact, Group
from contacts.syncing.books import key_of
from contacts.syncing.models import PhonebookGroup, PhonebookLink, SyncAction, SyncRow, SyncRun
from contacts.syncing.reading import chunks_of_rows
from contacts.syncing.renaming import follow_rename, rename_link
from contacts.syncing.words import birth_of, contact_values, find_group
from providers.models import Account
from providers.numbers import operator_of

CHUNK = 500
State = SyncAction.State
COLUMNS = ["name", "mobile", "operator", "address", "birth_date", "description"]


class Here:
    """Carries out our side of one plan. `keys`: the plan's keys of groups → our rows."""

    def __init__(self, run: SyncRun, breathe: Callable[[], None]) -> None:
        self.run = run
        self.account: Account = run.account
        self.breathe = breathe
        self.groups: dict[str, PhonebookGroup] = {}
        # Contacts, numbers and keys of which something moved: nothing is noted about them.
        self.moved: set[Any] = set()

    def note_groups(self, links: Iterable[GroupLink]) -> dict[str, str]:
        """Make or change the rows of groups; returns how the plan's keys of new ones are called from now on."""
        self.groups = {key_of(row.pk): row for row in PhonebookGroup.objects.filter(account=self.account)}
        named: dict[str, str] = {}
        for link in links:
            row = self.groups.get(link.key) or PhonebookGroup(account=self.account)
            row.name, row.remote_id, row.group_id = link.name, link.id, link.group_id
            row.save()
            named[link.key] = key_of(row.pk)
            self.groups[link.key] = self.groups[key_of(row.pk)] = row
        return named

    def carry_out(self, plan: Plan) -> None:
        """Everything here but groups and deletions, then what both sides now agree on."""
        steps: dict[Kind, Callable[[list[SyncAction]], None]] = {
            Kind.ADD_HERE: self._add_contacts,
            Kind.EDIT_HERE: self._edit_contacts,
            Kind.MOVE_HERE: self._move_contacts,
            Kind.JOIN_HERE: self._join_contacts,
        }
        for kind, step in steps.items():
            while chunk := list(self._planned(kind)[:CHUNK]):
                self._try(step, chunk)
                write_states(chunk)
                self.breathe()
        self._follow_renames()
        for updates in _chunks(plan.links):
            self._note_links(updates)
            self.breathe()
        for ids in _chunks(plan.dropped):
            PhonebookLink.objects.filter(account=self.account, remote_id__in=ids).delete()
        gone = [self.groups[key].pk for key in plan.dropped_groups if key in self.groups]
        PhonebookGroup.objects.filter(pk__in=gone, links=None).delete()
        PhonebookLink.objects.filter(account=self.account, has_left=True, contact=None).delete()
        self._note_seen()

    def _planned(self, kind: Kind) -> QuerySet[SyncAction]:
        return self.run.actions.filter(kind=kind, state=State.PLANNED).order_by("position")

    def _try(self, step: Callable[[list[SyncAction]], None], chunk: list[SyncAction]) -> None:
        """Somebody may take a number or a name at this very moment: then the whole chunk is left to the next run."""
        try:
            step(chunk)
        except IntegrityError:
            for action in chunk:
                self._settle(action, False)

    # --- groups ------------------------------------------------------------------------------------------------

    def rename_groups(self) -> None:
        """Before `add_groups`: a new one may carry a name that another gives up."""
        if wanted := list(self._planned(Kind.RENAME_GROUP_HERE)):
            self._try(self._rename_groups, wanted)
            write_states(wanted)

    def add_groups(self) -> None:
        """Together with `note_groups` in one transaction: a row without its group would look like a deleted one."""
        wanted = list(self._planned(Kind.ADD_GROUP_HERE))
        for action in wanted:
            name = action.after[NAME]
            link = self.groups[action.group]
            link.group = find_group(name) or Group.objects.create(name=name)
            link.save(update_fields=["group"])
            action.state = State.DONE
        write_states(wanted)

    @transaction.atomic
    def _rename_groups(self, actions: list[SyncAction]) -> None:
        for action in actions:
            link, name = self.groups[action.group], action.after[NAME]
            found = Group.objects.filter(pk__in=[link.group_id], name=action.before[NAME])
            taken = Group.objects.filter(name__iexact=name).exclude(pk__in=[link.group_id]).exists()
            if taken or not found.update(name=name):
                action.state = State.MOVED
                continue
            rename_link(link, name)
            action.state = State.DONE

    def _follow_renames(self) -> None:
        for action in list(self.run.actions.filter(kind=Kind.RENAME_GROUP_HERE, state=State.DONE).order_by("position")):
            follow_rename(self.groups[action.group], {fold(action.before[NAME])}, self.breathe)

    # --- contacts ----------------------------------------------------------------------------------------------

    @transaction.atomic
    def _add_contacts(self, actions: list[SyncAction]) -> None:
        numbers = [action.number for action in actions]
        there = set(Contact.objects.filter(mobile__in=numbers).values_list("mobile", flat=True))
        new = [action for action in actions if action.number not in there]
        contacts = [_new_contact(action) for action in new]
        Contact.objects.bulk_create(contacts)
        pairs = [(each.pk, action.group) for each, action in zip(contacts, new, strict=True) if action.group]
        self._join(pairs)
        for action in actions:
            self._settle(action, action.number not in there)

    @transaction.atomic
    def _edit_contacts(self, actions: list[SyncAction]) -> None:
        """A chunk whose new numbers somebody took this very moment is done one by one."""
        rows = Contact.objects.select_for_update(no_key=True)
        contacts = rows.in_bulk([action.contact_id for action in actions])
        wanted = [action.after[NUMBER] for action in actions if NUMBER in action.after]
        taken = set(Contact.objects.filter(mobile__in=wanted).values_list("mobile", flat=True))
        changed = []
        for action in actions:
            contact = contacts.get(action.contact_id or 0)
            is_free = action.after.get(NUMBER) not in taken
            if contact is None or not is_free or not _is_as_planned(contact, action):
                self._settle(action, False)
                continue
            taken.add(action.after.get(NUMBER, ""))
            _write(contact, action.after)
            changed.append(contact)
            self._settle(action, True)
        Contact.objects.bulk_update(changed, COLUMNS)

    @transaction.atomic
    def _move_contacts(self, actions: list[SyncAction]) -> None:
        there = self._present(actions)
        links = Contact.groups.through.objects
        for action in actions:
            is_there = action.contact_id in there
            if is_there and action.leaves:
                links.filter(contact__in=[action.contact_id], group__in=[self.groups[action.leaves].group_id]).delete()
            if is_there and action.group:
                self._join([(action.contact_id, action.group)])
            self._settle(action, is_there)

    @transaction.atomic
    def _join_contacts(self, actions: list[SyncAction]) -> None:
        strangers = [action.number for action in actions if action.contact_id is None]
        found = dict(Contact.objects.filter(mobile__in=strangers).values_list("mobile", "pk"))
        there = self._present(actions)
        pairs = []
        for action in actions:
            pk = found.get(action.number) if action.contact_id is None else action.contact_id
            is_there = pk is not None and (action.contact_id is None or pk in there)
            if is_there:
                pairs.append((pk, action.group))
            self._settle(action, is_there)
        self._join(pairs)

    def _present(self, actions: Iterable[SyncAction]) -> set[int | None]:
        ids = {action.contact_id for action in actions if action.contact_id is not None}
        # A contact that is being deleted waits until its new membership is written, and takes it along.
        return set(Contact.objects.select_for_update(no_key=True).filter(pk__in=ids).values_list("pk", flat=True))

    def _join(self, pairs: Iterable[tuple[Any, str]]) -> None:
        through = Contact.groups.through
        rows = [through(contact_id=pk, group_id=self.groups[key].group_id) for pk, key in pairs]
        through.objects.bulk_create([row for row in rows if row.group_id is not None], ignore_conflicts=True)

    def _settle(self, action: SyncAction, is_done: bool) -> None:
        action.state = State.DONE if is_done else State.MOVED
        if not is_done:
            self.moved |= {action.contact_id, action.number} - {None}

    def moved_contacts(self) -> list[int]:
        return [each for each in self.moved if isinstance(each, int)]

    # --- links -------------------------------------------------------------------------------------------------

    @transaction.atomic
    def _note_links(self, updates: Sequence[LinkUpdate]) -> None:
        updates = [each for each in updates if not {each.contact_id, each.number} & self.moved]
        numbers = [each.number for each in updates if each.contact_id is None]
        found = dict(Contact.objects.filter(mobile__in=numbers).values_list("mobile", "pk"))
        ids = [each.contact_id for each in updates if each.contact_id is not None]
        there = set(Contact.objects.filter(pk__in=ids).values_list("pk", flat=True))
        seen = {row.remote_id: row for row in self.run.rows.filter(remote_id__in=[each.id for each in updates])}
        # Of a contact that was merged or deleted since nothing is noted: its links stay as that left them.
        updates = [each for each in updates if each.contact_id is None or each.contact_id in there]
        rows = [self._link(each, each.contact_id or found.get(each.number), seen.get(each.id)) for each in updates]
        _upsert(rows)
        linked = [row.contact_id for row in rows if row.contact_id is not None]
        PhonebookLink.objects.filter(account=self.account, contact__in=linked, has_left=True).delete()

    def _note_seen(self) -> None:
        """What was read of known entries, so that only a change of theirs is read in full again."""
        seen = PhonebookLink.objects.filter(account=self.account)
        for rows in chunks_of_rows(self.run.rows.filter(subject=Subject.ENTRY, is_complete=True)):
            read = {row.remote_id: row.data for row in rows}
            changed = [link for link in seen.filter(remote_id__in=list(read)) if link.seen != read[link.remote_id]]
            for link in changed:
                link.seen = read[link.remote_id]
            PhonebookLink.objects.bulk_update(changed, ["seen"])

    def _link(self, update: LinkUpdate, contact_id: int | None, row: SyncRow | None) -> PhonebookLink:
        return PhonebookLink(
            account=self.account,
            remote_id=update.id,
            contact_id=contact_id,
            number=update.agreed.get(NUMBER, update.number),
            group_id=self.groups[update.group].pk if update.group else None,
            agreed=dict(update.agreed),
            seen=row.data if row is not None else {},
            is_twin=update.is_twin,
        )


def write_states(actions: Iterable[SyncAction]) -> None:
    """What became of many actions: one statement a state."""
    by_state: dict[str, list[int]] = defaultdict(list)
    for action in actions:
        by_state[action.state].append(action.pk)
    for state, ids in by_state.items():
        SyncAction.objects.filter(pk__in=ids).update(state=state)


def _upsert(rows: list[PhonebookLink]) -> None:
    PhonebookLink.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["account", "remote_id"],
        update_fields=["contact", "number", "group", "agreed", "is_twin", "has_left", "asks_first"],
    )


def _new_contact(action: SyncAction) -> Contact:
    contact = Contact()
    _write(contact, action.after)
    return contact


def _write(contact: Contact, values: dict[str, str]) -> None:
    if NAME in values:
        contact.name = values[NAME]
    if NUMBER in values:
        contact.mobile, contact.operator = values[NUMBER], operator_of(values[NUMBER])
    if ADDRESS in values:
        contact.address = values[ADDRESS]
    if BIRTH in values:
        contact.birth_date = birth_of(values[BIRTH])
    if DESCRIPTION in values:
        contact.description = values[DESCRIPTION]


def _is_as_planned(contact: Contact, action: SyncAction) -> bool:
    now = contact_values(contact)
    return all(now[name] == value for name, value in action.before.items())


def _chunks(things: Sequence[Any]) -> Iterator[list[Any]]:
    for first in range(0, len(things), CHUNK):
        yield list(things[first : first + CHUNK])
