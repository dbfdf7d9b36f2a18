"""Who had which number forgotten, for those who must be able to tell."""

from __future__ import annotations

from django.contrib import admin
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy

from providers.listing import ReadOnlyAdmin
from smsops.console.forgetting import LABELS
from smsops.console.models import ForgottenNumber


@admin.register(ForgottenNumber)
class ForgottenNumberAdmin(ReadOnlyAdmin):
    """Newest first."""

    list_display = ("at", "actor", "number")
    list_select_related = ("actor",)
    fields = ("at", "actor", "number", "found_shown")

    @admin.display(description=gettext_lazy("found"))
    def found_shown(self, record: ForgottenNumber) -> str:
        pairs = ((LABELS.get(name, name), count) for name, count in record.found.items() if count)
        return " · ".join(f"{label}: {number_format(count)}" for label, count in pairs) or "–"
