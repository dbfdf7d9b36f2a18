"""The pages of opt-outs: the list, adding one, and lifting some after a look at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from providers.listing import ReadOnlyAdmin
from providers.numbers import display, to_e164
from providers.pages import ask_first
from smsops.inbox.models import Suppression, SuppressionEvent, SuppressionReason
from smsops.inbox.suppressions import LONGEST_NOTE, add_suppression, lift_suppression

PREVIEWED = 10
LIFT = "inbox.delete_suppression"


class SuppressionForm(forms.ModelForm):
    """A number in any spelling, once."""

    class Meta:
        model = Suppression
        fields = ["number", "note"]

    def clean_number(self) -> str:
        number = to_e164(self.cleaned_data["number"])
        if number is None:
            raise ValidationError(_("This is no telephone number. Write it like 0812-3456-7890 or +6281234567890."))
        if Suppression.objects.filter(number=number).exists():
            raise ValidationError(_("%s has opted out already.") % display(number))
        return number


class LiftForm(forms.Form):
    """Why an opt-out ends."""

    note = forms.CharField(
        label=gettext_lazy("Why"), max_length=LONGEST_NOTE, widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Kept in the log, e.g. “asked for it by telephone on 12 May”."),
    )  # fmt: skip


class NumberSearch(ReadOnlyAdmin):
    """Rows that are found by a number in any spelling."""

    search_fields = ("number",)
    search_help_text = gettext_lazy("A number in any spelling")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        return (queryset.filter(number=to_e164(term) or term) if term else queryset), False

    @admin.display(description=gettext_lazy("number"))
    def number_shown(self, row: Any) -> str:
        return display(row.number)


@admin.register(Suppression)
class SuppressionAdmin(NumberSearch):
    """Numbers that get no messages."""

    form = SuppressionForm
    list_display = ("number_shown", "reason", "note", "created_by", "created_at")
    list_display_links = ("number_shown",)
    list_filter = ("reason",)
    list_select_related = ("created_by",)
    actions = ("lift_selected",)
    fields = ("number_shown", "reason", "source_text", "note", "created_by", "created_at")
    change_form_outer_before_template = "inbox/suppression.html"
    list_before_template = "inbox/suppression_list.html"

    # --- adding --------------------------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return ModelAdmin.has_add_permission(self, request)

    def get_fields(self, request: HttpRequest, obj: Suppression | None = None) -> Sequence[Any]:
        return ("number", "note") if obj is None else self.fields or ()

    def get_readonly_fields(self, request: HttpRequest, obj: Suppression | None = None) -> Sequence[Any]:
        return () if obj is None else self.fields or ()

    def save_model(self, request: HttpRequest, obj: Suppression, form: Any, change: bool) -> None:
        add_suppression(number=obj.number, reason=SuppressionReason.STAFF, note=obj.note, actor=request.user)
        obj.pk = Suppression.objects.get(number=obj.number).pk

    # --- lifting -------------------------------------------------------------------------------------------------

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(LIFT)

    def get_urls(self) -> list[URLPattern]:
        def lift(request: HttpRequest, object_id: int) -> HttpResponse:
            return self.lift_view(request, object_id)

        vars(lift)["permission"] = LIFT
        route = path("<int:object_id>/lift/", self.admin_site.admin_view(lift), name="inbox_suppression_lift")
        return [route, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= {"may_lift": self.has_lift_permission(request)}
        return super().render_change_form(request, context, *args, **kwargs)

    def lift_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if not self.has_lift_permission(request):
            raise PermissionDenied
        suppression = get_object_or_404(Suppression, pk=object_id)
        return self._lift(request, [suppression], []) or HttpResponseRedirect(self._list_url())

    @admin.action(description=gettext_lazy("Lift opt-outs"), permissions=["lift"])
    def lift_selected(self, request: HttpRequest, queryset: QuerySet[Suppression]) -> HttpResponse | None:
        chosen = list(queryset.order_by("-pk"))
        hidden = [("action", "lift_selected"), ("index", "0")]
        return self._lift(request, chosen, [*hidden, *((ACTION_CHECKBOX_NAME, row.pk) for row in chosen)])

    def _lift(self, request: HttpRequest, chosen: list[Suppression], hidden: list[Any]) -> HttpResponse | None:
        """The page to confirm; None once it is done."""
        form = LiftForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self._preview(request, chosen, hidden, form)
        note = form.cleaned_data["note"]
        count = sum(lift_suppression(number=row.number, note=note, actor=request.user) for row in chosen)
        text = ngettext("%(count)d opt-out was lifted.", "%(count)d opt-outs were lifted.", count)
        messages.success(request, text % {"count": count})
        return None

    def _preview(
        self, request: HttpRequest, chosen: list[Suppression], hidden: list[Any], form: LiftForm
    ) -> HttpResponse:
        count = len(chosen)
        title = ngettext("Lift %(count)d opt-out?", "Lift %(count)d opt-outs?", count) % {"count": count}
        return ask_first(
            request,
            title=title,
            text=_("These numbers can have messages again. What was not sent because of the opt-out stays unsent."),
            rows=[f"{display(row.number)} · {row.get_reason_display()}" for row in chosen[:PREVIEWED]],
            more_rows=max(0, count - PREVIEWED),
            hidden=[*hidden, ("confirmed", "1")],
            form=form,
            button=_("Lift"),
            is_dangerous=True,
            cancel_url=self._list_url(),
            opts=self.opts,
        )

    @staticmethod
    def _list_url() -> str:
        return reverse("admin:inbox_suppression_changelist")


@admin.register(SuppressionEvent)
class SuppressionEventAdmin(NumberSearch):
    """The log: opt-outs that came, and those that were lifted."""

    list_display = ("number_shown", "kind", "reason", "note", "actor", "at")
    list_display_links = ("number_shown",)
    list_select_related = ("actor",)
    fields = ("number_shown", "kind", "reason", "source_text", "note", "since", "actor", "at")
