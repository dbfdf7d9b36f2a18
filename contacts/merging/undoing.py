"""Taking a merge back: those that went come back under their numbers; what was changed since stays as it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.merging.phonebooks import give_back_links
from contacts.merging.plan import FIELDS, Card
from contacts.merging.services import Changed, Membership, read_cards, told
from contacts.models import Contact, ContactEvent, Group
from providers.numbers import display, operator_of

# What hangs on a contact in an app above: called with the survivor's id, the other's, and the other's number.
HISTORY_SPLITTERS: list[Callable[[int, int, str], None]] = []
MERGED = ContactEvent.Kind.MERGED


class CannotUndo(Exception):
    """Says to a person why not."""


@dataclass(frozen=True, kw_only=True)
class Undoing:
    """`values`, `attributes`: what the survivor is to be again. `leaves`: groups that it got by the merge only.
    `returning`: the contacts that come back, as the event kept them. `stays`: columns that were changed since."""

    survivor: Card
    values: Mapping[str, Any]
    attributes: Mapping[str, Any]
    leaves: Mapping[int, str]
    returning: Sequence[Mapping[str, Any]]
    stays: Sequence[str]
    seen: str


def plan_undoing(event: ContactEvent, *, is_locked: bool = False) -> Undoing:
    """Raises `CannotUndo` where something happened since that the merge cannot be taken back over."""
    _refuse_what_is_over(event)
    cards = read_cards([event.details["after"]], is_locked=is_locked)
    if not cards:
        raise CannotUndo(_("The contact that stayed was deleted since."))
    undoing = _plan(event, cards[0])
    _refuse_taken_numbers(undoing)
    return undoing


def _refuse_what_is_over(event: ContactEvent) -> None:
    if event.kind != MERGED or "result" not in event.details:
        raise CannotUndo(_("Too little was kept of this one. Enter the old values by hand."))
    if event.details.get("undone"):
        raise CannotUndo(_("It was undone already."))
    if event.contact_id != event.details["after"]:
        raise CannotUndo(_("The contact that stayed was merged into another one, or deleted, since: undo that first."))
    later = ContactEvent.objects.filter(contact=event.contact_id, kind=MERGED, pk__gt=event.pk)
    if any(not details.get("undone") for details in later.values_list("details", flat=True)):
        raise CannotUndo(_("This contact was merged once more since: undo that first."))


def _plan(event: ContactEvent, now: Card) -> Undoing:
    result = event.details["result"]
    before = next(card for card in event.details["before"] if card["id"] == now.id)
    current = told([now])[0]
    same = [name for name in FIELDS if current[name] == result[name]]
    got = set(result["group_ids"]) - set(before["group_ids"])
    return Undoing(
        survivor=now,
        values={name: before[name] for name in same if before[name] != current[name]},
        attributes=_attributes(before["attributes"], result["attributes"], current["attributes"]),
        leaves={id: name for id, name in now.groups.items() if id in got},
        returning=[card for card in event.details["before"] if card["id"] != now.id],
        stays=[name for name in FIELDS if name not in same],
        seen=hashlib.sha256(json.dumps([event.pk, current], sort_keys=True).encode()).hexdigest(),
    )


def _attributes(before: Mapping[str, Any], result: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """As before, but for what was written since."""
    since = {name: value for name, value in now.items() if name not in result or result[name] != value}
    removed = {name for name in result if name not in now}
    return {name: value for name, value in before.items() if name not in removed} | since


def _refuse_taken_numbers(undoing: Undoing) -> None:
    returning = [card["mobile"] for card in undoing.returning]
    mobile = undoing.values.get("mobile", undoing.survivor.values["mobile"])
    others = Contact.objects.exclude(pk=undoing.survivor.id)
    taken = [contact.mobile for contact in others.filter(mobile__in=[mobile, *returning]).order_by("mobile")]
    taken += [mobile] if mobile in returning else []
    if taken:
        raise CannotUndo(_("Another contact has this number by now: %s") % ", ".join(map(display, taken)))


@transaction.atomic
def undo_merge(*, event: ContactEvent, seen: str, actor: Any) -> ContactEvent:
    """`seen`: what the person was shown. Raises `CannotUndo` or `Changed`, and nothing is done."""
    event = ContactEvent.objects.select_for_update(of=("self",)).get(pk=event.pk)
    undoing = plan_undoing(event, is_locked=True)
    if undoing.seen != seen:
        raise Changed
    _put_back_survivor(event, undoing)
    for card in undoing.returning:
        _bring_back(undoing.survivor.id, card)
    event.details = {**event.details, "undone": True}
    event.save(update_fields=["details"])
    return ContactEvent.objects.create(
        contact_id=undoing.survivor.id,
        kind=ContactEvent.Kind.UNMERGED,
        actor=actor,
        details={"merge": event.pk, "before": told([undoing.survivor])},
    )


def _put_back_survivor(event: ContactEvent, undoing: Undoing) -> None:
    survivor, values = undoing.survivor.id, dict(undoing.values)
    if "mobile" in values:
        values["operator"] = operator_of(values["mobile"])
    Contact.objects.filter(pk=survivor).update(**values, attributes=dict(undoing.attributes))
    Membership.objects.filter(contact=survivor, group__in=undoing.leaves).delete()
    before = next(card for card in event.details["before"] if card["id"] == survivor)
    give_back_links(before["links"], survivor)


def _bring_back(survivor: int, card: Mapping[str, Any]) -> None:
    """Under the id that it had, to which nothing else was given since."""
    columns = {name: card[name] for name in FIELDS}
    operator, attributes = operator_of(card["mobile"]), card["attributes"]
    contact = Contact.objects.create(pk=card["id"], **columns, operator=operator, attributes=attributes)
    contact.groups.set(Group.objects.filter(pk__in=card["group_ids"]))
    give_back_links(card["links"], contact.pk)
    ContactEvent.objects.filter(pk__in=card["events"]).update(contact=contact)
    for split in HISTORY_SPLITTERS:
        split(survivor, contact.pk, card["mobile"])
