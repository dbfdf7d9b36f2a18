"""The rules of the two-way sync about contacts, one test a rule: their fields, numbers, and contacts that are gone."""

import pytest

from contacts.comparing.types import ADDRESS, ENTRY, NAME, NUMBER, Kind, Side
from contacts.diff import missing
from tests.contacts.comparing.plans import ONE, TWO, entry_of, kinds, only
from tests.contacts.comparing.world import World

# --- the first sync ---------------------------------------------------------------------------------------------------


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


# --- fields -----------------------------------------------------------------------------------------------------------


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


# --- gone -------------------------------------------------------------------------------------------------------------


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


# --- numbers ----------------------------------------------------------------------------------------------------------


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
