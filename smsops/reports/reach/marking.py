"""Marks contacts that were written to and never reached. Of the callers one writes at a time (see `following`)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import BooleanField, Case, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, When

from contacts.models import Contact
from smsops.messaging.models import Message
from smsops.messaging.status import RANKS, Status
from smsops.reports.models import UnreachedContact

# What a message has from the moment a provider took it: from there it only ever goes on to another of them.
TAKEN = tuple(RANKS)
NOT_DELIVERED = [status for status in RANKS if status is not Status.DELIVERED]


def unreached(rows: QuerySet[Contact]) -> QuerySet[Contact]:
    """Those of the rows that are marked, found by the marks."""
    marks = UnreachedContact.objects.order_by()
    number = Subquery(marks.filter(contact_id=OuterRef("pk")).values("number"))
    # As a CASE it is looked at afterwards. PostgreSQL takes a second condition of the join for a rare coincidence, and
    # would read all of both tables to sort what it believes to be one row.
    is_current = Case(When(mobile=number, then=True), default=False, output_field=BooleanField())
    return rows.filter(is_current, pk__in=marks.values("contact_id"))


def mark_contacts(contacts: QuerySet[Contact]) -> int:
    """Bring the marks of these contacts up to date; returns how many were wrong."""
    due = _judge(contacts)
    marks = UnreachedContact.objects.filter(contact_id__in=list(due))
    return _write_marks(due, dict(marks.values_list("contact_id", "number")))


def mark_range(after: int, last: int) -> int:
    """The same for the contacts with ids above `after`, up to `last`, and for the marks of those that are gone."""
    due = _judge(Contact.objects.filter(pk__gt=after, pk__lte=last))
    marks = UnreachedContact.objects.filter(contact_id__gt=after, contact_id__lte=last)
    return _write_marks(due, dict(marks.values_list("contact_id", "number")))


def _judge(contacts: QuerySet[Contact]) -> dict[int, str]:
    """For each contact the number under which it was never reached; empty where it was, or nothing was sent."""
    to_number = Message.objects.filter(recipient=OuterRef("mobile")).order_by()
    never = ~Exists(to_number.filter(status=Status.DELIVERED)) & Q(Exists(to_number.filter(status__in=NOT_DELIVERED)))
    judged = contacts.order_by().annotate(is_unreached=ExpressionWrapper(never, output_field=BooleanField()))
    return {pk: mobile if is_so else "" for pk, mobile, is_so in judged.values_list("pk", "mobile", "is_unreached")}


def _write_marks(due: Mapping[int, str], marks: Mapping[int, str]) -> int:
    wanted = {pk: number for pk, number in due.items() if number}
    new = [UnreachedContact(contact_id=pk, number=wanted[pk]) for pk in sorted(wanted) if marks.get(pk) != wanted[pk]]
    UnreachedContact.objects.bulk_create(
        new, update_conflicts=True, unique_fields=["contact_id"], update_fields=["number"]
    )
    over = marks.keys() - wanted.keys()
    if over:
        UnreachedContact.objects.filter(contact_id__in=over).delete()
    return len(new) + len(over)
