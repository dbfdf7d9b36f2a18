"""Their side of a plan, one call after the other; every answer is written down before the next call.

Before an edit or a deletion the entry is read again: what moved since the plan is left to the next run. An addition is
marked before it is sent. Where its answer is lost or tells no id, the entry is looked for by number, group and name
among ids that we do not know; it is never sent a second time within a run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from contacts.comparing.types import GROUP, NAME, NUMBER, THERE, Kind, TheirEntry, fold
from contacts.models import Contact
from contacts.syncing.lease import StopAsked
from contacts.syncing.line import Line
from contacts.syncing.models import PhonebookGroup, PhonebookLink, SyncAction, SyncRun
from contacts.syncing.renaming import follow_rename, rename_link
from contacts.syncing.words import entry_data, rewritten_entry, their_entry, written_entry
from providers.errors import EntryRefused, NotSent, RateLimited, Uncertain
from providers.services import explain
from providers.types import RemoteEntry

State = SyncAction.State
UNCLEAR_IN_A_ROW = 3
# Read in lists: an open query would keep SQLite from writing once another process has written.
CHUNK = 100
NO_GROUP = gettext_noop("Its group could not be added there.")


def pending(run: SyncRun) -> Any:
    """What is still to be done there, in order."""
    return run.actions.filter(state=State.PLANNED, kind__in=[kind.value for kind in THERE]).order_by("position")


class There:
    """Carries out their side of one plan over a line."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.book = line.book
        self.run = line.run
        self.unclear = 0
        self._steps: dict[Kind, Callable[[SyncAction], State]] = {
            Kind.ADD_GROUP_THERE: self._add_group,
            Kind.RENAME_GROUP_THERE: self._rename_group,
            Kind.ADD_THERE: self._add,
            Kind.EDIT_THERE: self._edit,
            Kind.DELETE_THERE: self._delete,
            Kind.DELETE_GROUP_THERE: self._delete_group,
        }

    def carry_out(self) -> bool:
        """False where this stretch's time is over first. Raises `providers.errors` where going on makes no sense."""
        while actions := list(pending(self.run)[:CHUNK]):
            for action in actions:
                if self.line.is_late:
                    return False
                self._carry_out(action)
        return True

    def _carry_out(self, action: SyncAction) -> None:
        try:
            state = self._steps[Kind(action.kind)](action)
            self.unclear = 0
        except EntryRefused as error:
            state, action.error = State.REFUSED, explain(error)
            self.unclear = 0
        except Uncertain as error:
            self._count_unclear(action, error)
            return
        self._write(action, state)

    def _count_unclear(self, action: SyncAction, error: Uncertain) -> None:
        action.error = explain(error)
        self._write(action, State.UNCLEAR)
        self.unclear += 1
        if self.unclear >= UNCLEAR_IN_A_ROW:
            raise error

    @staticmethod
    def _write(action: SyncAction, state: State) -> None:
        action.state = state
        action.save(update_fields=["state", "error"])

    # --- groups ------------------------------------------------------------------------------------------------

    def _group(self, key: str) -> PhonebookGroup | None:
        return PhonebookGroup.objects.filter(account=self.run.account, pk=key.removeprefix("#") or 0).first()

    def _add_group(self, action: SyncAction) -> State:
        name = action.after[NAME]
        try:
            remote_id = self.line.ask(partial(self.book.add_group, name)) or self._find_group(name)
        except Uncertain:
            remote_id = self._find_group(name)
        except EntryRefused:
            # It may be there already: made by an addition whose answer never came.
            if not (remote_id := self._find_group(name)):
                raise
        if not remote_id:
            return State.UNCLEAR
        if PhonebookGroup.objects.filter(account=self.run.account, remote_id=remote_id).exists():
            # The one that was to give the name up still has it.
            return State.MOVED
        PhonebookGroup.objects.filter(pk=action.group.removeprefix("#")).update(remote_id=remote_id)
        return State.DONE

    def _find_group(self, name: str) -> str:
        found = self.line.ask(partial(self.book.find_groups, name))
        return next((each.remote_id for each in found if fold(each.name) == fold(name)), "")

    def _rename_group(self, action: SyncAction) -> State:
        self.line.ask(partial(self.book.rename_group, action.remote_id, action.after[NAME]))
        if (link := self._group(action.group)) is not None:
            with transaction.atomic():
                old = rename_link(link, action.after[NAME])
            follow_rename(link, {fold(old), fold(action.before[NAME])}, self.line.breathe)
        return State.DONE

    def _delete_group(self, action: SyncAction) -> State:
        """Only once nobody stands in it there."""
        link, name = self._group(action.group), action.before[NAME]
        if self.line.ask(partial(self._has_members, name)):
            return State.MOVED
        self.line.ask(partial(self.book.delete_group, action.remote_id))
        if link is not None and not link.links.exists():
            link.delete()
        return State.DONE

    def _has_members(self, name: str) -> bool:
        try:
            return bool(self.book.list_entries_of_group(name, 1, 1))
        except EntryRefused:
            # There is no such group any more.
            return False

    # --- entries -----------------------------------------------------------------------------------------------

    def _add(self, action: SyncAction) -> State:
        group = self._group(action.group)
        if group is None or group.remote_id is None:
            raise EntryRefused(NO_GROUP)
        if not Contact.objects.filter(pk__in=[action.contact_id]).exists():
            return State.MOVED
        remote_id = self._find_lost(action) if self._may_be_there(action) else ""
        if not remote_id:
            self._write(action, State.SENT)
            remote_id = self._send(action)
        if not remote_id:
            return State.UNCLEAR
        self._link(action, remote_id, group)
        return State.DONE

    def _may_be_there(self, action: SyncAction) -> bool:
        """Whether an earlier run sent this very addition and never learned what became of it."""
        lost = SyncAction.objects.filter(number=action.number, state__in=(State.SENT, State.UNCLEAR))
        return lost.filter(kind=Kind.ADD_THERE, run__account=self.run.account).exclude(pk=action.pk).exists()

    def _send(self, action: SyncAction) -> str:
        entry = written_entry("", action.after)
        try:
            remote_id = self.line.ask(partial(self.book.add_entry, entry))
        except (StopAsked, NotSent, RateLimited):
            self._write(action, State.PLANNED)
            raise
        except Uncertain as error:
            if remote_id := self._find_lost(action):
                return remote_id
            raise error
        return remote_id or self._find_lost(action)

    def _find_lost(self, action: SyncAction) -> str:
        """The id of an entry of this number, group and name that we do not know yet."""
        found = self.line.ask(partial(self.book.find_entries_by_number, action.number))
        known = set(self._links().filter(number=action.number).values_list("remote_id", flat=True))
        for entry in found:
            read = _values(entry, action)
            is_same = read.values[NUMBER] == action.number and fold(read.group) == fold(action.after[GROUP])
            if is_same and entry.remote_id not in known and read.values[NAME] == action.after[NAME]:
                return entry.remote_id
        return ""

    @transaction.atomic
    def _link(self, action: SyncAction, remote_id: str, group: PhonebookGroup) -> None:
        agreed = {name: value for name, value in action.after.items() if name != GROUP}
        contact = Contact.objects.filter(pk__in=[action.contact_id]).first()
        self._links().update_or_create(
            account=self.run.account,
            remote_id=remote_id,
            defaults={
                "contact": contact,
                "number": action.number,
                "group": group,
                "agreed": agreed,
                "seen": entry_data(written_entry(remote_id, action.after)),
                "has_left": False,
                "is_twin": False,
                # Merged into another, or deleted, while this was on its way.
                "asks_first": contact is None,
            },
        )
        self._links().filter(contact=action.contact_id, has_left=True).delete()

    def _links(self) -> Any:
        return PhonebookLink.objects.filter(account=self.run.account)

    def _edit(self, action: SyncAction) -> State:
        read = self._read_again(action)
        if read is None or not _agrees(_values(read, action), action.before):
            return State.MOVED
        written = rewritten_entry(read, action.after)
        self.line.ask(partial(self.book.edit_entry, written))
        link = self._links().filter(remote_id=action.remote_id).first()
        if link is not None:
            agreed = {name: value for name, value in action.after.items() if name != GROUP}
            link.agreed, link.seen = {**link.agreed, **agreed}, entry_data(written)
            link.number = link.agreed.get(NUMBER, link.number)
            link.group = self._group(action.group) if GROUP in action.after else link.group
            link.save(update_fields=["agreed", "seen", "number", "group"])
        return State.DONE

    def _delete(self, action: SyncAction) -> State:
        read = self._read_again(action)
        if read is not None:
            if not _agrees(_values(read, action), action.before):
                return State.MOVED
            self.line.ask(partial(self.book.delete_entry, action.remote_id))
        self._links().filter(remote_id=action.remote_id).delete()
        return State.DONE

    def _read_again(self, action: SyncAction) -> RemoteEntry | None:
        """The entry as it is now; what we see is noted, so that the next run compares with it."""
        read = self.line.ask(partial(self.book.fetch_entry, action.remote_id))
        if read is not None:
            self._links().filter(remote_id=action.remote_id).update(seen=entry_data(read))
        return read


def _values(entry: RemoteEntry, action: SyncAction) -> TheirEntry:
    return their_entry(entry.remote_id, entry_data(entry), is_complete=True, known=action.number)


def _agrees(read: TheirEntry, before: dict[str, str]) -> bool:
    """Whether the entry still says what the plan saw; what cannot be read any more does not."""
    now = {**read.values, GROUP: read.group}
    return all(now.get(name) == value for name, value in before.items())
