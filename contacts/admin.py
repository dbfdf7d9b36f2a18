"""The admin pages of contacts and groups."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.models import Contact, Group
from providers.freshness import FreshAdmin, FreshForm
from providers.json_field import StorableJSONField
from providers.listing import InfinitePaginator
from providers.numbers import display, to_e164


class ContactForm(FreshForm):
    """Takes a number in any spelling and keeps it as E.164."""

    class Meta:
        model = Contact
        fields = ["name", "mobile", "groups", "address", "birth_date", "description", "time_zone", "attributes"]
        field_classes = {"attributes": StorableJSONField}

    def clean_mobile(self) -> str:
        number = to_e164(self.cleaned_data["mobile"])
        if number is None:
            raise ValidationError(_("This is no telephone number. Write it like 0812-3456-7890 or +6281234567890."))
        others = Contact.objects.filter(mobile=number).exclude(pk=self.instance.pk)
        if (other := others.first()) is not None:
            raise ValidationError(_("%s has this number already.") % other)
        return number

    def clean_attributes(self) -> dict[str, Any]:
        attributes = self.cleaned_data["attributes"] or {}
        if not isinstance(attributes, dict):
            raise ValidationError(_('Write an object of field and value, e.g. {"city": "Bandung"}.'))
        return attributes


@admin.register(Contact)
class ContactAdmin(FreshAdmin):
    """People and their numbers."""

    form = ContactForm
    paginator = InfinitePaginator
    show_full_result_count = False
    list_display = ("name_shown", "mobile_shown", "time_zone", "created_at")
    list_filter = ("time_zone",)
    search_fields = ("name",)
    search_help_text = gettext_lazy("A number in any spelling, or how the name begins")
    autocomplete_fields = ("groups",)
    sortable_by = ()
    list_per_page = 50
    list_max_show_all = 0

    @admin.display(description=gettext_lazy("name"))
    def name_shown(self, contact: Contact) -> str:
        return contact.name or "–"

    @admin.display(description=gettext_lazy("mobile number"))
    def mobile_shown(self, contact: Contact) -> str:
        return display(contact.mobile)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        number = to_e164(term)
        return queryset.filter(mobile=number) if number else queryset.filter(name__istartswith=term), False


class GroupForm(FreshForm):
    """A group's name is unique regardless of case."""

    class Meta:
        model = Group
        fields = ["name"]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if Group.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("There is a group of this name already."))
        return name


@admin.register(Group)
class GroupAdmin(FreshAdmin):
    """Lists of contacts."""

    form = GroupForm
    list_display = ("name", "size")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(size=Count("contacts"))

    @admin.display(description=gettext_lazy("contacts"), ordering="size")
    def size(self, group: Any) -> int:
        return int(group.size)
