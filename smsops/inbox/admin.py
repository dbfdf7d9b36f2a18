"""The admin page of received messages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import truncatechars
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from providers.listing import ReadOnlyAdmin
from providers.numbers import display, to_e164
from smsops.inbox import suppression_admin as suppression_admin
from smsops.inbox.conversations import quick_replies as quick_replies
from smsops.inbox.models import InboundMessage
from smsops.inbox.optouts import keyword_admin as keyword_admin


@admin.register(InboundMessage)
class InboundMessageAdmin(ReadOnlyAdmin):
    """What phones sent to us."""

    list_display = ("sender_shown", "text_start", "account", "channel", "received_at")
    list_display_links = ("sender_shown",)
    list_filter = ("account", "channel")
    list_select_related = ("account",)
    search_fields = ("sender",)
    search_help_text = gettext_lazy("A number in any spelling")
    fields = ("sender_shown", "text_whole", "account", "channel", "recipient", "contact", "received_at",
              "provider_message_id", "created_at")  # fmt: skip

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(Q(sender=term) | Q(sender=to_e164(term) or term)), False

    @admin.display(description=gettext_lazy("sender"))
    def sender_shown(self, inbound: InboundMessage) -> str:
        return display(inbound.sender) or "–"

    @admin.display(description=gettext_lazy("text"))
    def text_start(self, inbound: InboundMessage) -> str:
        return truncatechars(inbound.text, 80)

    @admin.display(description=gettext_lazy("text"))
    def text_whole(self, inbound: InboundMessage) -> Any:
        return format_html('<div class="sms-pre">{}</div>', inbound.text)
