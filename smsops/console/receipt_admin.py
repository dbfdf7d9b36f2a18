"""Callback receipts by hand: reading again what could not be read or applied when it came."""

from __future__ import annotations

from collections import Counter

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from providers.models import CallbackReceipt
from providers.record_admin import CallbackReceiptAdmin
from smsops.receipts import State, apply_receipt

MOST_AT_ONCE = 500

admin.site.unregister(CallbackReceipt)


@admin.register(CallbackReceipt)
class ReceiptAdmin(CallbackReceiptAdmin):
    """With the action that needs the apps above `providers`."""

    actions = ("apply_again",)

    def has_apply_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("providers.change_callbackreceipt")

    @admin.action(description=gettext_lazy("Apply again"), permissions=["apply"])
    def apply_again(self, request: HttpRequest, queryset: QuerySet[CallbackReceipt]) -> None:
        """A repeat changes nothing, so that no confirmation is needed."""
        chosen = queryset.exclude(state=State.APPLIED).select_related("account").order_by("id")[:MOST_AT_ONCE]
        states = Counter(apply_receipt(receipt) for receipt in chosen)
        applied, failed = states[State.APPLIED], states[State.WAITING] + states[State.STUCK]
        text = ngettext("%(count)s callback was applied.", "%(count)s callbacks were applied.", applied)
        self.message_user(request, text % {"count": applied}, messages.SUCCESS)
        if failed:
            text = ngettext(
                "%(count)s callback could not be applied; its line and the server's log say why.",
                "%(count)s callbacks could not be applied; their lines and the server's log say why.",
                failed,
            )
            self.message_user(request, text % {"count": failed}, messages.ERROR)
