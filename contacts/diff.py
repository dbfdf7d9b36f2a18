"""The three-way comparison of our contacts with a provider's phone book (pure): both sides in, a plan out.

Ours has one contact a number with many groups, theirs one entry for each of its groups. Each entry is compared with
its own link, field by field: changed on one side is copied, changed on both differently is a conflict, gone on one
side and untouched on the other is deleted there, gone and changed is a conflict. Nothing is ever guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from contacts.comparing.contact import ContactPlanner
from contacts.comparing.fields import Decisions
from contacts.comparing.gone import Output
from contacts.comparing.groups import plan_groups
from contacts.comparing.places import OUTSIDE, Place
from contacts.comparing.types import (
    GROUP,
    NAME,
    NUMBER,
    ORDER,
    Action,
    Both,
    Kind,
    Link,
    OurContact,
    Plan,
    TheirEntry,
    fold,
    in_order,
)


def compare_books(both: Both) -> Plan:
    """What brings both sides together."""
    return _Planner(both).plan()


def missing(both: Both) -> list[str]:
    """Ids of links whose entry was not listed: gone only once the provider says so of each."""
    listed = {entry.id for entry in both.entries}
    return [link.id for link in both.links if link.id not in listed]


class _Planner:
    def __init__(self, both: Both) -> None:
        self.both = both
        self.decisions = Decisions(both.decisions)
        self.groups = plan_groups(both, self.decisions)
        self.entries = {entry.id: entry for entry in both.entries}
        # One key a name of a group, however many entries carry it.
        self.keys = {name: self._key(name) for name in {entry.group for entry in both.entries}}
        self.twins = self._find_twins()
        self.contacts = {contact.id: contact for contact in both.contacts}
        self.numbers = {contact.values[NUMBER]: contact for contact in both.contacts}
        self.links: dict[int, list[Link]] = defaultdict(list)
        self.lost: list[Link] = []
        self.fresh: dict[str, list[TheirEntry]] = defaultdict(list)
        self._sort_links()
        self._sort_fresh()
        self.output = Output()

    def plan(self) -> Plan:
        default = self.groups.key_of_theirs.get(fold(self.both.default_group), "")
        default = "" if default in self.groups.held | self.groups.doomed else default
        strangers = self.fresh.keys() - self.numbers.keys()
        planner = ContactPlanner(
            self.groups, self.decisions, self.output, self.twins, default, {*self.numbers, *self.fresh}
        )
        for contact in self.both.contacts:
            self._plan_contact(planner, contact)
        for link in self.lost:
            if self._is_active(link) and (entry := planner.take_lost(self._place(link))) is not None:
                self.fresh[entry.values[NUMBER]].append(entry)
                strangers.add(entry.values[NUMBER])
        for number in sorted(strangers):
            entries = self._ordered(self.fresh.pop(number))
            planner.take_stranger(number, [(each, self.keys[each.group]) for each in entries])
        return self._result()

    def _plan_contact(self, planner: ContactPlanner, contact: OurContact) -> None:
        links = self.links.get(contact.id, [])
        fresh = self._ordered(self.fresh.get(contact.values[NUMBER], ()))
        active = [link for link in links if self._is_active(link)]
        blocked = {link.group for link in links if link not in active}
        planner.take_contact(contact, [self._place(each) for each in active], fresh, blocked)

    def _place(self, link: Link) -> Place:
        entry = self.entries.get(link.id)
        return Place(link, entry, self.keys[entry.group] if entry else "")

    def _is_active(self, link: Link) -> bool:
        """Not held, not of a group that is mirrored no more, and not of a number that became unusable."""
        entry = self.entries.get(link.id)
        is_known = link.group == "" or link.group in self.groups.here
        return is_known and link.group not in self.groups.held and (entry is None or entry.is_usable)

    def _key(self, group: str) -> str:
        key = self.groups.key_of(group)
        if key is None or (key == "" and self.both.mirrored is not None):
            return f"{OUTSIDE}{fold(group)}"
        return key

    def _find_twins(self) -> dict[str, list[TheirEntry]]:
        """Entry id → all entries of its number and group, where there are several."""
        same: dict[tuple[str, str], list[TheirEntry]] = defaultdict(list)
        for entry in self._ordered(self.both.entries):
            if entry.is_usable and not self.keys[entry.group].startswith(OUTSIDE):
                same[entry.values[NUMBER], self.keys[entry.group]].append(entry)
        return {entry.id: twins for twins in same.values() if len(twins) > 1 for entry in twins}

    def _sort_links(self) -> None:
        """A link whose contact is gone may find another of the same number: the person was written down anew."""
        for link in self.both.links:
            contact = self.contacts.get(link.contact_id) if link.contact_id is not None else None
            contact = contact or self.numbers.get(link.agreed.get(NUMBER, ""))
            if contact is None:
                self.lost.append(link)
            else:
                self.links[contact.id].append(link)

    def _sort_fresh(self) -> None:
        linked = {link.id for link in self.both.links}
        for entry in self.both.entries:
            key = self.keys[entry.group]
            is_ours_to_take = entry.is_usable and key not in self.groups.held and key not in self.groups.doomed
            if entry.id not in linked and is_ours_to_take and not key.startswith(OUTSIDE):
                self.fresh[entry.values[NUMBER]].append(entry)

    @staticmethod
    def _ordered(entries: Iterable[TheirEntry]) -> list[TheirEntry]:
        return sorted(entries, key=lambda each: in_order(each.id))

    def _may_go(self, action: Action) -> bool:
        """A group goes once nothing stands in it there, and no conflict is about one of its members."""
        if action.kind not in (Kind.DELETE_GROUP_HERE, Kind.DELETE_GROUP_THERE):
            return True
        if action.group in self._disputed:
            return False
        stays = {fold(entry.group) for entry in self.both.entries if entry.id not in self._leaving}
        return action.kind is Kind.DELETE_GROUP_HERE or fold(action.before[NAME]) not in stays

    @cached_property
    def _disputed(self) -> set[str]:
        ids = {conflict.id for conflict in self.output.conflicts}
        return {link.group for link in self.both.links if link.id in ids}

    @cached_property
    def _leaving(self) -> set[str]:
        """Entries that are deleted there, or moved to another group."""
        return {
            action.id
            for action in self.output.actions
            if action.kind is Kind.DELETE_THERE or (action.kind is Kind.EDIT_THERE and GROUP in action.after)
        }

    def _result(self) -> Plan:
        output, groups = self.output, self.groups
        actions = sorted([*filter(self._may_go, groups.actions), *output.actions], key=_place_of)
        memberships = sum(len(contact.groups & groups.key_of_ours.keys()) for contact in self.both.contacts)
        return Plan(
            actions=tuple(actions),
            conflicts=(*groups.conflicts, *output.conflicts),
            links=tuple(output.links),
            dropped=tuple(output.dropped),
            group_links=tuple(groups.links),
            dropped_groups=tuple(groups.dropped),
            unusable=tuple(self._ordered(each for each in self.both.entries if not each.is_usable)),
            duplicates=tuple(self._ordered(self.entries[id] for id, twins in self.twins.items() if twins[0].id != id)),
            names_here=groups.here,
            names_there=groups.there,
            followed=frozenset(self.decisions.used),
            size_here=memberships + len(groups.key_of_ours),
            size_there=len(self.both.entries) + len(self.both.their_groups),
        )


def _place_of(action: Action) -> int:
    return ORDER[action.kind]
