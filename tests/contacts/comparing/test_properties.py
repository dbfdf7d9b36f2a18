"""Whatever people do on both sides: syncs converge, repeat nothing, lose nothing, and judge both sides alike."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contacts.comparing.types import (
    ADDRESS,
    DESCRIPTION,
    NAME,
    NUMBER,
    Both,
    GroupLink,
    Link,
    OurContact,
    OurGroup,
    Side,
    TheirEntry,
    TheirGroup,
)
from contacts.diff import compare_books
from tests.contacts.comparing.people import number_of, values_of
from tests.contacts.comparing.world import World

NAMES = st.sampled_from(["", "Budi", "Siti", "Agus"])
TEXTS = st.sampled_from(["", "Jl. Bali 1", "Jl. Jawa 2"])
GROUPS = st.sampled_from(["Bali", "Jawa", "Aceh"])
NUMBERS = st.integers(0, 4).map(number_of)
FIELD = st.sampled_from([NAME, ADDRESS, DESCRIPTION])
PICK = st.integers(0, 7)


def pick(things, index):
    ordered = sorted(things, key=str)
    return ordered[index % len(ordered)] if ordered else None


def op(name, *strategies):
    return st.tuples(st.just(name), *strategies)


CHANGES = st.one_of(
    op("add_here", NUMBERS, NAMES, st.sets(GROUPS, max_size=2), TEXTS),
    op("add_there", NUMBERS, NAMES, GROUPS, TEXTS),
    op("edit_here", PICK, FIELD, TEXTS),
    op("edit_there", PICK, FIELD, TEXTS),
    op("join_here", PICK, GROUPS),
    op("leave_here", PICK),
    op("move_there", PICK, GROUPS),
    op("renumber_here", PICK, NUMBERS),
    op("renumber_there", PICK, NUMBERS),
    op("rename_group_here", GROUPS, st.sampled_from(["Bali Baru", "Aceh", "Papua"])),
    op("rename_group_there", GROUPS, st.sampled_from(["Bali Baru", "Jawa", "Ambon"])),
    op("add_group_here", st.sampled_from(["Papua", "Bali", "Bali Baru"])),
    op("add_group_there", st.sampled_from(["Ambon", "bali", "Papua"])),
)
DELETIONS = st.one_of(
    op("delete_here", PICK),
    op("delete_there", PICK),
    op("delete_group_here", PICK),
    op("delete_group_there", PICK),
)
SYNC = st.just(("sync",))


def do(world, change):
    """Carry out one change as a person would; what it names may not exist, and then nothing happens."""
    name, *given = change
    if name == "sync":
        world.sync()
    elif name == "add_here":
        number, who, groups, text = given
        world.add_here(number, who, sorted(groups), address=text)
    elif name == "add_there":
        number, who, group, text = given
        world.add_there(number, who, group, address=text)
    elif name in ("add_group_here", "add_group_there"):
        getattr(world, name.replace("add_", ""))(*given)
    elif name.startswith("rename_group"):
        getattr(world, name)(*given)
    elif name == "delete_group_here":
        world.delete_group_here(pick(world.groups.values(), given[0]))
    elif name == "delete_group_there":
        world.delete_group_there(pick(world.their_groups.values(), given[0]))
    elif name.endswith("_here"):
        do_here(world, name, given)
    else:
        do_there(world, name, given)


def do_here(world, name, given):
    id = pick(world.people, given[0])
    if id is None:
        return
    person = world.people[id]
    if name == "edit_here":
        person.values[given[1]] = given[2]
    elif name == "join_here":
        person.groups.add(world.group_here(given[1]))
    elif name == "leave_here" and person.groups:
        person.groups.discard(sorted(person.groups)[0])
    elif name == "renumber_here" and world.person(given[1]) is None:
        person.values[NUMBER] = given[1]
    elif name == "delete_here":
        del world.people[id]


def do_there(world, name, given):
    id = pick(world.entries, given[0])
    if id is None:
        return
    entry = world.entries[id]
    if name == "edit_there":
        entry.values[given[1]] = given[2]
    elif name == "move_there":
        entry.group = world.group_there(given[1])
    elif name == "renumber_there":
        entry.values[NUMBER] = given[1]
    elif name == "delete_there":
        del world.entries[id]


ANYTHING = st.lists(st.one_of(CHANGES, CHANGES, DELETIONS, SYNC), max_size=14)
OPTIONS = st.sampled_from([{}, {"default_group": "Rest"}, {"mirrored": frozenset({"bali", "jawa"})}])


@settings(max_examples=200, deadline=None)
@example(
    [
        ("add_here", number_of(0), "", {"Bali"}, ""), ("sync",),
        ("rename_group_there", "Bali", "Bali Baru"), ("add_there", number_of(0), "", "Bali", ""),
    ],
    {},
)  # fmt: skip
@example(
    [
        ("add_here", number_of(0), "", {"Bali"}, ""), ("sync",),
        ("rename_group_here", "Bali", "Bali Baru"), ("add_here", number_of(1), "", {"Bali"}, ""),
    ],
    {},
)  # fmt: skip
@given(ANYTHING, OPTIONS)
def test_a_sync_after_a_sync_does_nothing(changes, options):
    world = World(**options)
    for change in changes:
        do(world, change)
    first = world.sync()
    second = world.sync()
    third = world.plan()
    assert third.is_empty
    assert {each.where for each in third.conflicts} == {each.where for each in second.conflicts}
    if not first.conflicts:
        assert second.is_empty


@pytest.mark.parametrize("side", Side)
def test_a_group_renamed_there_may_leave_its_name_to_a_new_one(side):
    world = World()
    world.add_there(number_of(0), "", "Jawa")
    world.sync()
    world.rename_group_there("Jawa", "Bali Baru")
    do(world, ("move_there", 0, "Jawa"))
    world.settle(side)
    assert set(world.groups.values()) == set(world.their_groups.values()) == {"Bali Baru", "Jawa"}
    assert world.memberships_here() == world.memberships_there() == {(number_of(0), "jawa")}


@settings(max_examples=200, deadline=None)
@example(
    [
        ("add_group_here", "Bali Baru"), ("add_there", number_of(0), "", "Jawa", ""), ("sync",),
        ("rename_group_there", "Jawa", "Bali Baru"),
    ],
    Side.THEIRS, {"mirrored": frozenset({"bali", "jawa"})},
)  # fmt: skip
@given(ANYTHING, st.sampled_from(Side), OPTIONS)
def test_whatever_happened_both_sides_come_together_once_people_have_decided(changes, side, options):
    world = World(**options)
    for change in changes:
        do(world, change)
    world.settle(side)
    if not options:
        assert world.memberships_here() == world.memberships_there()
        for entry in world.entries.values():
            assert world.person(entry.values[NUMBER]) is not None
            if side is Side.OURS:
                assert entry.values == world.person(entry.values[NUMBER]).values


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(CHANGES, SYNC), max_size=14), OPTIONS)
def test_what_nobody_deleted_stays_on_the_side_where_it_is(changes, options):
    world = World(**options)
    for change in changes:
        if change[0] in ("leave_here", "move_there", "renumber_here", "renumber_there"):
            continue
        do(world, change)
    here, there = {each.values[NUMBER] for each in world.people.values()}, set(world.entries)
    members_here, members_there = len(world.memberships_here()), len(world.memberships_there())
    world.sync()
    world.sync()
    assert here <= {each.values[NUMBER] for each in world.people.values()}
    assert there <= set(world.entries)
    assert len(world.memberships_here()) >= members_here
    assert len(world.memberships_there()) >= members_there


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(CHANGES, DELETIONS, SYNC), max_size=14), st.sampled_from(["here", "there"]))
def test_who_changes_and_deletes_on_one_side_only_never_sees_a_deletion_on_that_side(changes, side):
    world = World()
    for change in changes:
        if change[0] == "sync" or change[0].endswith(f"_{side}"):
            do(world, change)
    own = {each.values[NUMBER] for each in world.people.values()} if side == "here" else set(world.entries)
    world.sync()
    now = {each.values[NUMBER] for each in world.people.values()} if side == "here" else set(world.entries)
    assert own <= now


ONE = st.one_of(st.none(), st.tuples(st.sampled_from(["Budi", "Siti", "Agus"]), TEXTS))


@given(st.lists(st.tuples(ONE, ONE, ONE), max_size=5))
def test_conflicts_are_the_same_seen_from_either_side(people):
    """Each person: as agreed, as ours, as theirs."""
    one = compare_books(book([(base, ours, theirs) for base, ours, theirs in people if base]))
    other = compare_books(book([(base, theirs, ours) for base, ours, theirs in people if base]))
    assert seen(one) == {(id, field, theirs, ours) for id, field, ours, theirs in seen(other)}
    assert sorted(map(kind_of, one.actions)) == sorted(map(kind_of, other.actions))


def kind_of(action):
    """What is done, wherever: leaving a group here is what deleting an entry is there."""
    return action.kind.replace("leave", "delete").rsplit("_", 1)[0]


def book(people):
    def values(index, given):
        return values_of(number_of(index), given[0], given[1])

    contacts = [
        OurContact(index + 1, values(index, ours), frozenset({1})) for index, (_, ours, _t) in enumerate(people) if ours
    ]
    entries = [
        TheirEntry(str(index + 1), values(index, theirs), "Bali")
        for index, (_, _o, theirs) in enumerate(people)
        if theirs
    ]
    links = [
        Link(str(index + 1), index + 1 if ours else None, values(index, base), "#1")
        for index, (base, ours, _t) in enumerate(people)
    ]
    return Both(
        contacts=tuple(contacts),
        groups=(OurGroup(1, "Bali", True),),
        entries=tuple(entries),
        their_groups=(TheirGroup("9", "Bali"),),
        links=tuple(links),
        group_links=(GroupLink("#1", "Bali", "9", 1),),
        gone=frozenset(link.id for link in links) - {entry.id for entry in entries},
    )


def seen(plan):
    def plain(values):
        return None if values is None else tuple(sorted((k, v) for k, v in values.items() if k not in ("group",)))

    return {(each.id, each.field, plain(each.ours), plain(each.theirs)) for each in plan.conflicts}


def test_the_swap_is_not_trivial():
    agreed, ours, theirs = ("Budi", ""), ("Siti", ""), ("Agus", "")
    plan = compare_books(book([(agreed, ours, theirs), (agreed, None, ours), (agreed, ours, None)]))
    assert [each.field for each in plan.conflicts] == [NAME, "entry", "entry"]
    assert replace(plan.conflicts[0]).ours == {NAME: "Siti"}
