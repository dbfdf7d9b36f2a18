"""The start page: what needs a person, what waits, and how the accounts fare. Figures stop at a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from providers.admin import state_of
from providers.models import Account
from smsops.messaging.models import Message, MessageQuerySet
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
    context["accounts"] = _accounts() if request.user.has_perm("providers.view_account") else []
    return context


def _figures() -> list[Figure]:
    messages = Message.objects.order_by()
    return [
        _figure(_("Waiting"), messages.filter(status=Status.QUEUED), Status.QUEUED),
        _figure(_("Sent, no report yet"), messages.filter(status=Status.SENT), Status.SENT),
        _figure(_("Uncertain"), messages.filter(status=Status.UNCERTAIN), Status.UNCERTAIN),
    ]


def _figure(label: str, rows: MessageQuerySet, status: Status) -> Figure:
    count = rows[: COUNT_LIMIT + 1].count()
    text = f"{COUNT_LIMIT}+" if count > COUNT_LIMIT else str(count)
    return Figure(label, text, f"{reverse('admin:messaging_message_changelist')}?status__exact={status.value}")


def _accounts() -> list[dict[str, Any]]:
    accounts = Account.objects.select_related("health")
    return [
        {"account": account, "colour": colour, "state": state, "reason": reason}
        for account in accounts
        for colour, state, reason in [state_of(account)]
    ]
