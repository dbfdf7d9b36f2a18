"""What a balance's change between two readings was: our own sending, a top-up, or somebody else's use (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)
# Providers round, and prices change a little before anybody enters them here.
TOLERANCE = Decimal("0.02")
# As many segments may be out of step: sent before a reading and charged after it.
LOOSE_SEGMENTS = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """What we sent between two readings. `sure`: what it costs; None where a price is not known. `doubtful`: what is
    uncertain may have cost so much more. `segment`: the price of one, 0 where it is not known."""

    sure: Decimal | None
    doubtful: Decimal = ZERO
    segment: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Change:
    """One change, taken apart: `after - before = topped_up - spent - unexplained`. `carry` goes into the next one: what
    we sent and is not charged yet (above 0), or small falls that nothing explained so far (below)."""

    spent: Decimal
    topped_up: Decimal
    unexplained: Decimal
    carry: Decimal


def explain_change(*, before: Decimal, after: Decimal, cost: Cost, carry: Decimal) -> Change:
    fell = before - after
    if cost.sure is None:
        # What is sent at an unknown price may explain any fall, and no rise.
        return Change(fell, ZERO, ZERO, ZERO) if fell >= 0 else Change(ZERO, -fell, ZERO, ZERO)
    expected = cost.sure + carry
    room = max((cost.sure + cost.doubtful) * TOLERANCE, LOOSE_SEGMENTS * cost.segment) + cost.doubtful
    too_much = fell - expected
    if too_much > room:
        return Change(fell - too_much, ZERO, too_much, ZERO)
    if fell < 0 and -too_much > room:
        return Change(max(expected, ZERO), max(expected, ZERO) - fell, ZERO, ZERO)
    # A charge that has not come by the next reading but one does not come any more.
    return Change(fell, ZERO, ZERO, min(-too_much, cost.sure))
