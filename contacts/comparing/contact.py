"""One contact and all its entries: what is copied, added, deleted, or left to a person (pure)."""

from __future__ import annotations

from collections.abc import Sequence, Set

from contacts.comparing.fields import Clash, Merged, Strand, Verdict, compare, merge
from contacts.comparing.gone import Case, GoneRules
from contacts.comparing.places import OUTSIDE, Place, place_links
from contacts.comparing.types import (
    FIELDS,
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


class ContactPlanner(GoneRules):
    """Takes contacts one by one, then the numbers that we do not have."""

    # --- a contact that we have --------------------------------------------------------------------------------

    def take_contact(
        self, contact: OurContact, places: list[Place], fresh: Sequence[TheirEntry], blocked: Set[str]
    ) -> None:
        restored = {place.link.id for place in places if self._word_on_gone_here(place) is Side.THEIRS}
        found = place_links(
            contact, places, fresh=fresh, groups=self.groups, default=self.default, restored=restored, blocked=blocked
        )
        strands = [self._strand(contact, place) for place in found.places if place.entry and place.ours is not None]
        strands += [Strand(entry.id, entry.values) for entry in fresh]
        merged = merge(contact.values, strands, may_take=lambda number: number not in self.taken)
        case = Case(contact, found, fresh, merged)
        self._tell_clashes(case)
        self._edit_here(case)
        for place in found.places:
            self._take_place(case, place)
        self._take_fresh(case)
        self._join(case)
        self._add_wanted(case)

    def _strand(self, contact: OurContact, place: Place) -> Strand:
        assert place.entry is not None
        sides = {name: self._word(place, name, contact.values, place.entry.values) for name in FIELDS}
        chosen = {name: side for name, side in sides.items() if side is not None}
        return Strand(place.entry.id, place.entry.values, place.link.agreed, chosen)

    def _word(self, place: Place, name: str, ours: Values, theirs: Values) -> Side | None:
        if name not in theirs or ours[name] == theirs[name]:
            return None
        return self.decisions.take((Subject.ENTRY, place.link.id, name), {name: ours[name]}, {name: theirs[name]})

    def _tell_clashes(self, case: Case) -> None:
        for clash in case.merged.clashes:
            case.is_held = True
            self.output.conflicts.append(_conflict(clash, case.contact))

    def _edit_here(self, case: Case) -> None:
        ours, will_be = case.contact.values, case.merged.ours
        changed = [name for name in FIELDS if ours[name] != will_be[name]]
        if not changed:
            return
        self.taken.add(will_be[NUMBER])
        before, after = {name: ours[name] for name in changed}, {name: will_be[name] for name in changed}
        self._act(Kind.EDIT_HERE, case.contact, before=before, after=after)

    # --- each of its entries -----------------------------------------------------------------------------------

    def _take_place(self, case: Case, place: Place) -> None:
        if place.entry is None:
            self._gone_there(case, place)
        elif place.ours is None:
            self._gone_here(case.contact, place)
        else:
            self._both_there(case, place, place.entry)

    def _both_there(self, case: Case, place: Place, entry: TheirEntry) -> None:
        group = self._merge_group(case, place, entry)
        pushes = dict(case.merged.pushes[entry.id])
        before = {name: entry.values[name] for name in pushes}
        if group is Verdict.PUSH:
            pushes[GROUP], before[GROUP] = self.groups.there[place.ours or ""], entry.group
        if pushes:
            self._act(Kind.EDIT_THERE, case.contact, entry.id, group=place.ours or "", before=before, after=pushes)
        key = place.theirs if group in (Verdict.SAME, Verdict.PULL) else place.link.group
        if group is Verdict.PUSH and place.link.group in self.groups.restored_there:
            # From now on this is our change against an empty group, whatever interrupts us.
            key = place.theirs
        self._note(case, place, entry, key)

    def _note(self, case: Case, place: Place, entry: TheirEntry, key: str) -> None:
        is_twin = entry.id in self.twins
        agreed = case.merged.agreed[entry.id]
        link = place.link
        if (dict(link.agreed), link.group, link.contact_id, link.is_twin) != (agreed, key, case.contact.id, is_twin):
            number = case.contact.values[NUMBER]
            self.output.links.append(LinkUpdate(entry.id, number, agreed, key, case.contact.id, is_twin))

    def _merge_group(self, case: Case, place: Place, entry: TheirEntry) -> Verdict | None:
        """None: left as it is."""
        ours, theirs, base = place.ours or "", place.theirs, place.link.group
        if base in self.groups.restored_there and theirs == "":
            base = theirs
        side = self._word_on_group(place, entry) if ours != theirs else None
        if side is not None:
            base = ours if side is Side.THEIRS else theirs
        verdict = compare(base, ours, theirs)
        if theirs.startswith(OUTSIDE) and verdict is Verdict.PULL:
            return None
        if verdict is Verdict.PULL:
            self._move_here(case, place, entry)
        elif verdict is Verdict.CONFLICT:
            self._group_conflict(case, place, entry)
            return None
        return verdict

    def _word_on_group(self, place: Place, entry: TheirEntry) -> Side | None:
        ours = {GROUP: self.groups.here.get(place.ours or "", "")}
        return self.decisions.take((Subject.ENTRY, entry.id, GROUP), ours, {GROUP: entry.group})

    def _group_conflict(self, case: Case, place: Place, entry: TheirEntry) -> None:
        case.is_held = True
        here = self.groups.here
        conflict = Conflict(
            Subject.ENTRY,
            entry.id,
            GROUP,
            {GROUP: here.get(place.ours or "", "")},
            {GROUP: entry.group},
            {GROUP: here.get(place.link.group, "")},
            case.contact.values[NAME] or case.contact.values[NUMBER],
            case.contact.id,
        )
        self.output.conflicts.append(conflict)

    def _move_here(self, case: Case, place: Place, entry: TheirEntry) -> None:
        others = [each for each in case.found.places if each is not place and each.entry is not None]
        stays = any(each.ours == place.ours and each.theirs == place.ours for each in others)
        leaves = place.ours if place.ours in case.found.member and not stays else ""
        joins = place.theirs if place.theirs not in case.found.member else ""
        if not leaves and not joins:
            return
        self._act(
            Kind.MOVE_HERE,
            case.contact,
            entry.id,
            group=joins,
            leaves=leaves or "",
            before={GROUP: self.groups.here.get(place.ours or "", "")},
            after={GROUP: self.groups.here.get(place.theirs, "")},
        )

    # --- new on one side ---------------------------------------------------------------------------------------

    def _take_fresh(self, case: Case) -> None:
        number = case.contact.values[NUMBER]
        for entry in case.fresh:
            key = self.groups.key_of(entry.group) or ""
            if key not in case.found.member:
                case.found.joins |= {key} - {""}
            agreed = _agreed(case.merged, entry)
            self.output.links.append(LinkUpdate(entry.id, number, agreed, key, case.contact.id, entry.id in self.twins))
            if pushes := case.merged.pushes[entry.id]:
                before = {name: entry.values[name] for name in pushes}
                self._act(Kind.EDIT_THERE, case.contact, entry.id, group=key, before=before, after=pushes)

    def _join(self, case: Case) -> None:
        for key in sorted(case.found.joins):
            self._act(Kind.JOIN_HERE, case.contact, group=key, after={GROUP: self.groups.here[key]})

    def _add_wanted(self, case: Case) -> None:
        """Nothing is written there about a contact on which a person must decide first."""
        for key in sorted(case.found.wanted) if not case.is_held else ():
            after = {**case.merged.ours, GROUP: self.groups.there[key]}
            self._act(Kind.ADD_THERE, case.contact, group=key, after=after)

    def take_stranger(self, number: str, entries: Sequence[tuple[TheirEntry, str]]) -> None:
        """Entries of a number that we do not have: one contact, which takes the values of the lowest id."""
        strands = [Strand(entry.id, entry.values) for entry, _key in entries]
        merged = merge(None, strands, may_take=lambda _number: False)
        (lead, lead_key), rest = entries[0], entries[1:]
        title = merged.ours[NAME]
        after = {**merged.ours, GROUP: self.groups.here.get(lead_key, "")}
        self._new(Kind.ADD_HERE, lead.id, number, title, lead_key, after)
        for key in sorted({key for _entry, key in rest} - {lead_key, ""}):
            self._new(Kind.JOIN_HERE, "", number, title, key, {GROUP: self.groups.here[key]})
        for entry, key in entries:
            agreed = _agreed(merged, entry)
            self.output.links.append(LinkUpdate(entry.id, number, agreed, key, None, entry.id in self.twins))
        self.output.conflicts += [_conflict(clash, None, title) for clash in merged.clashes]

    def _new(self, kind: Kind, id: str, number: str, title: str, key: str, after: Values) -> None:
        self.output.actions.append(Action(kind, id, number=number, title=title, group=key, after=after))


def _agreed(merged: Merged, entry: TheirEntry) -> Values:
    """Of a large book nearly every entry says what was agreed on: one mapping then serves for both."""
    agreed = merged.agreed[entry.id]
    return entry.values if entry.values == agreed else agreed


def _conflict(clash: Clash, contact: OurContact | None, title: str = "") -> Conflict:
    agreed = {} if clash.agreed is None else {clash.field: clash.agreed}
    title = title or (contact.values[NAME] or contact.values[NUMBER] if contact else "")
    return Conflict(
        Subject.ENTRY,
        clash.id,
        clash.field,
        {clash.field: clash.ours},
        {clash.field: clash.theirs},
        agreed,
        title,
        contact.id if contact else None,
    )
