"""Groups of both sides compared (pure): matched, added, renamed by id, deleted, or left to a person.

A group that is gone on one side and has members on either is never deleted without a person's word; until then its
members are held: nothing about their entries in this group changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from contacts.comparing.fields import Decisions, Verdict, compare
from contacts.comparing.types import (
    ENTRY,
    NAME,
    Action,
    Both,
    Conflict,
    GroupLink,
    Kind,
    OurGroup,
    Side,
    Subject,
    TheirGroup,
    Values,
    fold,
)

NEW = "name:"


@dataclass(slots=True)
class GroupPlan:
    """What becomes of the groups, and how the entries' plan knows them.

    `held`: gone on one side, undecided. `restored_here`, `restored_there`: a person wants them back on that side.
    `doomed`: a person lets them go here, too. `here`, `there`: their names once the plan is carried out.
    """

    actions: list[Action] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    links: list[GroupLink] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    key_of_ours: dict[int, str] = field(default_factory=dict)
    key_of_theirs: dict[str, str] = field(default_factory=dict)
    here: dict[str, str] = field(default_factory=dict)
    there: dict[str, str] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    restored_here: set[str] = field(default_factory=set)
    restored_there: set[str] = field(default_factory=set)
    doomed: set[str] = field(default_factory=set)

    def key_of(self, name: str) -> str | None:
        """The key of a name that an entry carries; "" for none, None where this account does not mirror it."""
        return self.key_of_theirs.get(fold(name)) if fold(name) else ""


def plan_groups(both: Both, decisions: Decisions) -> GroupPlan:
    planner = _GroupPlanner(both, decisions)
    for link in both.group_links:
        planner.take_linked(link)
    planner.take_new()
    return planner.plan


class _GroupPlanner:
    def __init__(self, both: Both, decisions: Decisions) -> None:
        self.both = both
        self.decisions = decisions
        self.plan = GroupPlan()
        self.ours = {group.id: group for group in both.groups}
        self.theirs = {group.id: group for group in both.their_groups}
        linked = {link.id for link in both.links}
        self.populated = {fold(entry.group) for entry in both.entries}
        self.strangers = {fold(entry.group) for entry in both.entries if entry.id not in linked}
        linked_ours = {link.group_id for link in both.group_links}
        linked_theirs = {link.id for link in both.group_links}
        self.free_ours = {fold(each.name): each for each in both.groups if each.id not in linked_ours}
        self.free_theirs = {fold(each.name): each for each in both.their_groups if each.id not in linked_theirs}

    @cached_property
    def is_default_needed(self) -> bool:
        """Whether some contact is in none of the mirrored groups, and has no entry without a group either."""
        if not self.both.default_group:
            return False
        mirrored = {group.id for group in self.both.groups if self.is_mirrored(group.name)}
        groupless = {link.contact_id for link in self.both.links if link.group == "" and link.id not in self.both.gone}
        return any(not (each.has_left or each.groups & mirrored or each.id in groupless) for each in self.both.contacts)

    def _is_needed(self, name: str) -> bool:
        return fold(name) == fold(self.both.default_group) and self.is_default_needed

    def is_mirrored(self, *names: str) -> bool:
        mirrored = self.both.mirrored
        if mirrored is None:
            return True
        return any(fold(name) in mirrored or fold(name) == fold(self.both.default_group) for name in names if name)

    # --- groups that both sides know ---------------------------------------------------------------------------

    def take_linked(self, link: GroupLink) -> None:
        ours, theirs = self._sides(link)
        if not self.is_mirrored(link.name, ours.name if ours else "", theirs.name if theirs else ""):
            return
        if ours and theirs:
            self._both_there(link, ours, theirs)
        elif ours and link.id is None:
            self._add_there(link, ours)
        elif ours:
            self._gone_there(link, ours)
        elif theirs:
            self._gone_here(link, theirs)
        else:
            self.plan.dropped.append(link.key)

    def _sides(self, link: GroupLink) -> tuple[OurGroup | None, TheirGroup | None]:
        """A side that lost the group by its id may have another of the same name: made anew."""
        name = fold(link.name)
        ours = self.ours.get(link.group_id) if link.group_id is not None else None
        ours = ours or self.free_ours.pop(name, None)
        theirs = self.theirs.get(link.id) if link.id is not None else None
        if theirs is None:
            theirs = self.free_theirs.pop(fold(ours.name) if link.id is None and ours else name, None)
        return ours, theirs

    def _know(self, key: str, ours: OurGroup | None, theirs: TheirGroup | None, here: str, there: str) -> None:
        if ours:
            self.plan.key_of_ours[ours.id] = key
        if theirs:
            self.plan.key_of_theirs[fold(theirs.name)] = key
        self.plan.here[key], self.plan.there[key] = here, there

    def _note(self, link: GroupLink, ours: OurGroup | None, theirs: TheirGroup | None, name: str) -> None:
        noted = replace(link, id=theirs.id if theirs else None, group_id=ours.id if ours else None, name=name)
        if noted != link:
            self.plan.links.append(noted)

    def _both_there(self, link: GroupLink, ours: OurGroup, theirs: TheirGroup) -> None:
        decision = self._decision(theirs.id, NAME, {NAME: ours.name}, {NAME: theirs.name})
        base = link.name if decision is None else theirs.name if decision is Side.OURS else ours.name
        # Names that differ in case only are one name, and each side keeps its own spelling.
        verdict = compare(fold(base), fold(ours.name), fold(theirs.name))
        if self._is_name_taken(verdict, ours, theirs):
            verdict = Verdict.CONFLICT
        here, there, agreed = ours.name, theirs.name, link.name
        if verdict is Verdict.SAME and fold(agreed) != fold(ours.name):
            agreed = ours.name
        elif verdict is Verdict.PULL:
            here = theirs.name
            self._rename(Kind.RENAME_GROUP_HERE, link.key, theirs.id, ours.name, theirs.name)
        elif verdict is Verdict.PUSH:
            there = ours.name
            self._rename(Kind.RENAME_GROUP_THERE, link.key, theirs.id, theirs.name, ours.name)
        elif verdict is Verdict.CONFLICT:
            self._conflict(theirs.id, NAME, {NAME: ours.name}, {NAME: theirs.name}, link.name)
        self._know(link.key, ours, theirs, here, there)
        self._note(link, ours, theirs, agreed)

    def _is_name_taken(self, verdict: Verdict, ours: OurGroup, theirs: TheirGroup) -> bool:
        """Names are unique regardless of case on both sides."""
        if verdict is Verdict.PULL:
            return any(fold(each.name) == fold(theirs.name) for each in self.both.groups if each.id != ours.id)
        if verdict is Verdict.PUSH:
            return any(fold(each.name) == fold(ours.name) for each in self.both.their_groups if each.id != theirs.id)
        return False

    def _rename(self, kind: Kind, key: str, id: str, before: str, after: str) -> None:
        self.plan.actions.append(Action(kind, id, group=key, before={NAME: before}, after={NAME: after}))

    def _add_there(self, link: GroupLink, ours: OurGroup) -> None:
        self.plan.actions.append(Action(Kind.ADD_GROUP_THERE, group=link.key, after={NAME: ours.name}))
        self._know(link.key, ours, None, ours.name, ours.name)
        # Not where another group still has the name there, and is only about to give it up.
        self.plan.key_of_theirs.setdefault(fold(ours.name), link.key)
        self._note(link, ours, None, ours.name)

    # --- gone on one side --------------------------------------------------------------------------------------

    def _gone_there(self, link: GroupLink, ours: OurGroup) -> None:
        self._know(link.key, ours, None, ours.name, ours.name)
        for name in (link.name, ours.name):
            self.plan.key_of_theirs.setdefault(fold(name), link.key)
        if fold(link.name) in self.populated or self._is_needed(ours.name):
            # Entries there still carry its name: nothing is deleted, and the group is put back for them.
            self._add_there(link, ours)
            return
        side = self._decision(link.id or "", ENTRY, {NAME: ours.name}, None)
        if side is Side.OURS:
            self.plan.restored_there.add(link.key)
            self.plan.actions.append(Action(Kind.ADD_GROUP_THERE, group=link.key, after={NAME: ours.name}))
        elif side is Side.THEIRS or (fold(ours.name) == fold(link.name) and not ours.has_members):
            self.plan.doomed.add(link.key)
            self.plan.actions.append(
                Action(Kind.DELETE_GROUP_HERE, link.id or "", group=link.key, before={NAME: ours.name}, goes=bool(side))
            )
        else:
            self.plan.held.add(link.key)
            self._conflict(link.id or "", ENTRY, {NAME: ours.name}, None, link.name)

    def _gone_here(self, link: GroupLink, theirs: TheirGroup) -> None:
        self._know(link.key, None, theirs, theirs.name, theirs.name)
        side = self._decision(theirs.id, ENTRY, None, {NAME: theirs.name})
        has_members = fold(theirs.name) in self.populated
        if side is Side.THEIRS or (self._is_needed(theirs.name) and not has_members):
            self.plan.restored_here.add(link.key)
            self.plan.actions.append(Action(Kind.ADD_GROUP_HERE, theirs.id, group=link.key, after={NAME: theirs.name}))
            self._note(link, None, theirs, theirs.name)
        elif side is Side.OURS and fold(theirs.name) in self.strangers:
            # Its known members go, as decided; for those that are new there the group lives on.
            self.plan.actions.append(Action(Kind.ADD_GROUP_HERE, theirs.id, group=link.key, after={NAME: theirs.name}))
        elif side is Side.OURS or (fold(theirs.name) == fold(link.name) and not has_members):
            self.plan.doomed.add(link.key)
            self.plan.actions.append(
                Action(Kind.DELETE_GROUP_THERE, theirs.id, group=link.key, before={NAME: theirs.name}, goes=bool(side))
            )
        else:
            self.plan.held.add(link.key)
            self._conflict(theirs.id, ENTRY, None, {NAME: theirs.name}, link.name)

    # --- groups that are new to one side or both ---------------------------------------------------------------

    def take_new(self) -> None:
        # Renames come first; a name that a linked group keeps here until a person decides is not free for another one.
        for key in self.plan.key_of_ours.values():
            self.plan.key_of_theirs.setdefault(fold(self.plan.here[key]), key)
        for name, written in self._new_names():
            ours, theirs = self.free_ours.get(name), self.free_theirs.get(name)
            key = f"{NEW}{name}"
            shown = ours.name if ours else written
            if ours is None:
                after = {NAME: written}
                id = theirs.id if theirs else ""
                self.plan.actions.append(Action(Kind.ADD_GROUP_HERE, id, group=key, after=after))
            if theirs is None:
                self.plan.actions.append(Action(Kind.ADD_GROUP_THERE, group=key, after={NAME: shown}))
            self._know(key, ours, theirs, shown, theirs.name if theirs else shown)
            # Entries there that carry a name which is given up go with the group that has it now.
            self.plan.key_of_theirs.setdefault(name, key)
            self.plan.links.append(GroupLink(key, shown, theirs.id if theirs else None, ours.id if ours else None))

    def _new_names(self) -> Iterator[tuple[str, str]]:
        """Folded and written name of every mirrored group without a link, each once."""
        seen: set[str] = set()
        for written in self._written_names():
            name = fold(written)
            # A name that a linked group carries there waits until that group's own conflict is decided.
            is_known = name in seen or (name in self.plan.key_of_theirs and not self._is_given_up(name))
            if name and not is_known and self.is_mirrored(written):
                seen.add(name)
                yield name, " ".join(written.split())

    def _is_given_up(self, name: str) -> bool:
        """Whether a linked group gives this name up there, by a rename of this plan, to a group of ours."""
        key = self.plan.key_of_theirs[name]
        return name in self.free_ours and name not in {fold(self.plan.there[key]), fold(self.plan.here[key])}

    def _written_names(self) -> Iterator[str]:
        yield from (group.name for group in self.both.their_groups if fold(group.name) in self.free_theirs)
        yield from (group.name for group in self.both.groups if fold(group.name) in self.free_ours)
        yield from (entry.group for entry in self.both.entries if entry.is_usable)
        if self.is_default_needed:
            yield self.both.default_group

    # --- a person's word ---------------------------------------------------------------------------------------

    def _decision(self, id: str, name: str, ours: Values | None, theirs: Values | None) -> Side | None:
        return self.decisions.take((Subject.GROUP, id, name), ours, theirs)

    def _conflict(self, id: str, name: str, ours: Values | None, theirs: Values | None, agreed: str) -> None:
        self.plan.conflicts.append(Conflict(Subject.GROUP, id, name, ours, theirs, {NAME: agreed}, agreed))
