"""Making one contact of several: one transaction, with all that is needed to undo it in an event of the survivor."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from contacts.merging.phonebooks import hand_over_links
from contacts.merging.plan import FIELDS, Card, Choices, MergePlan, plan_merge
from contacts.models import Contact, ContactEvent
from providers.numbers import operator_of

FEWEST, MOST = 2, 10
# What hangs on a contact in an app above: called with the survivor's id and another's, tells what moved and how many.
HISTORY_MOVERS: list[Callable[[int, int], dict[str, int]]] = []
Membership = Contact.groups.through


class Changed(Exception):
    """Somebody changed or removed one of the contacts since the merge was looked at."""


def read_cards(ids: Sequence[int], *, is_locked: bool = False) -> list[Card]:
    """The contacts of these ids that there are, oldest first; locked in that order, whoever else merges them."""
    rows = Contact.objects.filter(pk__in=ids).order_by("pk")
    found = list(rows.select_for_update(of=("self",)) if is_locked else rows)
    groups: dict[int, dict[int, str]] = {contact.pk: {} for contact in found}
    names = Membership.objects.filter(contact__in=found).order_by("group__name")
    for contact_id, group_id, name in names.values_list("contact_id", "group_id", "group__name"):
        groups[contact_id][group_id] = name
    return [
        Card(
            id=contact.pk,
            values={name: getattr(contact, name) for name in FIELDS},
            attributes=contact.attributes,
            groups=groups[contact.pk],
        )
        for contact in found
    ]


def digest(cards: Sequence[Card]) -> str:
    """Of all that a person sees before he confirms: another digest, another look."""
    return hashlib.sha256(_as_json(cards).encode()).hexdigest()


@transaction.atomic
def merge_contacts(*, ids: Sequence[int], choices: Choices, seen: str, actor: Any) -> ContactEvent:
    """`seen`: the digest of the contacts as they were shown. Raises `Changed`, and nothing is done."""
    cards = read_cards(ids, is_locked=True)
    if len(cards) < FEWEST or digest(cards) != seen:
        raise Changed
    plan = plan_merge(cards, choices)
    links = hand_over_links(cards, plan)
    before = [card | _move(plan, card["id"]) | {"links": links.get(card["id"], [])} for card in told(cards)]
    Contact.objects.filter(pk__in=plan.gone).delete()
    _write(plan)
    return ContactEvent.objects.create(
        contact_id=plan.survivor,
        kind=ContactEvent.Kind.MERGED,
        actor=actor,
        details={"before": before, "after": plan.survivor, "result": told(read_cards([plan.survivor]))[0]},
    )


def _move(plan: MergePlan, other: int) -> dict[str, Any]:
    """What hangs on a contact that goes; nothing of the one that stays."""
    if other == plan.survivor:
        return {"moved": {}, "events": []}
    events = ContactEvent.objects.filter(contact=other)
    known = list(events.values_list("pk", flat=True))
    events.update(contact=plan.survivor)
    moved: dict[str, int] = {}
    for move in HISTORY_MOVERS:
        moved |= move(plan.survivor, other)
    return {"moved": moved, "events": known}


def _write(plan: MergePlan) -> None:
    values = {**plan.values, "operator": operator_of(plan.values["mobile"]), "attributes": dict(plan.attributes)}
    Contact.objects.filter(pk=plan.survivor).update(**values)
    links = [Membership(contact_id=plan.survivor, group_id=group) for group in plan.groups]
    Membership.objects.bulk_create(links, ignore_conflicts=True)


def told(cards: Sequence[Card]) -> list[dict[str, Any]]:
    """The contacts as an event keeps them."""
    return list(json.loads(_as_json(cards)))


def _as_json(cards: Sequence[Card]) -> str:
    rows = [
        {
            "id": card.id,
            **card.values,
            "attributes": card.attributes,
            "groups": list(card.groups.values()),
            "group_ids": list(card.groups),
        }
        for card in cards
    ]
    return json.dumps(rows, cls=DjangoJSONEncoder, sort_keys=True)
