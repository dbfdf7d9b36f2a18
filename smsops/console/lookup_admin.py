"""Who has looked up whom, for those who must be able to tell."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from providers.listing import ReadOnlyAdmin
from providers.numbers import display, to_e164
from smsops.console.models import LookupLog


@admin.register(LookupLog)
class LookupLogAdmin(ReadOnlyAdmin):
    """Every look-up, newest first."""

    list_display = ("at", "actor", "kind", "term", "number_shown", "found")
    list_filter = ("kind",)
    list_select_related = ("actor",)
    search_fields = ("number",)
    search_help_text = gettext_lazy("The number that was looked at, in any spelling")
    fields = ("at", "actor", "kind", "term", "number_shown", "found")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        return (queryset.filter(Q(number=to_e164(term) or term)) if term else queryset), False

    @admin.display(description=gettext_lazy("number"))
    def number_shown(self, log: LookupLog) -> str:
        return display(log.number) or "–"
