"""What a merge has left behind, in words: the values that somebody may want to enter again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from contacts.merge_fields import as_text
from contacts.merging.plan import FIELDS
from contacts.models import Contact, ContactEvent
from providers.numbers import display

SHOWN = 10


def events_of(contact: Contact) -> list[ContactEvent]:
    """The latest, each with `lines`: one for every contact that went into it, and whether it `can_be_undone`."""
    events = list(contact.events.select_related("actor").order_by("-pk")[:SHOWN])
    standing = [event for event in events if event.kind == ContactEvent.Kind.MERGED and not event.details.get("undone")]
    for event in events:
        vars(event)["lines"] = [describe(card) for card in event.details.get("before", [])]
        vars(event)["can_be_undone"] = event in standing[:1] and "result" in event.details
    return events


def describe(card: Mapping[str, Any]) -> str:
    values = [display(card["mobile"]), *(str(card[name]) for name in FIELDS if name != "mobile" and card.get(name))]
    values += [f"{name}: {as_text(value)}" for name, value in card.get("attributes", {}).items()]
    if card.get("groups"):
        values.append(_("Groups: %s") % ", ".join(card["groups"]))
    return " · ".join(values)
