"""The admin pages of templates and prices."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.template.defaultfilters import truncatechars
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from providers.formats import money
from providers.freshness import FreshAdmin, FreshForm
from providers.numbers import operators_at_home
from smsops.messaging.campaigns.forms import FIELDS_HELP
from smsops.messaging.campaigns.merge import parse_merge
from smsops.messaging.campaigns.models import Price, Template
from smsops.messaging.text import clean_text

MANAGE = "messaging.manage_templates"


class TemplateForm(FreshForm):
    """A text that can be read as one: no control characters, no half fields."""

    text = forms.CharField(
        label=gettext_lazy("Text"), strip=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text=FIELDS_HELP,
    )  # fmt: skip

    class Meta:
        model = Template
        fields = ["name", "folder", "text"]

    def clean_text(self) -> str:
        text = clean_text(self.cleaned_data["text"])
        if not text.strip():
            raise ValidationError(_("The text is empty. Write a message."))
        if parse_merge(text).strays:
            raise ValidationError(_("A single { or } is part of no field. Write {{ or }} for a brace."))
        return text

    def clean_folder(self) -> str:
        return " ".join(self.cleaned_data["folder"].split())


@admin.register(Template)
class TemplateAdmin(FreshAdmin):
    """Texts to begin with. Everybody uses them; the owner, or who looks after all of them, changes them."""

    form = TemplateForm
    list_display = ("name", "folder", "beginning", "owner", "use_count", "used_at")
    list_filter = ("folder", "owner")
    list_select_related = ("owner",)
    search_fields = ("name", "text")
    show_facets = admin.ShowFacets.NEVER
    readonly_fields = ("owner", "use_count", "used_at")

    @admin.display(description=gettext_lazy("text"))
    def beginning(self, template: Template) -> str:
        return truncatechars(template.text, 60)

    def get_fields(self, request: HttpRequest, obj: Template | None = None) -> list[str]:
        return ["name", "folder", "text", *([] if obj is None else self.readonly_fields)]

    def has_change_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Deleting many asks no row whose it is."""
        return super().get_actions(request) if request.user.has_perm(MANAGE) else {}

    def save_model(self, request: HttpRequest, obj: Template, form: Any, change: bool) -> None:
        if not change:
            obj.owner_id = request.user.pk
        super().save_model(request, obj, form, change)


def _may_touch(request: HttpRequest, template: Template | None) -> bool:
    return template is None or template.owner_id == request.user.pk or request.user.has_perm(MANAGE)


class PriceForm(FreshForm):
    """An operator by the name that numbers have here."""

    operator = forms.ChoiceField(
        label=gettext_lazy("Operator"), required=False, widget=UnfoldAdminSelectWidget,
        choices=lambda: [("", _("All others")), *((name, name) for name in operators_at_home())],
    )  # fmt: skip

    class Meta:
        model = Price
        fields = ["account", "channel", "operator", "valid_from", "price"]


@admin.register(Price)
class PriceAdmin(FreshAdmin):
    """What accounts charge, by operator and from a day on. Without a line the account's own price holds."""

    form = PriceForm
    list_display = ("account", "channel", "operator_shown", "valid_from", "price_shown")
    list_filter = ("account", "channel", "operator")
    list_select_related = ("account",)
    show_facets = admin.ShowFacets.NEVER

    @admin.display(description=gettext_lazy("operator"))
    def operator_shown(self, price: Price) -> str:
        return price.operator or _("All others")

    @admin.display(description=gettext_lazy("price per segment"))
    def price_shown(self, price: Price) -> str:
        return money(price.price, price.account.currency)
