"""What a plan holds, at a glance."""

from tests.contacts.comparing.people import number_of

ONE, TWO = number_of(1), number_of(2)


def kinds(plan):
    return [action.kind for action in plan.actions]


def only(things):
    (thing,) = things
    return thing


def entry_of(world, index=0):
    return list(world.entries.values())[index]
