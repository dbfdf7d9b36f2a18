"""The fields of one contact and all its entries there, compared with what each of them last agreed on (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from contacts.comparing.types import FIELDS, NUMBER, Decision, Side, Values, Where, in_order


class Decisions:
    """What people decided on conflicts; `used` are the words that this plan follows."""

    def __init__(self, given: Mapping[Where, Decision]) -> None:
        self.given = given
        self.used: set[Where] = set()

    def take(self, where: Where, ours: Values | None, theirs: Values | None) -> Side | None:
        """Whose value a person chose, provided that both sides are still as the person saw them."""
        decision = self.given.get(where)
        if decision is None or (decision.ours, decision.theirs) != (ours, theirs):
            return None
        self.used.add(where)
        return decision.side


class Verdict(Enum):
    SAME = "same"
    PULL = "changed there"
    PUSH = "changed here"
    CONFLICT = "changed on both, differently"


def compare(agreed: str | None, ours: str, theirs: str) -> Verdict:
    """Three values of one field. Never agreed on: an empty one takes the other, else both count as changed."""
    if ours == theirs:
        return Verdict.SAME
    if (agreed or "") == ours:
        return Verdict.PULL
    return Verdict.PUSH if (agreed or "") == theirs else Verdict.CONFLICT


@dataclass(frozen=True, slots=True)
class Strand:
    """One entry of a contact: what it says now, what was agreed on, and whose value a person chose by field."""

    id: str
    theirs: Values
    agreed: Values = field(default_factory=dict)
    decided: Mapping[str, Side] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clash:
    """A field on which an entry and its contact differ, and nobody may guess. `ours`: as it will be here."""

    id: str
    field: str
    ours: str
    theirs: str
    agreed: str | None


@dataclass(slots=True)
class Merged:
    """`ours`: the contact's values once the plan is carried out. `pushes`: entry → field → value to write there."""

    ours: dict[str, str]
    agreed: dict[str, dict[str, str]]
    pushes: dict[str, dict[str, str]]
    clashes: list[Clash] = field(default_factory=list)


def merge(ours: Values | None, strands: Sequence[Strand], *, may_take: Callable[[str], bool]) -> Merged:
    """Bring a contact (None: it is new here) and its entries together. `may_take`: a number is free for it."""
    strands = sorted(strands, key=lambda each: in_order(each.id))
    if ours is None:
        ours = {name: strands[0].theirs.get(name, "") for name in FIELDS}
    merged = Merged(dict(ours), {each.id: dict(each.agreed) for each in strands}, {each.id: {} for each in strands})
    for name in FIELDS:
        present = [each for each in strands if name in each.theirs]
        if present:
            _merge_field(merged, name, present, may_take)
    return merged


def _merge_field(merged: Merged, name: str, strands: list[Strand], may_take: Callable[[str], bool]) -> None:
    before = merged.ours[name]
    verdicts = _judge(name, before, strands)
    pulled = _first_pull(name, verdicts, may_take)
    value = merged.ours[name] = before if pulled is None else pulled
    clashing = [each for each, verdict in verdicts if _clashes(each.theirs[name], value, verdict)]
    for each, verdict in verdicts:
        base, theirs = each.agreed.get(name), each.theirs[name]
        if theirs == value:
            merged.agreed[each.id][name] = value
        elif _clashes(theirs, value, verdict):
            merged.clashes.append(Clash(each.id, name, value, theirs, base))
        elif not clashing or name in each.decided:
            # Where entries of one number differ, nothing is written there until a person has decided.
            merged.pushes[each.id][name] = value


def _clashes(theirs: str, value: str, verdict: Verdict) -> bool:
    return theirs != value and verdict in (Verdict.PULL, Verdict.CONFLICT)


def _judge(name: str, ours: str, strands: list[Strand]) -> list[tuple[Strand, Verdict]]:
    differ = len({each.theirs[name] for each in strands}) > 1
    lead = strands[0]
    judged = []
    for each in strands:
        base = _base(each, name, ours)
        verdict = compare(base, ours, each.theirs[name])
        if base is None and differ and each is not lead:
            # Entries of one number differ, and this one never agreed on anything: only a person knows.
            verdict = Verdict.CONFLICT
        elif base is None and differ and verdict is Verdict.PUSH:
            verdict = Verdict.CONFLICT
        judged.append((each, verdict))
    return judged


def _base(strand: Strand, name: str, ours: str) -> str | None:
    """What counts as agreed: after a person's decision, the value that lost."""
    side = strand.decided.get(name)
    if side is None:
        return strand.agreed.get(name)
    return ours if side is Side.THEIRS else strand.theirs[name]


def _first_pull(name: str, verdicts: list[tuple[Strand, Verdict]], may_take: Callable[[str], bool]) -> str | None:
    """What the contact takes over: what a person chose, else the value of the lowest id."""
    pulls = [each for each, verdict in verdicts if verdict is Verdict.PULL]
    pulls.sort(key=lambda each: name not in each.decided)
    values = [each.theirs[name] for each in pulls if name != NUMBER or may_take(each.theirs[name])]
    return values[0] if values else None
