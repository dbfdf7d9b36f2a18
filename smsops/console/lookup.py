"""Whom a person on the phone may mean: by number, last digits, reference, provider's id or name.

Every question is one to an index; a number is shown once, whoever it belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from contacts.filters import find_contacts
from contacts.keys import Backwards, LastDigits, NameKey, ending_with
from contacts.models import Contact
from providers.cleaning import clip
from providers.numbers import to_e164
from smsops.console.models import LookupLog
from smsops.inbox.models import InboundMessage
from smsops.messaging.lookup import find_messages
from smsops.messaging.models import Message

Kind = LookupLog.Kind
CONTACTS, INBOX = "contacts.view_contact", "inbox.view_inboundmessage"
MOST = 20
LONGEST = 100
ENDING = re.compile(r"[0-9]{4,8}")
# What the indexes hold of a number's end.
INDEXED = 6
# What people write between digits, or for those they do not know.
FILLERS = re.compile(r"[\s.…*x()-]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """One number (E.164) that may be meant; `name` as far as the person may see it."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Found:
    """`is_more`: there are more than are shown."""

    kind: Kind
    hits: list[Hit]
    is_more: bool = False


def look_up(term: str, user: Any) -> Found:
    """Numbers that this may mean, as far as this person may see them; a whole number is always one of them."""
    term = clip(term.strip(), LONGEST)
    number = to_e164(term)
    if number and _is_known(number):
        return Found(Kind.NUMBER, _named([number], user))
    if numbers := _numbers_of_messages(term):
        return _found(Kind.MESSAGE, numbers, user)
    if number:
        return Found(Kind.NUMBER, _named([number], user))
    ending = FILLERS.sub("", term)
    if ENDING.fullmatch(ending):
        return _found(Kind.DIGITS, _numbers_ending(ending, user), user)
    return _found(Kind.NAME, _numbers_named(term, user), user)


def write_lookup(*, actor: Any, term: str, found: Found) -> None:
    number = found.hits[0].number if len(found.hits) == 1 else ""
    LookupLog.objects.create(
        actor=actor, kind=found.kind, term=clip(term.strip(), LONGEST), number=number, found=len(found.hits)
    )


def _is_known(number: str) -> bool:
    return (
        Message.objects.filter(recipient=number).order_by().exists()
        or Contact.objects.filter(mobile=number).exists()
        or InboundMessage.objects.filter(sender=number).order_by().exists()
    )


def _numbers_of_messages(term: str) -> list[str]:
    rows = find_messages(Message.objects.order_by("-pk"), term) if not to_e164(term) else _by_id(term)
    return list(dict.fromkeys(rows.values_list("recipient", flat=True)[: MOST * 5]))


def _by_id(term: str) -> Any:
    """A provider's id that could be a number as well."""
    return Message.objects.filter(provider_message_id=term).exclude(provider_message_id="").order_by("-pk")


def _numbers_ending(digits: str, user: Any) -> list[str]:
    """Those that were written to, those in no list of contacts that wrote, and those of the contacts."""
    written_to = _ending(Message.objects.all(), "recipient", digits, Backwards)
    found = dict.fromkeys(last[::-1] for last in written_to.values_list("last", flat=True).distinct()[: MOST + 1])
    sources: list[tuple[QuerySet[Any], str]] = []
    if user.has_perm(INBOX):
        sources.append((InboundMessage.objects.filter(contact=None), "sender"))
    sources.append((Contact.objects.all(), "mobile"))
    for rows, column in sources:
        pairs = _ending(rows, column, digits).values_list("last", column).distinct()[: MOST + 1]
        found |= dict.fromkeys(number for _last, number in pairs)
    return list(found)


def _ending(rows: QuerySet[Any], column: str, digits: str, key: Any = LastDigits) -> QuerySet[Any]:
    """By the index, and of more digits than it holds by the number itself."""
    exact = {f"{column}__endswith": digits} if len(digits) > INDEXED else {}
    return ending_with(rows.filter(**exact), column, digits, key)


def _numbers_named(term: str, user: Any) -> list[str]:
    if not term or not user.has_perm(CONTACTS):
        return []
    rows = find_contacts(Contact.objects.all(), term).order_by(NameKey("name").asc(), "pk")
    return list(rows.values_list("mobile", flat=True)[: MOST + 1])


def _found(kind: Kind, numbers: list[str], user: Any) -> Found:
    return Found(kind, _named(numbers[:MOST], user), len(numbers) > MOST)


def _named(numbers: Iterable[str], user: Any) -> list[Hit]:
    numbers = list(numbers)
    known = Contact.objects.filter(mobile__in=numbers) if user.has_perm(CONTACTS) else Contact.objects.none()
    names = dict(known.values_list("mobile", "name"))
    return [Hit(number, names.get(number, "")) for number in numbers]
