"""Counts that stop at a limit, so that a large group costs no more than a small one."""

from __future__ import annotations

from typing import Any

from django.db.models import IntegerField, OuterRef, Subquery
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import ngettext

from contacts.models import Contact, SyncConflict
from providers.models import Account
from providers.notes import Note

COUNT_LIMIT = 1000
Membership = Contact.groups.through


class BoundedCount(Subquery):
    """The number of rows of a sliced query."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def count_members() -> Any:
    """For groups: how many contacts, at most one beyond the limit."""
    return BoundedCount(Membership.objects.filter(group_id=OuterRef("pk")).values("pk")[: COUNT_LIMIT + 1])


def waiting_conflicts(account: Account) -> int:
    """Conflicts of its phone book that wait for a person, at most one beyond the limit."""
    waiting = SyncConflict.objects.filter(account=account, state=SyncConflict.State.OPEN, decision="")
    return waiting.order_by()[: COUNT_LIMIT + 1].count()


def tell_conflicts(account: Account, person: Any) -> Note | None:
    """For the account's page."""
    if not person.has_perm("contacts.view_syncconflict") or not (count := waiting_conflicts(account)):
        return None
    words = ngettext(
        "%(count)s conflict with its phone book waits for a person.",
        "%(count)s conflicts with its phone book wait for a person.",
        count,
    )
    return Note(words % {"count": shown_count(count)}, reverse("contacts:conflicts", args=[account.pk]))


def shown_count(count: int) -> str:
    """`1.000+` beyond the limit."""
    return f"{number_format(COUNT_LIMIT, use_l10n=True)}+" if count > COUNT_LIMIT else number_format(count)
