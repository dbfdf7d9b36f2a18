"""The words of a comparison of two phone books: frozen dataclasses, no behaviour beyond small readings of their own.

*Ours* is the database here, *theirs* the provider's phone book. A field's value is text: a number is E.164, a birth
date ISO, and empty is "". A group is named by its key, which outlives every renaming on either side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

Values = Mapping[str, str]
# One for all: nearly every change has nothing before it or nothing after it.
NOTHING: Values = MappingProxyType({})

NAME, NUMBER, ADDRESS, BIRTH, DESCRIPTION = "name", "number", "address", "birth", "description"
FIELDS = (NAME, NUMBER, ADDRESS, BIRTH, DESCRIPTION)
GROUP = "group"
# The whole entry or group: gone on one side, and not to be deleted on the other without a person's word.
ENTRY = "entry"


def fold(name: str) -> str:
    """What makes two names of groups the same one."""
    return " ".join(name.split()).casefold()


def in_order(remote_id: str) -> tuple[int, int, str]:
    """Sorts the provider's ids as numbers where they are some: 9 before 10."""
    return (0, int(remote_id), "") if remote_id.isdecimal() else (1, 0, remote_id)


class Side(StrEnum):
    """Whose value holds."""

    OURS = "ours"
    THEIRS = "theirs"


class Subject(StrEnum):
    """What a conflict is about."""

    ENTRY = "entry"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class OurGroup:
    id: int
    name: str
    has_members: bool = False


@dataclass(frozen=True, slots=True)
class TheirGroup:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class GroupLink:
    """A group known on both sides under `name`, the name last agreed on. `id` is None until the provider told it."""

    key: str
    name: str
    id: str | None = None
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class OurContact:
    """`has_left`: its last entry there was deleted by them, so that it does not go there again by itself.
    `is_kept`: something else holds it here (merge fields, a conversation, another account)."""

    id: int
    values: Values
    groups: frozenset[int] = frozenset()
    has_left: bool = False
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class TheirEntry:
    """`values` lacks what nobody can read. `is_usable`: its number can receive a message."""

    id: str
    values: Values
    group: str = ""
    is_usable: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """One remote entry that we know, and what both sides last agreed on about it; a field never agreed on is absent.

    It outlives its contact (`contact_id` None): its number tells whose it was. `group`: the key, "" for none.
    `is_twin`: there was another entry of this number and group, so that we never delete it of our own accord; nor where
    it `asks_first`: its contact was merged into another one.
    """

    id: str
    contact_id: int | None
    agreed: Values
    group: str = ""
    is_twin: bool = False
    asks_first: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word on one conflict; it counts only while both sides are still as the person saw them."""

    side: Side
    ours: Values | None
    theirs: Values | None


# subject, remote id, field
Where = tuple[Subject, str, str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides differ from what was agreed, and from each other. A side that is None is gone."""

    subject: Subject
    id: str
    field: str
    ours: Values | None
    theirs: Values | None
    agreed: Values
    title: str = ""
    contact_id: int | None = None

    @property
    def where(self) -> Where:
        return self.subject, self.id, self.field


@dataclass(frozen=True, slots=True)
class Both:
    """Both sides as they were read, and what we know of their past.

    `gone`: ids that the provider said it has no more; every other link's entry is among `entries`.
    `mirrored`: folded names of the groups this account mirrors, None for all. `default_group`: "" for none.
    """

    contacts: tuple[OurContact, ...] = ()
    groups: tuple[OurGroup, ...] = ()
    entries: tuple[TheirEntry, ...] = ()
    their_groups: tuple[TheirGroup, ...] = ()
    links: tuple[Link, ...] = ()
    group_links: tuple[GroupLink, ...] = ()
    gone: frozenset[str] = frozenset()
    decisions: Mapping[Where, Decision] = field(default_factory=dict)
    mirrored: frozenset[str] | None = None
    default_group: str = ""


class Kind(StrEnum):
    """What a plan does, in the order in which it is done."""

    RENAME_GROUP_HERE = "rename_group_here"
    ADD_GROUP_HERE = "add_group_here"
    ADD_HERE = "add_here"
    EDIT_HERE = "edit_here"
    MOVE_HERE = "move_here"
    JOIN_HERE = "join_here"
    RENAME_GROUP_THERE = "rename_group_there"
    ADD_GROUP_THERE = "add_group_there"
    ADD_THERE = "add_there"
    EDIT_THERE = "edit_there"
    DELETE_THERE = "delete_there"
    DELETE_GROUP_THERE = "delete_group_there"
    LEAVE_HERE = "leave_here"
    DELETE_GROUP_HERE = "delete_group_here"


ORDER = {kind: place for place, kind in enumerate(Kind)}
DELETIONS_HERE = frozenset({Kind.LEAVE_HERE, Kind.DELETE_GROUP_HERE})
DELETIONS_THERE = frozenset({Kind.DELETE_THERE, Kind.DELETE_GROUP_THERE})
ADDITIONS_THERE = frozenset({Kind.ADD_THERE, Kind.ADD_GROUP_THERE})
THERE = frozenset({kind for kind in Kind if kind.endswith("_there")})


@dataclass(frozen=True, slots=True)
class Action:
    """One change on one side. `group` is a key, in `before` and `after` it is a name. `leaves`: the key moved from.

    `goes`: the contact itself is deleted if nothing else holds it by then; a group although it may have members.
    `title`: whom it is about.
    """

    kind: Kind
    id: str = ""
    contact_id: int | None = None
    number: str = ""
    title: str = ""
    group: str = ""
    leaves: str = ""
    before: Values = field(default_factory=lambda: NOTHING)
    after: Values = field(default_factory=lambda: NOTHING)
    goes: bool = False


@dataclass(frozen=True, slots=True)
class LinkUpdate:
    """What a link holds once our side is as planned; the contact of a number that is new here has no id yet."""

    id: str
    number: str
    agreed: Values
    group: str = ""
    contact_id: int | None = None
    is_twin: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that brings both sides together, and what must wait for a person.

    `links` and `group_links` are bookkeeping: they change neither side. `dropped` are links that are over,
    `followed` are the decisions it carries out. Sizes count entries and groups.
    """

    actions: tuple[Action, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    links: tuple[LinkUpdate, ...] = ()
    dropped: tuple[str, ...] = ()
    group_links: tuple[GroupLink, ...] = ()
    dropped_groups: tuple[str, ...] = ()
    unusable: tuple[TheirEntry, ...] = ()
    duplicates: tuple[TheirEntry, ...] = ()
    names_here: Mapping[str, str] = field(default_factory=dict)
    names_there: Mapping[str, str] = field(default_factory=dict)
    followed: frozenset[Where] = frozenset()
    size_here: int = 0
    size_there: int = 0

    @property
    def is_empty(self) -> bool:
        """Neither side changes and nothing is noted down."""
        return not (self.actions or self.links or self.dropped or self.group_links or self.dropped_groups)
