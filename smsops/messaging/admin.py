"""The admin pages of messages and campaigns: records to look at, and waiting messages to cancel."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import truncatechars
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from providers.admin import AccountAdmin
from providers.formats import money, told
from providers.listing import ReadOnlyAdmin
from providers.masking import MASK
from providers.numbers import display
from providers.pages import ask_first
from providers.types import Kind
from smsops.messaging.advice import advice_for, code_meaning, newer_message
from smsops.messaging.campaigns import admin as campaign_admin
from smsops.messaging.campaigns import texts_admin
from smsops.messaging.desk.incidents import incident_of
from smsops.messaging.lookup import CountedFilter, WrittenFilter, find_messages
from smsops.messaging.models import Message, MessageQuerySet
from smsops.messaging.moments import settled_moment
from smsops.messaging.resending import why_not_resend
from smsops.messaging.services import cancel_messages
from smsops.messaging.status import Status
from smsops.messaging.timeline import state_of, steps_of

# Their pages come with these.
PARTS = (campaign_admin, texts_admin)
PREVIEWED = 10
SEND = "messaging.send_message"
TEXT = "text_shown"


def shown_text(message: Message, request: HttpRequest) -> str:
    """A message's text as this person may read it: a code is for its recipient."""
    hidden = message.kind == Kind.OTP and not request.user.has_perm("messaging.view_otp")
    return MASK if hidden else message.text


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Every message and what became of it."""

    list_display = ("recipient_shown", "status_shown", "account", "created_at", "error_shown")
    list_display_links = ("recipient_shown",)
    list_before_template = "messaging/list_links.html"
    list_filter = ("status", "account", "channel", WrittenFilter, CountedFilter)
    list_filter_submit = True
    linked_lookups = ("campaign", "operator", "resend_of")
    list_select_related = ("account",)
    search_fields = ("recipient",)
    search_help_text = gettext_lazy("A number in any spelling, our reference, or the provider's id")
    change_form_outer_before_template = "admin/messaging/timeline.html"
    actions = ("cancel_waiting",)
    fields = (
        "recipient_shown", "status_shown", "text_shown", "account", "channel", "kind", "sender_id", "campaign",
        "contact", "created_by", "resend_of", "operator", "encoding", "segments", "price_shown", "reference",
        "provider_message_id", "provider_scheduled_for", "error_code", "words_shown", "created_at", "send_after",
        "expires_at", "attempted_at", "sent_at", "finished_at", "attempts",
    )  # fmt: skip

    # --- the list ------------------------------------------------------------------------------------------------

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        """Newest first, by the index that the filter uses; of what counts on a day, only that day is read."""
        if any(request.GET.get(name) for name in ("counted_from", "counted_to")):
            return (settled_moment().desc(),)
        by_date = any(request.GET.get(name) for name in ("written_from", "written_to"))
        return ("-reference",) if by_date else ("-id",)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[QuerySet, bool]:
        return (find_messages(queryset, search_term), False) if search_term.strip() else (queryset, False)

    @admin.display(description=gettext_lazy("recipient"))
    def recipient_shown(self, message: Message) -> str:
        return display(message.recipient)

    @admin.display(description=gettext_lazy("status"))
    def status_shown(self, message: Message) -> str:
        return format_html('<span class="sms-state sms-state-{}">{}</span>', *state_of(message))

    @admin.display(description=gettext_lazy("provider's answer"))
    def error_shown(self, message: Message) -> str:
        words = told(message.error_text)
        repeats = words == message.error_code
        return truncatechars(words if repeats else f"{message.error_code} {words}".strip(), 40)

    @admin.display(description=gettext_lazy("provider's words"))
    def words_shown(self, message: Message) -> str:
        return told(message.error_text)

    @admin.display(description=gettext_lazy("price"))
    def price_shown(self, message: Message) -> str:
        return money(message.price, message.account.currency)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        recipient, status, *others = self.list_display
        return [recipient, status, _text_for(request, shorten=True), *others]

    def get_fieldsets(self, request: HttpRequest, obj: Message | None = None) -> list[Any]:
        ((title, options),) = super().get_fieldsets(request, obj)
        fields = [_text_for(request) if name == TEXT else name for name in options["fields"]]
        return [(title, {"fields": fields})]

    # --- one message ---------------------------------------------------------------------------------------------

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Message | None:
        rows = self.get_queryset(request).select_related("account", "campaign", "contact", "created_by", "resend_of")
        return rows.filter(pk=object_id).first() if object_id.isdecimal() else None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (message := kwargs.get("obj")) is not None:
            context |= {"steps": steps_of(message), "advice": advice_for(message), "meaning": code_meaning(message)}
            context |= {"can_resend": request.user.has_perm(SEND) and not why_not_resend(message)}
            context |= {"incident": incident_of(message) if message.status == Status.UNCERTAIN else None}
            context |= {"newer": newer_message(message)}
        return super().render_change_form(request, context, *args, **kwargs)

    # --- cancelling ----------------------------------------------------------------------------------------------

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Any waiting message, or those that the person has written."""
        return request.user.has_perm("messaging.cancel_message") or request.user.has_perm("messaging.send_message")

    @admin.action(description=gettext_lazy("Cancel waiting messages"), permissions=["cancel"])
    def cancel_waiting(self, request: HttpRequest, queryset: MessageQuerySet) -> HttpResponse | None:
        chosen = cancellable_by(request, queryset)
        if "confirmed" not in request.POST:
            return self._preview_cancel(request, chosen)
        count = cancel_messages(chosen, request.user)
        text = ngettext("%(count)d message was cancelled.", "%(count)d messages were cancelled.", count)
        messages.success(request, text % {"count": count})
        return None

    def _preview_cancel(self, request: HttpRequest, chosen: MessageQuerySet) -> HttpResponse | None:
        waiting = list(chosen.order_by("-pk"))
        if not waiting:
            messages.warning(request, _("None of these messages waits any more, or they are not yours to cancel."))
            return None
        count = len(waiting)
        title = ngettext("Cancel %(count)d waiting message?", "Cancel %(count)d waiting messages?", count)
        hidden = [("action", "cancel_waiting"), ("confirmed", "1"), ("index", "0")]
        return ask_first(
            request,
            title=title % {"count": count},
            text=_("They are never sent. What has left already stays as it is."),
            rows=[f"{display(row.recipient)} · {row.account}" for row in waiting[:PREVIEWED]],
            more_rows=max(0, count - PREVIEWED),
            hidden=[*hidden, *((ACTION_CHECKBOX_NAME, row.pk) for row in waiting)],
            button=_("Cancel the messages"),
            is_dangerous=True,
            cancel_url=reverse("admin:messaging_message_changelist"),
            opts=self.opts,
        )


def _text_for(request: HttpRequest, *, shorten: bool = False) -> Any:
    """The text column as one person may read it. Made for each request: the admin page is shared by all of them."""

    @admin.display(description=gettext_lazy("text"))
    def text(message: Message) -> str:
        shown = shown_text(message, request)
        return truncatechars(shown, 60) if shorten else format_html('<div class="sms-pre">{}</div>', shown)

    return text


def cancellable_by(request: HttpRequest, queryset: MessageQuerySet) -> MessageQuerySet:
    """The waiting ones among them that this person may cancel."""
    waiting = queryset.filter(status=Status.QUEUED)
    return waiting if request.user.has_perm("messaging.cancel_message") else waiting.filter(created_by=request.user.pk)


# Resuming an account asks here what becomes of the messages that waited for it.
AccountAdmin.resume_url_name = "messaging:resume_account"
