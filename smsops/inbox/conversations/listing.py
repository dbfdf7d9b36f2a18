"""Which conversations are shown: by their state, page by page, or by what somebody looks for.

Every question is one to an index, and none counts a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.filters import find_contacts
from contacts.keys import ending_with
from contacts.models import Contact
from providers.cleaning import clip
from providers.numbers import to_e164
from smsops.inbox.conversations.models import Conversation
from smsops.inbox.conversations.words import numbers_that_wrote

PAGE = 30
MOST_COUNTED = 99
MOST_FOUND = 50
MOST_NAMED = 200
LONGEST = 100
CONTACTS = "contacts.view_contact"
DIGITS = re.compile(r"[\s.…*x()-]*(?:[0-9][\s.…*x()-]*){4,6}")
LISTS: dict[str, Any] = {
    "open": _("Open"),
    "unread": _("Unread"),
    "mine": _("Mine"),
    "nobody": _("Nobody's"),
    "others": _("Of others"),
    "done": _("Done"),
}
COUNTED = ("unread", "mine", "nobody")


@dataclass(frozen=True, slots=True)
class Found:
    """`older`: the place at which the next page begins, 0 at the end. `is_more`: more were found than are shown."""

    rows: list[Conversation]
    older: int = 0
    is_more: bool = False


def in_list(name: str, user: Any) -> QuerySet[Conversation]:
    """The conversations of one list, as this person sees it."""
    is_open, mine, nobodys = Q(is_done=False), Q(assigned_to=user.pk), Q(assigned_to=None)
    conditions = {
        "unread": is_open & Q(unread__gt=0), "mine": is_open & mine, "nobody": is_open & nobodys,
        "others": is_open & ~nobodys & ~mine, "done": ~is_open,
    }  # fmt: skip
    return Conversation.objects.filter(conditions.get(name, is_open))


def read_page(name: str, user: Any, before: int) -> Found:
    rows = in_list(name, user).select_related("assigned_to", "answering", "account").order_by("-last_id")
    found = list((rows.filter(last_id__lt=before) if before else rows)[: PAGE + 1])
    return Found(found[:PAGE], found[PAGE - 1].last_id if len(found) > PAGE else 0)


def count_lists(user: Any) -> dict[str, int]:
    """How many wait, for the lists of which that matters; one more than `MOST_COUNTED` stands for any number beyond."""
    return {name: _count(in_list(name, user)) for name in COUNTED}


def _count(rows: QuerySet[Conversation]) -> int:
    return rows.order_by()[: MOST_COUNTED + 1].count()


def count_unread() -> int:
    """Conversations with something nobody has read yet, no farther than `MOST_COUNTED` + 1."""
    return _count(Conversation.objects.filter(is_done=False, unread__gt=0))


def shown_count(count: int) -> str:
    """ "" for none, `99+` for more than that."""
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")


def search(term: str, user: Any) -> Found:
    """By a number in any spelling or its last digits, by how a contact's name begins, or by words that were written."""
    term = clip(term.strip(), LONGEST)
    rows = Conversation.objects.select_related("assigned_to", "answering", "account").order_by("-last_id")
    if number := to_e164(term):
        return _found(rows.filter(number=number))
    if DIGITS.fullmatch(term):
        pks = ending_with(Conversation.objects.all(), "number", re.sub(r"\D", "", term)).values_list("pk", flat=True)
        return _found(rows.filter(pk__in=list(pks[: MOST_FOUND + 1])))
    numbers = {term, *_numbers_named(term, user), *numbers_that_wrote(term, most=MOST_NAMED)}
    return _found(rows.filter(number__in=numbers))


def _found(rows: QuerySet[Conversation]) -> Found:
    found = list(rows[: MOST_FOUND + 1])
    return Found(found[:MOST_FOUND], is_more=len(found) > MOST_FOUND)


def _numbers_named(term: str, user: Any) -> list[str]:
    if not user.has_perm(CONTACTS):
        return []
    return list(find_contacts(Contact.objects.all(), term).values_list("mobile", flat=True)[:MOST_NAMED])


def names_of(numbers: Iterable[str], user: Any) -> dict[str, str]:
    """Number → the contact's name, as far as this person may see it."""
    if not user.has_perm(CONTACTS):
        return {}
    named = Contact.objects.filter(mobile__in=list(numbers)).exclude(name="")
    return dict(named.values_list("mobile", "name"))
