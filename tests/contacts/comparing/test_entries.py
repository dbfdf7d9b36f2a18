"""The rules of the two-way sync about contacts with many entries, one test a rule."""

import pytest

from contacts.comparing.types import ADDRESS, NAME, NUMBER, Kind, Side
from tests.contacts.comparing.plans import ONE, entry_of, only
from tests.contacts.comparing.world import World


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
