"""Contacts that are likely one person: the same name, regardless of case, with different numbers.

One index gives the names in order; a page looks at so many of them and says where it stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import CharField, Count, Value, prefetch_related_objects

from contacts.keys import NameKey
from contacts.models import Contact

WINDOW = 50_000
SHOWN, MEMBERS = 20, 10


@dataclass(frozen=True)
class Twins:
    """Contacts of one name; `more` of them are not listed. `shared`: columns that agree as well."""

    contacts: list[Contact]
    more: int
    shared: set[str] = field(default_factory=set)

    @property
    def ids(self) -> str:
        return ",".join(str(contact.pk) for contact in self.contacts)


@dataclass(frozen=True)
class Proposals:
    """`after`: the name from which to go on; "" when all names have been looked at."""

    groups: list[Twins]
    after: str


def propose_merges(after: str = "", *, window: int = WINDOW) -> Proposals:
    """The next names that more than one contact has."""
    named = Contact.objects.exclude(name="").annotate(name_key=NameKey("name")).order_by("name_key")
    rest = named.filter(name_key__gt=Value(after, output_field=CharField())) if after else named
    end = rest.values_list("name_key", flat=True)[window : window + 1].first()
    looked_at = rest.filter(name_key__lte=Value(end, output_field=CharField())) if end is not None else rest
    twice = looked_at.order_by("name_key").values("name_key").annotate(count=Count("pk")).filter(count__gt=1)
    found = list(twice.values_list("name_key", "count")[: SHOWN + 1])
    shown = found[:SHOWN]
    contacts = [_named(key) for key, _count in shown]
    prefetch_related_objects([contact for rows in contacts for contact in rows], "groups")
    groups = [_twins(rows, count) for rows, (_key, count) in zip(contacts, shown, strict=True)]
    return Proposals(groups, shown[-1][0] if len(found) > SHOWN else end or "")


def _named(key: str) -> list[Contact]:
    """The first of one name: a short read of the index."""
    rows = Contact.objects.exclude(name="").alias(name_key=NameKey("name"))
    same = rows.filter(name_key=Value(key, output_field=CharField()))
    return list(same.order_by("pk")[:MEMBERS])


def _twins(contacts: list[Contact], count: int) -> Twins:
    columns = ("birth_date", "address")
    values = {name: {getattr(contact, name) for contact in contacts} for name in columns}
    shared = {name for name, found in values.items() if len(found) == 1 and not found & {None, ""}}
    return Twins(contacts, count - len(contacts), shared)
