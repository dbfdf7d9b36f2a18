"""Which of a contact's groups stands for which of its entries (pure).

Ours has a set of groups, theirs an entry for each. An entry whose group the contact has left is paired with one that
it has newly joined: that is a move, and nothing is deleted for it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from contacts.comparing.groups import GroupPlan
from contacts.comparing.types import Link, OurContact, TheirEntry, in_order

OUTSIDE = "outside:"


@dataclass(slots=True)
class Place:
    """One link and where its entry is: `ours` None: not here any more; `entry` None: gone there."""

    link: Link
    entry: TheirEntry | None
    theirs: str = ""
    ours: str | None = None


@dataclass(slots=True)
class Places:
    """`member`: keys of the contact's mirrored groups. `wanted`: those that have no entry there yet.
    `joins`: keys that the contact belongs to from now on."""

    places: list[Place]
    member: set[str] = field(default_factory=set)
    wanted: set[str] = field(default_factory=set)
    joins: set[str] = field(default_factory=set)


def place_links(
    contact: OurContact,
    places: list[Place],
    *,
    fresh: Sequence[TheirEntry],
    groups: GroupPlan,
    default: str,
    restored: Collection[str],
    blocked: Collection[str],
) -> Places:
    """Fill in `ours` of every place. `fresh`: its entries without a link. `blocked`: keys whose link is left alone."""
    found = Places(sorted(places, key=lambda place: in_order(place.link.id)))
    found.member = {groups.key_of_ours[id] for id in contact.groups if id in groups.key_of_ours}
    shown = set(found.member)
    if not shown and default and not (contact.has_left or fresh or blocked or _has_groupless(places)):
        shown = {default}
        found.joins.add(default)
    _stay(found, shown, groups, restored)
    found.wanted = shown - {place.ours for place in found.places} - set(blocked) - groups.held - groups.doomed
    _follow(found, shown)
    found.wanted -= {groups.key_of(entry.group) for entry in fresh}
    _pair(found)
    return found


def _has_groupless(places: Sequence[Place]) -> bool:
    return any(place.link.group == "" and place.entry is not None for place in places)


def _stay(found: Places, shown: set[str], groups: GroupPlan, restored: Collection[str]) -> None:
    """Entries whose group the contact still has, or has again by a person's word."""
    for place in found.places:
        key = place.link.group
        if key in shown:
            place.ours = key
        elif place.entry is not None and (key in groups.restored_here or place.link.id in restored):
            place.ours = key
            found.joins |= {key} - {""}


def _follow(found: Places, shown: set[str]) -> None:
    """Entries that they moved to a group that the contact has, too: both sides agree already, or will."""
    for place in found.places:
        if place.entry is None or place.theirs == place.link.group:
            continue
        if place.ours is None and place.theirs in shown:
            place.ours = place.theirs
        if place.ours is not None:
            found.wanted.discard(place.theirs)


def _pair(found: Places) -> None:
    for place in found.places:
        if place.ours is not None:
            continue
        if found.wanted:
            place.ours = min(found.wanted)
            found.wanted.discard(place.ours)
        elif place.link.group == "" and place.entry is not None:
            place.ours = ""
