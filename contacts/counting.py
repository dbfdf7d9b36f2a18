"""Counts that stop at a limit, so that a large group costs no more than a small one."""

from __future__ import annotations

from typing import Any

from django.db.models import IntegerField, OuterRef, Subquery
from django.utils.formats import number_format

from contacts.models import Contact

COUNT_LIMIT = 1000
Membership = Contact.groups.through


class BoundedCount(Subquery):
    """The number of rows of a sliced query."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def count_members() -> Any:
    """For groups: how many contacts, at most one beyond the limit."""
    return BoundedCount(Membership.objects.filter(group_id=OuterRef("pk")).values("pk")[: COUNT_LIMIT + 1])


def shown_count(count: int) -> str:
    """`1.000+` beyond the limit."""
    return f"{number_format(COUNT_LIMIT, use_l10n=True)}+" if count > COUNT_LIMIT else number_format(count)
