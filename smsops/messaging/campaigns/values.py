"""What a text may say of each recipient: the columns of an uploaded file, then what the contact's card says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from contacts.merge_fields import as_text
from smsops.messaging.campaigns.merge import Merge, clean_value, field_key
from smsops.messaging.campaigns.models import AudienceEntry

# The names of a card's lines, in English and in Indonesian.
CARD = {
    "name": "name", "nama": "name", "mobile": "mobile", "nomor": "mobile", "address": "address", "alamat": "address",
    "birth_date": "birth_date", "tanggal_lahir": "birth_date", "description": "description",
    "keterangan": "description",
}  # fmt: skip
READ = 2000


@dataclass(frozen=True, slots=True)
class Person:
    """One recipient with what a text may say of him."""

    entry: int
    recipient: str
    operator: str
    zone: str
    contact: int | None
    values: Mapping[str, str]


def read_people(entries: QuerySet[AudienceEntry], merge: Merge, *, limit: int | None = None) -> Iterator[Person]:
    """In order of their entries, no more of a card read than the text asks for, and never all at once."""
    lines = sorted({CARD[key] for key in merge.keys if key in CARD} - {"mobile"})
    columns = [f"contact__{line}" for line in lines]
    if asks_attributes := any(key not in CARD for key in merge.keys):
        columns.append("contact__attributes")
    own = ("id", "recipient", "operator", "zone", "contact_id", "fields")
    rows = entries.order_by("id").values_list(*own, *columns)[:limit]
    for entry, recipient, operator, zone, contact, fields, *card in rows.iterator(READ):
        attributes = card.pop() if asks_attributes else None
        values = _values(merge.keys, recipient, fields, dict(zip(lines, card, strict=True)), attributes)
        yield Person(entry, recipient, operator, zone, contact, values)


def _values(
    keys: Sequence[str],
    recipient: str,
    fields: Mapping[str, str] | None,
    card: Mapping[str, Any],
    attributes: Mapping[str, Any] | None,
) -> dict[str, str]:
    if not keys:
        return {}
    free = {field_key(name): value for name, value in attributes.items()} if attributes else {}
    found = {}
    for key in keys:
        value = (fields or {}).get(key) or free.get(key) or _card_value(key, recipient, card)
        if value not in (None, ""):
            found[key] = clean_value(as_text(value))
    return found


def _card_value(key: str, recipient: str, card: Mapping[str, Any]) -> str:
    line = CARD.get(key, "")
    if line == "mobile":
        return recipient
    value = card.get(line)
    return value.strftime("%d-%m-%Y") if line == "birth_date" and value else str(value or "")


def known_fields(audience: Mapping[str, Any]) -> set[str]:
    """Names that are well written, though nobody may have a value: a card's, and the file's columns."""
    columns = (audience.get("file") or {}).get("keys", [])
    return {*CARD, *(key for keys in columns for key in keys)}


def offered_fields(entries: QuerySet[AudienceEntry], columns: Iterable[Sequence[str]]) -> list[str]:
    """Names that a text may use: a card's, the file's columns, and the free fields of some of the recipients."""
    some = entries.filter(contact__isnull=False).order_by("id")[:100]
    free = [key for attributes in some.values_list("contact__attributes", flat=True) for key in attributes or ()]
    named = [keys[0] for keys in columns if keys]
    return list(dict.fromkeys(["name", "mobile", *named, *map(field_key, free)]))
