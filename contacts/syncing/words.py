"""Between the provider's entries, our rows, and the plain values of the comparison: one place that translates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from contacts.comparing.types import ADDRESS, BIRTH, DESCRIPTION, GROUP, NAME, NUMBER, TheirEntry, Values, fold
from contacts.models import Contact, Group
from providers.cleaning import clip
from providers.models import Account
from providers.numbers import is_mobile, to_e164
from providers.types import RemoteEntry

NAME_LIMIT = 200
GROUP_LIMIT = 100
# What an unset date becomes in many a provider's database; nobody we write to was born then.
NO_DAY = date(1900, 1, 1)


def contact_values(contact: Contact) -> dict[str, str]:
    """Our side's values of one contact."""
    return {
        NAME: contact.name,
        NUMBER: contact.mobile,
        ADDRESS: contact.address,
        BIRTH: birth_text(contact.birth_date),
        DESCRIPTION: contact.description,
    }


def birth_text(day: date | None) -> str:
    return "" if day is None or day == NO_DAY else day.isoformat()


def birth_of(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def entry_data(entry: RemoteEntry) -> dict[str, Any]:
    """An entry as a row keeps it, in the provider's own words."""
    return {
        "name": clip(entry.name, 5000),
        "mobile": clip(entry.mobile, 100),
        "group": clip(entry.group, 500),
        "address": None if entry.address is None else clip(entry.address, 20000),
        "birth": birth_text(entry.birth_date),
        "birth_text": None if entry.birth_text is None else clip(entry.birth_text, 200),
        "description": None if entry.description is None else clip(entry.description, 20000),
    }


def is_same_row(now: Mapping[str, Any], before: Mapping[str, Any], renamed: Mapping[str, str]) -> bool:
    """Whether two readings agree in what the short lists carry; a number may be spelled otherwise, and a group may have
    got another name (`renamed`: folded old → new)."""
    group = str(before.get("group", ""))
    return _short(now) == _short({**before, "group": renamed.get(fold(group), group)})


def _short(data: Mapping[str, Any]) -> tuple[str, ...]:
    mobile = str(data.get("mobile", ""))
    texts = (str(data.get("name", "")), str(data.get("group", "")), to_e164(mobile) or mobile)
    return tuple(" ".join(text.split()) for text in texts)


def usable_number(mobile: str, known: str = "") -> str:
    """E.164 where a message can reach it, else "". `known`: the number that we have for this entry; the wire carries
    numbers without their +, which tells a foreign one from a landline at home."""
    number = known if known and is_same_number(mobile, known) else to_e164(mobile)
    return number if number and is_mobile(number) else ""


def is_same_number(mobile: str, known: str) -> bool:
    return with_plus(mobile) == known


def with_plus(mobile: str) -> str:
    """The digits taken as a whole international number."""
    return "+" + re.sub(r"\D", "", mobile)


def their_entry(remote_id: str, data: Mapping[str, Any], *, is_complete: bool, known: str = "") -> TheirEntry:
    """Their side's values of one entry; what was not read, or cannot be, is absent."""
    number = usable_number(str(data["mobile"]), known)
    is_usable = bool(number) and len(fold(str(data["group"]))) <= GROUP_LIMIT
    values: dict[str, Any] = {NAME: their_name(str(data["name"]), number), NUMBER: number or str(data["mobile"])}
    if is_complete:
        values |= {ADDRESS: data.get("address"), DESCRIPTION: data.get("description")}
        values[BIRTH] = data.get("birth") if data.get("birth_text") is None else None
    told = {name: str(value) for name, value in values.items() if value is not None}
    return TheirEntry(remote_id, told, " ".join(str(data["group"]).split()), is_usable)


def their_name(name: str, number: str) -> str:
    """The provider demands a name: an entry named by its own number has none."""
    return "" if number and to_e164(name) == number else clip(name, NAME_LIMIT)


def written_entry(remote_id: str, values: Values) -> RemoteEntry:
    """A new entry for the wire."""
    return RemoteEntry(
        remote_id=remote_id,
        name=values[NAME] or values[NUMBER].removeprefix("+"),
        mobile=values[NUMBER],
        group=values.get(GROUP, ""),
        address=values[ADDRESS],
        birth_date=birth_of(values[BIRTH]),
        description=values[DESCRIPTION],
        is_complete=True,
    )


def rewritten_entry(read: RemoteEntry, after: Values) -> RemoteEntry:
    """The entry as it was just read, with what changed; an edit overwrites every field."""
    changed: dict[str, Any] = {}
    if NAME in after:
        changed["name"] = after[NAME] or usable_number(read.mobile).removeprefix("+") or read.name
    if NUMBER in after:
        changed["mobile"] = after[NUMBER]
    if BIRTH in after:
        changed |= {"birth_date": birth_of(after[BIRTH]), "birth_text": None}
    for field, name in ((ADDRESS, "address"), (DESCRIPTION, "description"), (GROUP, "group")):
        if field in after:
            changed[name] = after[field]
    return replace(read, **changed)


def mirrored_groups(account: Account) -> frozenset[str] | None:
    """Folded names of the groups that this account mirrors; None for all."""
    given = account.options.get("sync_groups") or []
    names = given.splitlines() if isinstance(given, str) else [str(each) for each in given]
    return frozenset(fold(name) for name in names if fold(name)) or None


def default_group(account: Account) -> str:
    return " ".join(str(account.options.get("default_group") or "").split())[:GROUP_LIMIT]


def find_group(name: str) -> Group | None:
    """Our group of a name, in whatever case it is written."""
    return Group.objects.filter(name__iexact=name).first()
