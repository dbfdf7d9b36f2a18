"""What was deleted when, for those who must be able to tell."""

from __future__ import annotations

from django.contrib import admin
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy

from providers.listing import ReadOnlyAdmin
from smsops.console.retention.models import RetentionRun
from smsops.console.retention.pruning import everything


@admin.register(RetentionRun)
class RetentionRunAdmin(ReadOnlyAdmin):
    """Runs that deleted something, newest first."""

    list_display = ("at", "deleted_shown")
    fields = ("at", "deleted_shown")

    @admin.display(description=gettext_lazy("deleted"))
    def deleted_shown(self, run: RetentionRun) -> str:
        known = everything()
        pairs = ((known[name].label if name in known else name, count) for name, count in run.deleted.items())
        return " · ".join(f"{label}: {number_format(count)}" for label, count in pairs)
