"""The list of campaigns; each opens on its own page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from providers.listing import ReadOnlyAdmin
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.page import COLOURS
from smsops.messaging.checking.rules import PERMISSION


@admin.register(Campaign)
class CampaignAdmin(ReadOnlyAdmin):
    """Sendings to many."""

    list_display = ("name", "state_shown", "total", "account", "send_at", "created_by", "created_at")
    list_filter = ("status", "account", "kind")
    list_select_related = ("account", "created_by")
    search_fields = ("name",)
    fields = ("name", "status", "total", "account", "created_by", "created_at")

    @admin.display(description=gettext_lazy("status"))
    def state_shown(self, campaign: Campaign) -> str:
        colour = COLOURS.get(Campaign.Status(campaign.status), "")
        return format_html('<span class="sms-state sms-state-{}">{}</span>', colour, campaign.get_status_display())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return redirect("messaging:campaign_new")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page by which a campaign is watched, for whoever may see it here."""
        answer = super().change_view(request, object_id, form_url, extra_context)
        if answer.status_code != 200 or not object_id.isdecimal():
            return answer
        return redirect(reverse("messaging:campaign", args=[object_id]))
