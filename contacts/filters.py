"""What a list of contacts can be narrowed down to; each question has an index."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter

from contacts.keys import HIGHEST, BirthMonth, NameKey
from contacts.models import Contact
from providers.numbers import operators_at_home, to_e164

Membership = Contact.groups.through
GROUP_ID = re.compile("[0-9]{1,18}")
OTHERS, UNKNOWN, YES, NO = "-", "?", "yes", "no"


def members_of(group_id: int) -> Exists:
    return Exists(Membership.objects.filter(contact_id=OuterRef("pk"), group_id=group_id))


def in_a_group() -> Exists:
    return Exists(Membership.objects.filter(contact_id=OuterRef("pk")))


def born_in(month: int) -> Q:
    """A condition on rows that carry `birth_month`."""
    return Q(birth_date__isnull=False, birth_month=month)


def find_contacts(rows: QuerySet[Contact], term: str) -> QuerySet[Contact]:
    """By a number in any spelling, or by how the name begins, regardless of case."""
    if number := to_e164(term):
        return rows.filter(mobile=number)
    named = rows.exclude(name="").alias(name_key=NameKey("name"))
    return named.filter(name_key__gte=NameKey(_text(term)), name_key__lt=NameKey(_text(term + HIGHEST)))


def _text(value: str) -> Value:
    return Value(value, output_field=CharField())


class GroupFilter(AutocompleteSelectFilter):
    """Members of one group, asked so that the newest are found at once, however large the group."""

    def value(self) -> str | None:
        """The group's id; nonsense in the address is as good as nothing."""
        value = str(super().value() or "")
        return value if GROUP_ID.fullmatch(value) else None

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        return queryset.filter(members_of(int(value))) if value else queryset


class ChoiceFilter(DropdownFilter):
    """One of a few answers; anything else in the address is ignored."""

    options: tuple[tuple[str, Any], ...] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.options)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        return self.narrow(queryset, value) if value in dict(self.lookup_choices) else queryset

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        raise NotImplementedError


class OperatorFilter(ChoiceFilter):
    """Operators at home by name, all others together."""

    title = _("operator")
    parameter_name = "carrier"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        at_home = [(name, name) for name in operators_at_home()]
        return [*at_home, (OTHERS, _("Operators abroad")), (UNKNOWN, _("Unknown"))]

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        if value == OTHERS:
            return rows.exclude(operator__in=["", *operators_at_home()])
        return rows.filter(operator="" if value == UNKNOWN else value)


class BirthdayFilter(ChoiceFilter):
    """By the month of the birth date."""

    title = _("birthday")
    parameter_name = "birthday"
    options = (("this", _("This month")), ("next", _("Next month")))

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        month = timezone.localdate().month
        month = month if value == "this" else month % 12 + 1
        return rows.alias(birth_month=BirthMonth("birth_date")).filter(born_in(month))


class NoGroupFilter(ChoiceFilter):
    """Contacts that no group would reach."""

    title = _("membership")
    parameter_name = "grouped"
    options = ((NO, _("In no group")), (YES, _("In a group")))

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(~in_a_group() if value == NO else in_a_group())
