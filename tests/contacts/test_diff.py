"""Each rule of the two-way sync, one test a rule, over two phone books in memory."""

import pytest

from contacts.comparing.limits import kinds_over_limit
from contacts.comparing.types import ADDRESS, ENTRY, GROUP, NAME, NUMBER, Action, Kind, Plan, Side
from contacts.diff import missing
from tests.contacts.phonebook_world import World, number_of

ONE, TWO = number_of(1), number_of(2)


def kinds(plan):
    return [action.kind for action in plan.actions]


def only(things):
    (thing,) = things
    return thing


@pytest.fixture
def world():
    """One person in one group, known on both sides."""
    made = World()
    made.add_here(ONE, "Budi", ["Bali"], address="Jl. Bali 1")
    made.sync()
    return made


def entry_of(world, index=0):
    return list(world.entries.values())[index]


# --- the first sync --------------------------------------------------------------------------------------------------


def test_the_first_sync_links_by_number_and_deletes_nothing():
    world = World()
    world.add_here(ONE, "Budi", ["Bali"])
    world.add_there(ONE, "Budi", "Bali")
    world.add_here(TWO, "Siti", ["Jawa"])
    plan = world.sync()
    assert kinds(plan) == [Kind.ADD_GROUP_THERE, Kind.ADD_THERE]
    assert len(world.entries) == 2


def test_an_empty_field_takes_the_others_value_and_two_values_are_a_conflict():
    world = World()
    world.add_here(ONE, "Budi", ["Bali"])
    world.add_there(ONE, "Budi S", "Bali", address="Jl. Bali 1")
    plan = world.sync()
    assert world.person(ONE).values[ADDRESS] == "Jl. Bali 1"
    assert (only(plan.conflicts).ours, only(plan.conflicts).theirs) == ({NAME: "Budi"}, {NAME: "Budi S"})


# --- fields ----------------------------------------------------------------------------------------------------------


def test_what_changed_there_is_copied_here_and_the_other_way_round(world):
    entry_of(world).values[NAME] = "Budi S"
    world.person(ONE).values[ADDRESS] = "Jl. Jawa 2"
    assert kinds(world.sync()) == [Kind.EDIT_HERE, Kind.EDIT_THERE]
    assert world.person(ONE).values == entry_of(world).values
    assert (entry_of(world).values[NAME], entry_of(world).values[ADDRESS]) == ("Budi S", "Jl. Jawa 2")


def test_the_same_change_on_both_sides_is_only_noted(world):
    entry_of(world).values[NAME] = world.person(ONE).values[NAME] = "Budi S"
    plan = world.sync()
    assert plan.actions == ()
    assert plan.conflicts == ()
    assert not plan.is_empty
    assert world.plan().is_empty


def test_different_changes_of_one_field_are_a_conflict_that_shows_what_was_agreed(world):
    entry_of(world).values[NAME], world.person(ONE).values[NAME] = "Budi S", "Budi Santoso"
    plan = world.sync()
    conflict = only(plan.conflicts)
    assert plan.actions == ()
    assert conflict.field == NAME
    assert conflict.ours == {NAME: "Budi Santoso"}
    assert conflict.theirs == {NAME: "Budi S"}
    assert conflict.agreed == {NAME: "Budi"}


@pytest.mark.parametrize(("side", "name"), [(Side.OURS, "Budi Santoso"), (Side.THEIRS, "Budi S")])
def test_a_decision_brings_both_sides_to_the_chosen_value(world, side, name):
    entry_of(world).values[NAME], world.person(ONE).values[NAME] = "Budi S", "Budi Santoso"
    world.decide(only(world.sync().conflicts), side)
    world.sync()
    assert entry_of(world).values[NAME] == world.person(ONE).values[NAME] == name


def test_a_decision_counts_only_while_both_sides_are_as_the_person_saw_them(world):
    entry_of(world).values[NAME], world.person(ONE).values[NAME] = "Budi S", "Budi Santoso"
    world.decide(only(world.sync().conflicts), Side.OURS)
    entry_of(world).values[NAME] = "Budi Susilo"
    assert only(world.sync().conflicts).theirs == {NAME: "Budi Susilo"}
    assert entry_of(world).values[NAME] == "Budi Susilo"


def test_a_field_that_nobody_can_read_is_left_alone(world):
    del entry_of(world).values[ADDRESS]
    world.person(ONE).values[NAME] = "Budi S"
    plan = world.sync()
    assert only(plan.actions).after == {NAME: "Budi S"}


# --- gone ------------------------------------------------------------------------------------------------------------


def test_gone_here_and_untouched_there_is_deleted_there(world):
    world.delete_here(ONE)
    assert kinds(world.sync()) == [Kind.DELETE_THERE]
    assert world.links == {}


def test_gone_there_and_untouched_here_goes_here(world):
    world.delete_there(ONE)
    assert only(world.sync().actions).goes
    assert world.person(ONE) is None


def test_gone_on_one_side_and_changed_on_the_other_is_a_conflict(world):
    world.add_here(TWO, "Siti", ["Bali"])
    world.sync()
    world.delete_here(ONE)
    entry_of(world, 0).values[NAME] = "Budi S"
    world.delete_there(TWO)
    world.person(TWO).values[NAME] = "Siti A"
    plan = world.sync()
    assert plan.actions == ()
    assert [(each.field, each.ours is None, each.theirs is None) for each in plan.conflicts] == [
        (ENTRY, False, True),
        (ENTRY, True, False),
    ]


@pytest.mark.parametrize("side", Side)
def test_a_decision_over_what_is_gone_here_deletes_it_there_or_brings_it_back(world, side):
    world.delete_here(ONE)
    entry_of(world).values[NAME] = "Budi S"
    world.decide(only(world.sync().conflicts), side)
    world.sync()
    assert bool(world.entries) is (world.person(ONE) is not None) is (side is Side.THEIRS)


