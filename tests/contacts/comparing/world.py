"""A small model of both phone books in memory, and of a sync that always gets through."""

from __future__ import annotations

import itertools
from dataclasses import replace

from contacts.comparing.types import (
    FIELDS,
    GROUP,
    NAME,
    NUMBER,
    Both,
    Decision,
    Kind,
    Link,
    OurContact,
    OurGroup,
    Side,
    Subject,
    TheirEntry,
    TheirGroup,
    fold,
)
from contacts.diff import compare_books
from tests.contacts.comparing.people import Entry, Person, values_of


class World:
    """`people` and `groups` are ours, `entries` and `their_groups` theirs; ids are given in order."""

    def __init__(self, mirrored=None, default_group=""):
        self.people, self.groups, self.entries, self.their_groups = {}, {}, {}, {}
        self.links, self.group_links, self.decisions = {}, {}, {}
        self.mirrored, self.default_group = mirrored, default_group
        self._ids = itertools.count(1)

    # --- what people do on either side -------------------------------------------------------------------------

    def add_here(self, number, name="", groups=(), **values):
        if (found := self.person(number)) is not None:
            return found
        id = next(self._ids)
        self.people[id] = Person(values_of(number, name, **values), {self.group_here(each) for each in groups})
        return self.people[id]

    def add_there(self, number, name="", group="", is_usable=True, id=None, **values):
        id = id or str(next(self._ids))
        self.entries[id] = Entry(values_of(number, name, **values), self.group_there(group), is_usable)
        return id

    def person(self, number):
        return next((each for each in self.people.values() if each.values[NUMBER] == number), None)

    def group_here(self, name):
        found = next((id for id, own in self.groups.items() if fold(own) == fold(name)), None)
        if found is None:
            found = next(self._ids)
            self.groups[found] = name
        return found

    def group_there(self, name):
        if not name:
            return ""
        found = next((own for own in self.their_groups.values() if fold(own) == fold(name)), None)
        if found is None:
            self.their_groups[str(next(self._ids))] = found = name
        return found

    def delete_here(self, number):
        self.people = {id: each for id, each in self.people.items() if each.values[NUMBER] != number}

    def delete_there(self, number):
        self.entries = {id: each for id, each in self.entries.items() if each.values[NUMBER] != number}

    def rename_group_here(self, old, new):
        if fold(new) in map(fold, self.groups.values()):
            return
        self.groups = {id: new if name == old else name for id, name in self.groups.items()}

    def rename_group_there(self, old, new):
        if fold(new) in map(fold, self.their_groups.values()):
            return
        self.their_groups = {id: new if name == old else name for id, name in self.their_groups.items()}
        self._carry(old, new)

    def _carry(self, old, new):
        for entry in self.entries.values():
            entry.group = new if entry.group == old else entry.group

    def delete_group_here(self, name):
        gone = {id for id, own in self.groups.items() if own == name}
        self.groups = {id: own for id, own in self.groups.items() if id not in gone}
        for person in self.people.values():
            person.groups -= gone

    def delete_group_there(self, name):
        if name not in self.their_groups.values():
            return
        self.their_groups = {id: own for id, own in self.their_groups.items() if own != name}
        self._carry(name, "")

    def decide(self, conflict, side):
        self.decisions[conflict.where] = Decision(side, conflict.ours, conflict.theirs)

    # --- the sync ----------------------------------------------------------------------------------------------

    def both(self):
        populated = {id for person in self.people.values() for id in person.groups}
        contacts = [
            OurContact(id, dict(each.values), frozenset(each.groups), each.has_left, each.is_kept)
            for id, each in self.people.items()
        ]
        return Both(
            contacts=tuple(contacts),
            groups=tuple(OurGroup(id, name, id in populated) for id, name in self.groups.items()),
            entries=tuple(
                TheirEntry(id, dict(each.values), each.group, each.is_usable) for id, each in self.entries.items()
            ),
            their_groups=tuple(TheirGroup(id, name) for id, name in self.their_groups.items()),
            links=tuple(
                replace(link, contact_id=link.contact_id if link.contact_id in self.people else None)
                for link in self.links.values()
            ),
            group_links=tuple(
                replace(link, group_id=link.group_id if link.group_id in self.groups else None)
                for link in self.group_links.values()
            ),
            gone=frozenset(self.links) - frozenset(self.entries),
            decisions=dict(self.decisions),
            mirrored=self.mirrored,
            default_group=self.default_group,
        )

    def plan(self):
        return compare_books(self.both())

    def sync(self):
        plan = self.plan()
        self._keys = {}
        for link in plan.group_links:
            key = link.key if link.key in self.group_links else f"#{next(self._ids)}"
            self._keys[link.key] = key
            self.group_links[key] = replace(link, key=key)
        for action in plan.actions:
            if not action.kind.endswith("_there") and action.kind not in (Kind.LEAVE_HERE, Kind.DELETE_GROUP_HERE):
                getattr(self, f"_{action.kind}")(action)
        for update in plan.links:
            self._note(update)
        for id in plan.dropped:
            del self.links[id]
        for action in plan.actions:
            if action.kind.endswith("_there") or action.kind in (Kind.LEAVE_HERE, Kind.DELETE_GROUP_HERE):
                getattr(self, f"_{action.kind}")(action)
        for key in plan.dropped_groups:
            del self.group_links[key]
        return plan

    def _key(self, key):
        return self._keys.get(key, key)

    def _note(self, update):
        id = next((id for id, each in self.people.items() if each.values[NUMBER] == update.number), None)
        id = update.contact_id if update.contact_id in self.people else id
        self.links[update.id] = Link(update.id, id, dict(update.agreed), self._key(update.group), update.is_twin)
        if id is not None:
            self.people[id].has_left = False

    def _person_of(self, action):
        return self.people[action.contact_id] if action.contact_id else self.person(action.number)

    def _local_group(self, key):
        return self.group_links[self._key(key)].group_id

    def _add_group_here(self, action):
        key = self._key(action.group)
        self.group_links[key] = replace(self.group_links[key], group_id=self.group_here(action.after[NAME]))

    def _rename_group_here(self, action):
        key = self._key(action.group)
        self.groups[self.group_links[key].group_id] = action.after[NAME]
        self.group_links[key] = replace(self.group_links[key], name=action.after[NAME])

    def _add_here(self, action):
        values = {name: action.after[name] for name in FIELDS}
        assert self.person(values[NUMBER]) is None
        groups = {self._local_group(action.group)} if action.group else set()
        self.people[next(self._ids)] = Person(values, groups)

    def _edit_here(self, action):
        person = self._person_of(action)
        assert {name: person.values[name] for name in action.before} == action.before
        person.values |= action.after
        assert [each.values[NUMBER] for each in self.people.values()].count(person.values[NUMBER]) == 1

    def _move_here(self, action):
        person = self._person_of(action)
        if action.leaves:
            person.groups.discard(self._local_group(action.leaves))
        if action.group:
            person.groups.add(self._local_group(action.group))

    def _join_here(self, action):
        self._person_of(action).groups.add(self._local_group(action.group))

    def _leave_here(self, action):
        person = self._person_of(action)
        person.groups.discard(self._local_group(action.group) if action.group else None)
        del self.links[action.id]
        still = [link for link in self.links.values() if link.contact_id == action.contact_id]
        if not (still or person.groups or person.is_kept):
            del self.people[action.contact_id]
        elif not still:
            person.has_left = True

    def _delete_group_here(self, action):
        self.delete_group_here(action.before[NAME])
        del self.group_links[self._key(action.group)]

    def _add_group_there(self, action):
        key, name = self._key(action.group), action.after[NAME]
        assert fold(name) not in map(fold, self.their_groups.values())
        id = str(next(self._ids))
        self.their_groups[id] = name
        self.group_links[key] = replace(self.group_links[key], id=id)

    def _rename_group_there(self, action):
        key, name = self._key(action.group), action.after[NAME]
        self._carry(self.their_groups[action.id], name)
        self.their_groups[action.id] = name
        self.group_links[key] = replace(self.group_links[key], name=name)

    def _delete_group_there(self, action):
        assert action.before[NAME] not in {entry.group for entry in self.entries.values()}
        self.delete_group_there(action.before[NAME])
        del self.group_links[self._key(action.group)]

    def _add_there(self, action):
        after = dict(action.after)
        group = after.pop(GROUP)
        assert group in self.their_groups.values()
        id = str(next(self._ids))
        self.entries[id] = Entry(dict(after), group)
        self.links[id] = Link(id, action.contact_id, after, self._key(action.group))
        self._person_of(action).has_left = False

    def _edit_there(self, action):
        after = dict(action.after)
        link, entry = self.links[action.id], self.entries[action.id]
        group = after.pop(GROUP, None)
        if group is not None:
            entry.group = group
            link = replace(link, group=self._key(action.group))
        entry.values |= after
        self.links[action.id] = replace(link, agreed={**link.agreed, **after})

    def _delete_there(self, action):
        del self.entries[action.id]
        del self.links[action.id]

    # --- looking -----------------------------------------------------------------------------------------------

    def memberships_here(self):
        return {
            (person.values[NUMBER], fold(self.groups[id])) for person in self.people.values() for id in person.groups
        }

    def memberships_there(self):
        return {(each.values[NUMBER], fold(each.group)) for each in self.entries.values() if each.group}

    def settle(self, side=Side.THEIRS, rounds=8):
        """Sync and decide all conflicts one way until there are none; returns how many rounds it took."""
        for count in range(rounds):
            plan = self.sync()
            if not plan.conflicts and self.plan().is_empty:
                return count
            for conflict in plan.conflicts:
                self.decide(conflict, side)
        if all(self._waits_for_a_name(each, side) for each in plan.conflicts):
            return rounds
        raise AssertionError(f"no end: {plan.conflicts}")

    def _waits_for_a_name(self, conflict, side):
        """Whether another group, which this account does not mirror, has the name that was decided on."""
        if (conflict.subject, conflict.field) != (Subject.GROUP, NAME) or self.mirrored is None:
            return False
        chosen, others = (conflict.ours, self.their_groups) if side is Side.OURS else (conflict.theirs, self.groups)
        wanted = fold(chosen[NAME])
        return wanted not in self.mirrored and wanted in map(fold, others.values())
