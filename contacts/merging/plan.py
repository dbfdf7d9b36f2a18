"""What becomes of several contacts that are one person: chosen values, all groups, all merge fields (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FIELDS = ("name", "mobile", "address", "birth_date", "description", "time_zone")
OTHER_NUMBER = "other_mobile"


@dataclass(frozen=True, kw_only=True)
class Card:
    """One contact as a merge sees it. `values`: the columns of `FIELDS`."""

    id: int
    values: Mapping[str, Any]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    groups: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Which contact stays, and of which contact each differing column and merge field is taken."""

    survivor: int
    fields: Mapping[str, int] = field(default_factory=dict)
    attributes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MergePlan:
    """`values` and `attributes` of the one that stays; `numbers` go to merge fields, `gone` are deleted."""

    survivor: int
    gone: tuple[int, ...]
    values: Mapping[str, Any]
    attributes: Mapping[str, Any]
    groups: Mapping[int, str]
    numbers: tuple[str, ...]


def plan_merge(cards: Sequence[Card], choices: Choices) -> MergePlan:
    """Raises KeyError where a choice names a contact that is not among them."""
    by_id = {card.id: card for card in cards}
    survivor = by_id[choices.survivor]
    ordered = [survivor, *(card for card in cards if card is not survivor)]
    values = {name: _chosen(ordered, name, by_id, choices) for name in FIELDS}
    numbers = tuple(card.values["mobile"] for card in ordered if card.values["mobile"] != values["mobile"])
    return MergePlan(
        survivor=survivor.id,
        gone=tuple(card.id for card in ordered[1:]),
        values=values,
        attributes=_with_numbers(_attributes(ordered, by_id, choices), numbers),
        groups={id: name for card in ordered for id, name in card.groups.items()},
        numbers=numbers,
    )


def differing_fields(cards: Sequence[Card]) -> list[str]:
    """The columns of which there is more than one value, empty ones aside."""
    return [name for name in FIELDS if len(_distinct([card.values[name] for card in cards])) > 1]


def differing_attributes(cards: Sequence[Card]) -> list[str]:
    names = dict.fromkeys(name for card in cards for name in card.attributes)
    return [name for name in names if len(_distinct([card.attributes.get(name, "") for card in cards])) > 1]


def _distinct(values: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in (None, "", *found):
            found.append(value)
    return found


def _chosen(ordered: Sequence[Card], name: str, by_id: Mapping[int, Card], choices: Choices) -> Any:
    """The chosen one's value; without a choice the survivor's, or else the first that says anything."""
    if name in choices.fields:
        return by_id[choices.fields[name]].values[name]
    told = _distinct([card.values[name] for card in ordered])
    return told[0] if told else ordered[0].values[name]


def _attributes(ordered: Sequence[Card], by_id: Mapping[int, Card], choices: Choices) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for card in ordered:
        merged |= {name: value for name, value in card.attributes.items() if merged.get(name, "") in (None, "")}
    chosen = {name: by_id[id].attributes[name] for name, id in choices.attributes.items()}
    return merged | chosen


def _with_numbers(attributes: Mapping[str, Any], numbers: Sequence[str]) -> dict[str, Any]:
    """Numbers that no contact has any more stay readable: `other_mobile`, `other_mobile_2`, …"""
    kept = dict(attributes)
    for number in numbers:
        if number in kept.values():
            continue
        place, name = 2, OTHER_NUMBER
        while name in kept:
            name, place = f"{OTHER_NUMBER}_{place}", place + 1
        kept[name] = number
    return kept