@pytest.mark.parametrize("side", Side)
def test_a_decision_over_what_is_gone_there_adds_it_again_or_lets_it_go(world, side):
    world.delete_there(ONE)
    world.person(ONE).values[NAME] = "Budi S"
    world.decide(only(world.sync().conflicts), side)
    world.sync()
    assert bool(world.entries) is (world.person(ONE) is not None) is (side is Side.OURS)


def test_gone_on_both_sides_is_forgotten(world):
    world.delete_here(ONE)
    world.delete_there(ONE)
    plan = world.sync()
    assert plan.actions == ()
    assert world.links == {}


def test_a_contact_written_down_anew_finds_its_entry_by_the_number_on_the_link(world):
    world.delete_here(ONE)
    world.add_here(ONE, "Budi", ["Bali"], address="Jl. Bali 1")
    assert world.sync().actions == ()
    assert len(world.entries) == 1


def test_what_was_not_listed_must_be_asked_for_one_by_one(world):
    both = world.both()
    assert missing(both) == []
    world.entries.clear()
    assert missing(world.both()) == list(world.links)


# --- one contact, many entries ---------------------------------------------------------------------------------------


def test_each_group_of_a_contact_is_an_entry_there():
    world = World()
    world.add_here(ONE, "Budi", ["Bali", "Jawa"])
    world.sync()
    assert sorted(entry.group for entry in world.entries.values()) == ["Bali", "Jawa"]


def test_entries_of_one_number_are_one_contact_in_all_their_groups():
    world = World()
    world.add_there(ONE, "Budi", "Bali")
    world.add_there(ONE, "Budi", "Jawa")
    world.sync()
    assert len(world.people) == 1
    assert world.memberships_here() == {(ONE, "bali"), (ONE, "jawa")}


def test_where_entries_of_one_number_differ_the_lowest_id_counts_and_nothing_is_written_there():
    world = World()
    world.add_there(ONE, "Budi S", "Jawa", id="10", address="Jl. Jawa 2")
    world.add_there(ONE, "Budi", "Bali", id="9")
    plan = world.sync()
    assert world.person(ONE).values[NAME] == "Budi"
    assert {conflict.field: conflict.theirs for conflict in plan.conflicts} == {
        NAME: {NAME: "Budi S"},
        ADDRESS: {ADDRESS: "Jl. Jawa 2"},
    }
    world.person(ONE).values[NAME] = "Budi Santoso"
    assert not [action for action in world.sync().actions if action.kind is Kind.EDIT_THERE]


def test_a_change_of_one_entry_reaches_the_others_of_its_contact(world):
    world.person(ONE).groups.add(world.group_here("Jawa"))
    world.sync()
    entry_of(world, 0).values[NAME] = "Budi S"
    world.sync()
    assert entry_of(world, 1).values[NAME] == "Budi S"
    assert world.plan().is_empty


def test_the_same_number_and_group_twice_is_listed_and_never_deleted_by_us(world):
    twin = world.add_there(ONE, "Budi", "Bali", address="Jl. Bali 1")
    assert only(world.sync().duplicates).id == twin
    world.delete_here(ONE)
    plan = world.sync()
    assert plan.actions == ()
    assert len(plan.conflicts) == 2
    world.decide(plan.conflicts[0], Side.OURS)
    world.sync()
    assert len(world.entries) == 1
    assert world.sync().actions == ()


def test_one_of_two_entries_deleted_there_leaves_the_membership_to_the_other(world):
    world.add_there(ONE, "Budi", "Bali", address="Jl. Bali 1")
    world.sync()
    del world.entries[min(world.entries, key=int)]
    world.sync()
    assert world.memberships_here() == {(ONE, "bali")}


def test_a_remote_deletion_takes_the_membership_and_keeps_the_contact_that_something_holds(world):
    world.person(ONE).groups.add(world.group_here("Jawa"))
    world.sync()
    world.entries = {id: each for id, each in world.entries.items() if each.group == "Jawa"}
    world.sync()
    assert world.memberships_here() == {(ONE, "jawa")}
    world.person(ONE).is_kept = True
    world.entries.clear()
    world.sync()
    assert world.person(ONE) is not None
    assert world.plan().is_empty


@pytest.mark.parametrize("number", ["", "ABC", "021"])
def test_an_entry_whose_number_is_unusable_is_listed_and_stays_as_it_is(world, number):
    id = world.add_there(number, "Kantor", "Bali", is_usable=False)
    entry = next(iter(world.entries.values()))
    entry.values[NUMBER], entry.is_usable = number, False
    world.delete_here(ONE)
    plan = world.sync()
    assert len(plan.unusable) == 2
    assert plan.actions == ()
    assert id in world.entries


# --- groups ----------------------------------------------------------------------------------------------------------


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


# --- which groups an account mirrors ---------------------------------------------------------------------------------


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


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_a_changed_number_is_copied(world):
    entry_of(world).values[NUMBER] = TWO
    world.sync()
    assert world.person(TWO).values[NAME] == "Budi"
    assert world.person(ONE) is None


def test_a_number_that_another_contact_has_is_a_conflict(world):
    world.add_here(TWO, "Siti", ["Bali"])
    world.sync()
    entry_of(world, 0).values[NUMBER] = TWO
    plan = world.sync()
    assert NUMBER in {conflict.field for conflict in plan.conflicts}
    assert {person.values[NUMBER] for person in world.people.values()} == {ONE, TWO}


# --- limits ----------------------------------------------------------------------------------------------------------


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
