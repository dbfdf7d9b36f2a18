"""The admin pages of contacts and groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from contacts.filters import BirthdayFilter, GroupFilter, NoGroupFilter, OperatorFilter, find_contacts
from contacts.groups.admin import GroupAdmin as GroupAdmin
from contacts.groups.views import GroupChangeActions
from contacts.keys import NameKey
from contacts.merge_fields import MergeFieldsField, as_text
from contacts.merging.events import events_of
from contacts.merging.undo_views import may_undo
from contacts.merging.views import MergeActions
from contacts.models import Contact
from contacts.services import create_contact, update_contact
from providers.freshness import FreshAdmin, FreshForm
from providers.listing import InfinitePaginator
from providers.numbers import display, to_e164

SHOWN_GROUPS = 3


class ContactForm(FreshForm):
    """Takes a number in any spelling and keeps it as E.164."""

    attributes = MergeFieldsField(
        label=gettext_lazy("Merge fields"),
        required=False,
        help_text=gettext_lazy("Facts of your own that a text can name, such as city or policy number."),
    )

    class Meta:
        model = Contact
        fields = ["name", "mobile", "groups", "address", "birth_date", "description", "time_zone", "attributes"]
        widgets = {name: UnfoldAdminTextareaWidget(attrs={"rows": 3}) for name in ("address", "description")}

    def clean_mobile(self) -> str:
        number = to_e164(self.cleaned_data["mobile"])
        if number is None:
            raise ValidationError(_("This is no telephone number. Write it like 0812-3456-7890 or +6281234567890."))
        others = Contact.objects.filter(mobile=number).exclude(pk=self.instance.pk)
        if (other := others.first()) is not None:
            raise ValidationError(_("%s has this number already.") % other)
        return number

    def clean_attributes(self) -> dict[str, Any]:
        """What the person left as it was keeps its kind (a number stays a number)."""
        kept = self.instance.attributes
        if "attributes" not in self.changed_data:
            return kept
        entered = self.cleaned_data["attributes"]
        same = {name for name, text in entered.items() if name in kept and as_text(kept[name]) == text}
        return {name: kept[name] if name in same else text for name, text in entered.items()}


@admin.register(Contact)
class ContactAdmin(GroupChangeActions, MergeActions, FreshAdmin):
    """People and their numbers."""

    form = ContactForm
    paginator = InfinitePaginator
    show_full_result_count = False
    list_display = ("name_shown", "mobile_shown", "operator_shown", "groups_shown", "created_at")
    list_filter: tuple[Any, ...] = (("groups", GroupFilter), NoGroupFilter, OperatorFilter, BirthdayFilter, "time_zone")
    list_filter_submit = True
    list_filter_sheet = True
    search_fields = ("name",)
    search_help_text = gettext_lazy("A number in any spelling, or how the name begins")
    autocomplete_fields = ("groups",)
    readonly_fields = ("operator_shown",)
    fields = (
        "name", "mobile", "operator_shown", "groups", "address", "birth_date", "description", "time_zone", "attributes",
    )  # fmt: skip
    list_before_template = "contacts/list_links.html"
    change_form_outer_after_template = "contacts/events.html"
    actions: tuple[str, ...] = ("add_to_group", "remove_from_group", "merge")
    sortable_by = ()
    list_disable_select_all = True
    list_per_page = 50
    list_max_show_all = 0
    # They would count every contact once for each choice.
    show_facets = admin.ShowFacets.NEVER

    @admin.display(description=gettext_lazy("name"))
    def name_shown(self, contact: Contact) -> str:
        return contact.name or "–"

    @admin.display(description=gettext_lazy("mobile number"))
    def mobile_shown(self, contact: Contact) -> str:
        return display(contact.mobile)

    @admin.display(description=gettext_lazy("operator"))
    def operator_shown(self, contact: Contact) -> str:
        return contact.operator or "–"

    @admin.display(description=gettext_lazy("groups"))
    def groups_shown(self, contact: Contact) -> str:
        names = [group.name for group in contact.groups.all()]
        return ", ".join(names[:SHOWN_GROUPS]) + (" …" if len(names) > SHOWN_GROUPS else "") or "–"

    def get_ordering(self, request: HttpRequest) -> Sequence[Any]:
        """Newest first; found names by the alphabet, in which their index has them."""
        term = request.GET.get("q", "").strip()
        return (NameKey("name").asc(), "pk") if term and not to_e164(term) else ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("groups")

    def get_fields(self, request: HttpRequest, obj: Contact | None = None) -> Any:
        return [name for name in super().get_fields(request, obj) if obj is not None or name != "operator_shown"]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Groups are taken out one by one: the cross that clears them all is one slip, and has no Indonesian."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None:
            field.widget.is_required = True
        return field

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        return (find_contacts(queryset, term) if term else queryset), False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (contact := kwargs.get("obj")) is not None:
            context |= {"events": events_of(contact), "may_undo_merges": may_undo(request.user)}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        if change:
            columns = {field.name for field in obj._meta.concrete_fields}
            update_contact(contact=obj, changed=columns.intersection(form.changed_data))
        else:
            create_contact(contact=obj)
