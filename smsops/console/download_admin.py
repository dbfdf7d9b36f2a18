"""Who has taken which file away, for those who must be able to tell."""

from __future__ import annotations

from django.contrib import admin

from providers.listing import ReadOnlyAdmin
from smsops.console.models import DownloadLog


@admin.register(DownloadLog)
class DownloadLogAdmin(ReadOnlyAdmin):
    """Every download, newest first."""

    list_display = ("at", "actor", "file_name", "page", "filter")
    list_select_related = ("actor",)
    fields = ("at", "actor", "file_name", "page", "filter")
