"""What is written about one contact: each function is one transaction."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from contacts.models import Contact
from providers.numbers import operator_of


@transaction.atomic
def create_contact(*, contact: Contact) -> Contact:
    contact.operator = operator_of(contact.mobile)
    contact.save(force_insert=True)
    return contact


@transaction.atomic
def update_contact(*, contact: Contact, changed: Collection[str]) -> None:
    """Write the columns of `changed` only; a new number brings its operator."""
    columns: set[str] = set(changed)
    if "mobile" in columns:
        contact.operator = operator_of(contact.mobile)
        columns.add("operator")
    if columns:
        contact.save(update_fields=columns)
