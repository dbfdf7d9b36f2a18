"""The admin pages of callback receipts and the call log: records as they came, secrets blanked out."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy

from providers.encryption import UnreadableCredentials
from providers.formats import told
from providers.listing import ReadOnlyAdmin
from providers.masking import Masker
from providers.models import Account, CallbackReceipt, CallLog

SHOWN_BODY = 16 * 1024
RECEIPT_COLOURS: dict[str, str] = {
    CallbackReceipt.State.APPLIED: "good",
    CallbackReceipt.State.PARTIAL: "warning",
    CallbackReceipt.State.UNREADABLE: "warning",
    CallbackReceipt.State.FOREIGN: "warning",
    CallbackReceipt.State.STUCK: "bad",
}


def masker_of(account: Account) -> Masker:
    """Blanks out everything of an account that may not be shown, its old callback tokens included."""
    tokens = [account.callback_token, *account.retired_tokens.values_list("token", flat=True)]
    try:
        secrets = [str(value) for value in account.credentials.values()]
    except UnreadableCredentials:
        secrets = []
    return Masker([*secrets, *tokens])


@admin.register(CallbackReceipt)
class CallbackReceiptAdmin(ReadOnlyAdmin):
    """Callbacks as they came, secrets blanked out."""

    list_display = ("received_at", "account", "kind", "state_shown", "source", "remote_address", "error_shown")
    list_filter = ("state", "account", "kind")
    list_select_related = ("account",)
    ordering = ("-id",)
    fields = (
        "received_at", "account", "kind", "source", "state_shown", "error_shown", "attempts", "remote_address",
        "method", "content_type", "query_shown", "body_shown",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return rows if request.resolver_match and "object_id" in request.resolver_match.kwargs else rows.defer("body")

    @admin.display(description=gettext_lazy("state"))
    def state_shown(self, receipt: CallbackReceipt) -> str:
        colour = RECEIPT_COLOURS.get(receipt.state, "")
        return format_html('<span class="sms-state sms-state-{}">{}</span>', colour, receipt.get_state_display())

    @admin.display(description=gettext_lazy("error"))
    def error_shown(self, receipt: CallbackReceipt) -> str:
        return told(receipt.error)

    @admin.display(description=gettext_lazy("query"))
    def query_shown(self, receipt: CallbackReceipt) -> str:
        return _preformatted(masker_of(receipt.account).mask(receipt.query))

    @admin.display(description=gettext_lazy("body"))
    def body_shown(self, receipt: CallbackReceipt) -> str:
        text = bytes(receipt.body)[: 4 * SHOWN_BODY].decode("utf-8", "replace").replace("\x00", "�")
        masked = masker_of(receipt.account).mask(text)
        return _preformatted(masked if len(masked) <= SHOWN_BODY else f"{masked[:SHOWN_BODY]} …")


@admin.register(CallLog)
class CallLogAdmin(ReadOnlyAdmin):
    """Calls to providers; they were masked before they were stored."""

    list_display = ("time_shown", "account", "name", "status", "error_shown", "duration_ms")
    list_filter = ("account", "is_plain")
    list_select_related = ("account",)
    ordering = ("-id",)
    fields = ("time_shown", "account", "name", "method", "url_shown", "request_shown", "status", "reply_shown",
              "error_shown", "duration_ms")  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        is_page = request.resolver_match and "object_id" in request.resolver_match.kwargs
        return rows if is_page else rows.defer("request", "reply", "url")

    @admin.display(description=gettext_lazy("time"))
    def time_shown(self, call: CallLog) -> str:
        return date_format(localtime(call.started_at), "j M Y, H:i:s T")

    @admin.display(description=gettext_lazy("error"))
    def error_shown(self, call: CallLog) -> str:
        return told(call.error)

    @admin.display(description=gettext_lazy("address"))
    def url_shown(self, call: CallLog) -> str:
        return _preformatted(call.url)

    @admin.display(description=gettext_lazy("request"))
    def request_shown(self, call: CallLog) -> str:
        return _preformatted(call.request)

    @admin.display(description=gettext_lazy("answer"))
    def reply_shown(self, call: CallLog) -> str:
        return _preformatted(call.reply)


def _preformatted(text: str) -> str:
    return format_html('<div class="sms-pre">{}</div>', text) if text else "–"
