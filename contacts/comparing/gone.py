"""What is gone on one side (pure): deleted on the other where it is untouched there, else left to a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contacts.comparing.fields import Decisions, Merged
from contacts.comparing.groups import GroupPlan
from contacts.comparing.places import Place, Places
from contacts.comparing.types import (
    ENTRY,
    GROUP,
    NAME,
    NUMBER,
    Action,
    Conflict,
    Kind,
    LinkUpdate,
    OurContact,
    Side,
    Subject,
    TheirEntry,
    Values,
)


@dataclass(slots=True)
class Output:
    """What the entries' part of a plan consists of."""

    actions: list[Action] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    links: list[LinkUpdate] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Case:
    """One contact on the table: as it is, where its entries are, and as it will be."""

    contact: OurContact
    found: Places
    fresh: Sequence[TheirEntry]
    merged: Merged
    is_held: bool = False


class GoneRules:
    """`taken`: numbers that a contact has or will have. `twins`: entry id → all of its number and group."""

    def __init__(
        self,
        groups: GroupPlan,
        decisions: Decisions,
        output: Output,
        twins: Mapping[str, Sequence[TheirEntry]],
        default: str,
        taken: set[str],
    ) -> None:
        self.groups = groups
        self.decisions = decisions
        self.output = output
        self.twins = twins
        self.default = default
        self.taken = taken

    def _act(self, kind: Kind, contact: OurContact, id: str = "", **given: Any) -> None:
        number, title = contact.values[NUMBER], contact.values[NAME]
        self.output.actions.append(Action(kind, id, contact_id=contact.id, number=number, title=title, **given))

    # --- gone on one side --------------------------------------------------------------------------------------

    def _gone_there(self, case: Case, place: Place) -> None:
        contact, link = case.contact, place.link
        if place.ours is None:
            self.output.dropped.append(link.id)
            return
        if place.ours == link.group and self._is_covered(case, place):
            self.output.dropped.append(link.id)
            return
        ours = {**contact.values, GROUP: self.groups.here.get(place.ours, "")}
        side = self.decisions.take((Subject.ENTRY, link.id, ENTRY), ours, None)
        if link.group in self.groups.restored_there or side is Side.OURS:
            self.output.dropped.append(link.id)
            case.found.wanted.add(place.ours)
        elif side is Side.THEIRS or (place.ours == link.group and _is_untouched(contact.values, link.agreed)):
            goes = self._goes(case)
            self._act(Kind.LEAVE_HERE, contact, link.id, group=place.ours, before={GROUP: ours[GROUP]}, goes=goes)
        else:
            case.is_held = True
            self._entry_conflict(place, contact, ours, None)

    def _is_covered(self, case: Case, place: Place) -> bool:
        """Whether another entry there stands for the same membership."""
        others = (each.theirs for each in case.found.places if each.entry is not None and each.ours is not None)
        fresh = (self.groups.key_of(entry.group) for entry in case.fresh)
        return place.ours in {*others, *fresh}

    def _goes(self, case: Case) -> bool:
        """Whether nothing else seems to hold the contact here; applying looks again."""
        left = {place.ours for place in case.found.places if place.entry is None}
        stays = [place for place in case.found.places if place.entry is not None]
        groups = {self.groups.key_of_ours.get(id, str(id)) for id in case.contact.groups}
        return not (case.contact.is_kept or stays or case.fresh or case.found.joins or groups - left)

    def _gone_here(self, contact: OurContact | None, place: Place) -> None:
        entry = place.entry
        assert entry is not None
        side = self._word_on_gone_here(place)
        is_same = place.theirs == place.link.group and _is_untouched(entry.values, place.link.agreed)
        is_twin = place.link.is_twin or entry.id in self.twins
        if side is Side.OURS or (is_same and not is_twin and not place.link.asks_first):
            self._delete_there(contact, place, entry)
            return
        self._entry_conflict(place, contact, None, _whole(entry))
        if is_twin and not place.link.is_twin:
            link = place.link
            update = LinkUpdate(link.id, link.agreed.get(NUMBER, ""), link.agreed, link.group, link.contact_id, True)
            self.output.links.append(update)

    def _delete_there(self, contact: OurContact | None, place: Place, entry: TheirEntry) -> None:
        action = Action(
            Kind.DELETE_THERE,
            entry.id,
            contact_id=contact.id if contact else None,
            number=entry.values[NUMBER],
            title=entry.values[NAME],
            group=place.link.group,
            before=_whole(entry),
        )
        self.output.actions.append(action)

    def _word_on_gone_here(self, place: Place) -> Side | None:
        if place.entry is None:
            return None
        return self.decisions.take((Subject.ENTRY, place.link.id, ENTRY), None, _whole(place.entry))

    def _entry_conflict(
        self, place: Place, contact: OurContact | None, ours: Values | None, theirs: Values | None
    ) -> None:
        agreed = {**place.link.agreed, GROUP: self.groups.here.get(place.link.group, "")}
        title = (ours or theirs or agreed).get(NAME) or agreed.get(NUMBER, "")
        id = contact.id if contact else None
        self.output.conflicts.append(Conflict(Subject.ENTRY, place.link.id, ENTRY, ours, theirs, agreed, title, id))

    def take_lost(self, place: Place) -> TheirEntry | None:
        """A link whose contact is gone; returns its entry where a person wants the contact back."""
        if place.entry is None:
            self.output.dropped.append(place.link.id)
        elif self._word_on_gone_here(place) is Side.THEIRS:
            return place.entry
        else:
            self._gone_here(None, place)
        return None


def _is_untouched(values: Values, agreed: Values) -> bool:
    return all(value == agreed.get(name, "") for name, value in values.items())


def _whole(entry: TheirEntry) -> dict[str, str]:
    return {**entry.values, GROUP: entry.group}
