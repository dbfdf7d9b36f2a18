"""How much a sync may do without a person's word (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from contacts.comparing.types import ADDITIONS_THERE, DELETIONS_HERE, DELETIONS_THERE, Action, Kind, Plan

DEFAULT_PERCENT = 10
# So few deletions are never stopped, however small the phone book is.
ALWAYS_FINE = 2
MOST_ADDITIONS = 1000


def kinds_over_limit(plan: Plan, percent: float) -> frozenset[Kind]:
    """Kinds of changes of which the plan has too many: they wait until a person has seen them."""
    over: set[Kind] = set()
    if _is_too_many(plan.actions, DELETIONS_HERE, plan.size_here, percent):
        over |= DELETIONS_HERE
    if _is_too_many(plan.actions, DELETIONS_THERE, plan.size_there, percent):
        over |= DELETIONS_THERE
    if _count(plan.actions, ADDITIONS_THERE) > MOST_ADDITIONS:
        over |= ADDITIONS_THERE
    return frozenset(over)


def _is_too_many(actions: Iterable[Action], kinds: frozenset[Kind], size: int, percent: float) -> bool:
    count = _count(actions, kinds)
    return count > ALWAYS_FINE and count * 100 > percent * size


def _count(actions: Iterable[Action], kinds: frozenset[Kind]) -> int:
    return sum(action.kind in kinds for action in actions)
