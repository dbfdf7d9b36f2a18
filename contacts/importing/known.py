"""What we know of contacts, in the same shape as a row's values, and what a row would change of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from contacts.importing.group_names import group_key
from contacts.importing.headers import ATTRIBUTE
from contacts.importing.reading import Values, clean_text
from contacts.merge_fields import as_text
from contacts.models import Contact, Group
from providers.bulk import among

TEXTS = ("name", "address", "birth_date", "description", "time_zone")
# field → [before, after]; of groups: [those it is in, those that are added].
Changes = dict[str, list[Any]]


class Person(Protocol):
    """A contact, stored or not."""

    name: Any
    address: Any
    birth_date: Any
    description: Any
    time_zone: Any
    attributes: Any


def values_of(contact: Person, groups: Collection[str]) -> Values:
    return {
        "name": " ".join(clean_text(contact.name).split()),
        "address": clean_text(contact.address),
        "birth_date": contact.birth_date.isoformat() if contact.birth_date else "",
        "description": clean_text(contact.description),
        "time_zone": contact.time_zone,
        "attributes": {key: clean_text(as_text(value)) for key, value in contact.attributes.items()},
        "groups": list(groups),
    }


def load_contacts(mobiles: Collection[str], *, for_update: bool = False) -> dict[str, tuple[Contact, list[str]]]:
    """{number: (contact, names of its groups)} of those that exist; two queries."""
    rows = among(Contact.objects.order_by("pk"), "mobile", mobiles)
    contacts = list(rows.select_for_update() if for_update else rows)
    groups: dict[int, list[str]] = {contact.pk: [] for contact in contacts}
    if groups:
        links = Contact.groups.through.objects.filter(contact_id__in=list(groups))
        for contact_id, name in links.order_by("group__name").values_list("contact_id", "group__name"):
            groups[contact_id].append(name)
    return {contact.mobile: (contact, groups[contact.pk]) for contact in contacts}


def load_groups() -> dict[str, int]:
    """{key of the name: id} of all groups."""
    return {group_key(name): pk for pk, name in Group.objects.values_list("pk", "name")}


def find_changes(values: Values, known: Mapping[str, Any]) -> Changes:
    """What the row says and we do not know yet; what it does not say stays."""
    changes: Changes = {
        field: [known.get(field, ""), values[field]]
        for field in TEXTS
        if field in values and values[field] != known.get(field, "")
    }
    there = {group_key(name) for name in known.get("groups", ())}
    if added := [name for name in values.get("groups", ()) if group_key(name) not in there]:
        changes["groups"] = [list(known.get("groups", ())), added]
    attributes = known.get("attributes", {})
    for key, text in values.get("attributes", {}).items():
        if attributes.get(key, "") != text:
            changes[f"{ATTRIBUTE}{key}"] = [attributes.get(key, ""), text]
    return changes


def overlay(known: Mapping[str, Any], values: Values) -> Values:
    """What we would know after the row."""
    merged = {**known, **{field: values[field] for field in TEXTS if field in values}}
    merged["attributes"] = {**known.get("attributes", {}), **values.get("attributes", {})}
    names = {group_key(name): name for name in (*known.get("groups", ()), *values.get("groups", ()))}
    merged["groups"] = list(names.values())
    return merged


def find_clash(values: Values, earlier: Values) -> str:
    """The field in which two rows of one number contradict each other, else ""."""
    for field in TEXTS:
        if field in values and field in earlier and values[field] != earlier[field]:
            return field
    mine, others = values.get("attributes", {}), earlier.get("attributes", {})
    return next((f"{ATTRIBUTE}{key}" for key in mine if key in others and mine[key] != others[key]), "")
