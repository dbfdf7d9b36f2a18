"""The start page: what needs a person, what waits, and how the accounts fare. Figures stop at a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from providers.admin import state_of
from providers.models import Account, CallbackReceipt
from smsops.messaging.models import Message
from smsops.messaging.status import Status

COUNT_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with the list that it stands for; `text` is `1.000+` beyond the limit."""

    label: str
    text: str
    url: str


def start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the template shows, as this person may see it."""
    context["figures"] = _figures() if request.user.has_perm("messaging.view_message") else []
    if request.user.has_perm("providers.view_callbackreceipt"):
        context["figures"] += _stuck_callbacks()
    context["accounts"] = _accounts() if request.user.has_perm("providers.view_account") else []
    return context


def _figures() -> list[Figure]:
    shown = [
        (_("Waiting"), Status.QUEUED),
        (_("Being sent"), Status.SENDING),
        (_("Sent, no report yet"), Status.SENT),
        (_("Uncertain"), Status.UNCERTAIN),
    ]
    messages = Message.objects.order_by()
    return [Figure(label, _count(messages.filter(status=status)), _list_of(status)) for label, status in shown]


def _list_of(status: Status) -> str:
    """Where a person looks at the messages of a status; what is uncertain has a desk of its own."""
    if status is Status.UNCERTAIN:
        return reverse("console:incidents")
    return f"{reverse('admin:messaging_message_changelist')}?status__exact={status.value}"


def _stuck_callbacks() -> list[Figure]:
    """Nothing, where there are none: they are the exception."""
    state = CallbackReceipt.State.STUCK
    text = _count(CallbackReceipt.objects.order_by().filter(state=state))
    url = f"{reverse('admin:providers_callbackreceipt_changelist')}?state__exact={state.value}"
    return [] if text == "0" else [Figure(_("Callbacks that need a person"), text, url)]


def _count(rows: QuerySet) -> str:
    count = rows[: COUNT_LIMIT + 1].count()
    return f"{COUNT_LIMIT}+" if count > COUNT_LIMIT else str(count)


def _accounts() -> list[dict[str, Any]]:
    accounts = Account.objects.select_related("health")
    return [
        {"account": account, "colour": colour, "state": state, "reason": reason}
        for account in accounts
        for colour, state, reason in [state_of(account)]
    ]
