"""The rules of the two-way sync about groups and limits, one test a rule."""

import pytest

from contacts.comparing.limits import kinds_over_limit
from contacts.comparing.types import GROUP, Action, Kind, Plan, Side
from tests.contacts.comparing.people import number_of
from tests.contacts.comparing.plans import ONE, TWO, entry_of, kinds, only
from tests.contacts.comparing.world import World

# --- groups -----------------------------------------------------------------------------------------------------------


def test_a_contact_moved_to_another_group_is_moved_there_and_nothing_is_deleted(world):
    world.person(ONE).groups = {world.group_here("Jawa")}
    plan = world.sync()
    assert Kind.DELETE_THERE not in kinds(plan)
    assert entry_of(world).group == "Jawa"


def test_an_entry_moved_there_moves_the_membership_here(world):
    entry_of(world).group = world.group_there("Jawa")
    world.sync()
    assert world.memberships_here() == {(ONE, "jawa")}


def test_moved_to_different_groups_on_both_sides_is_a_conflict(world):
    entry_of(world).group = world.group_there("Jawa")
    world.person(ONE).groups = {world.group_here("Aceh")}
    conflict = only(world.sync().conflicts)
    assert (conflict.field, conflict.ours, conflict.theirs) == (GROUP, {GROUP: "Aceh"}, {GROUP: "Jawa"})


def test_empty_groups_are_added_on_both_sides():
    world = World()
    world.group_here("Bali")
    world.group_there("Jawa")
    world.sync()
    assert sorted(world.groups.values()) == sorted(world.their_groups.values()) == ["Bali", "Jawa"]


def test_a_group_is_added_before_its_first_member():
    world = World()
    world.add_here(ONE, "Budi", ["Bali"])
    assert kinds(world.plan()) == [Kind.ADD_GROUP_THERE, Kind.ADD_THERE]


@pytest.mark.parametrize("where", ["here", "there"])
def test_a_renamed_group_is_renamed_on_the_other_side_with_its_members(world, where):
    getattr(world, f"rename_group_{where}")("Bali", "Bali Baru")
    assert len(world.sync().actions) == 1
    assert entry_of(world).group == "Bali Baru"
    assert world.plan().is_empty


def test_a_group_of_the_same_name_but_another_id_is_no_rename(world):
    id = only(world.their_groups)
    world.their_groups = {"99": "Bali"}
    assert world.sync().actions == ()
    assert id != only(world.group_links.values()).id == "99"


def test_a_group_renamed_differently_on_both_sides_is_a_conflict(world):
    world.rename_group_here("Bali", "Bali Baru")
    world.rename_group_there("Bali", "Bali Lama")
    plan = world.sync()
    assert plan.actions == ()
    world.decide(only(plan.conflicts), Side.THEIRS)
    world.sync()
    assert list(world.groups.values()) == ["Bali Lama"]


@pytest.mark.parametrize("where", ["here", "there"])
def test_an_empty_group_deleted_on_one_side_is_deleted_on_the_other(where):
    world = World()
    world.group_here("Bali")
    world.sync()
    getattr(world, f"delete_group_{where}")("Bali")
    world.sync()
    assert (world.groups, world.their_groups) == ({}, {})


@pytest.mark.parametrize("where", ["here", "there"])
@pytest.mark.parametrize("side", Side)
def test_a_deleted_group_with_members_left_asks_and_does_as_decided(world, where, side):
    getattr(world, f"delete_group_{where}")("Bali")
    plan = world.sync()
    assert plan.actions == ()
    world.decide(only(plan.conflicts), side)
    world.settle(side)
    is_kept = side is (Side.THEIRS if where == "here" else Side.OURS)
    assert bool(world.groups) is bool(world.their_groups) is is_kept
    assert world.memberships_here() == world.memberships_there() == ({(ONE, "bali")} if is_kept else set())
    assert world.person(ONE) is not None


# --- which groups an account mirrors ----------------------------------------------------------------------------------


def test_only_the_chosen_groups_are_mirrored():
    world = World(mirrored=frozenset({"bali"}))
    world.add_here(ONE, "Budi", ["Bali", "Rahasia"])
    world.add_here(TWO, "Siti", ["Rahasia"])
    world.add_there(number_of(3), "Agus", "Lain")
    world.sync()
    assert sorted(entry.group for entry in world.entries.values()) == ["Bali", "Lain"]
    assert "Rahasia" not in world.their_groups.values()
    assert world.person(number_of(3)) is None


def test_a_contact_in_no_mirrored_group_goes_to_the_default_group_or_stays_here():
    stays, goes = World(), World(default_group="Rest")
    for world in (stays, goes):
        world.add_here(ONE, "Budi")
        world.sync()
        assert world.plan().is_empty
    assert stays.entries == {}
    assert only(goes.entries.values()).group == "Rest"


def test_who_was_deleted_there_does_not_come_back_by_the_default_group():
    world = World(default_group="Rest")
    world.add_here(ONE, "Budi").is_kept = True
    world.sync()
    world.entries.clear()
    world.sync()
    assert world.plan().is_empty
    assert world.entries == {}


# --- limits -----------------------------------------------------------------------------------------------------------


def deletions(kind, count, *, size):
    actions = tuple(Action(kind, str(number)) for number in range(count))
    return Plan(actions=actions, size_here=size, size_there=size)


@pytest.mark.parametrize("kind", [Kind.DELETE_THERE, Kind.LEAVE_HERE])
def test_more_deletions_than_the_limit_wait_but_never_fewer_than_three(kind):
    assert kinds_over_limit(deletions(kind, 2, size=2), 10) == frozenset()
    assert kinds_over_limit(deletions(kind, 3, size=30), 10) == frozenset()
    assert kind in kinds_over_limit(deletions(kind, 3, size=29), 10)
    assert kinds_over_limit(deletions(kind, 3, size=29), 11) == frozenset()


def test_more_than_a_thousand_additions_there_wait():
    assert kinds_over_limit(deletions(Kind.ADD_THERE, 1000, size=1), 10) == frozenset()
    assert kinds_over_limit(deletions(Kind.ADD_THERE, 1001, size=1), 10) == {Kind.ADD_THERE, Kind.ADD_GROUP_THERE}
    assert kinds_over_limit(deletions(Kind.ADD_HERE, 5000, size=1), 10) == frozenset()
