"""What waits while the outbox or an account is stopped, and the decision over it: send, or cancel."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers.formats import told
from providers.models import Account
from providers.pages import ask_first, show_page
from smsops.messaging.campaigns.standing import stopped_in_the_way
from smsops.messaging.models import Message, Outbox
from smsops.messaging.outbox import (
    get_outbox,
    hold_outbox,
    needs_review,
    release_outbox,
    resume_account,
    waiting_messages,
)

SAMPLES = 5
# As their index has them: nothing is sorted, however many wait.
QUEUE_ORDER = ("account_id", "campaign_id", "priority", "send_after")
DECIDE = "messaging.release_outbox"
DECISIONS = ("hold", "send", "cancel")


def held_outbox(request: HttpRequest) -> dict[str, Any]:
    """For the banner on every page; asked only where it is drawn."""
    return {"held_outbox": SimpleLazyObject(lambda: Outbox.objects.filter(id=1).first())}


@permission_required("messaging.view_message", raise_exception=True)
def outbox(request: HttpRequest) -> HttpResponse:
    """The state of the outbox; by POST a person's decision over it."""
    if request.method == "POST":
        return _decide_outbox(request)
    held = get_outbox()
    state = _("The outbox is held: nothing leaves.") if held.held_since else _("The outbox is open.")
    reason = told(held.hold_reason)
    return _show(request, _("Outbox"), state, reason, is_stopped=bool(held.held_since), permission=DECIDE)


def _decide_outbox(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(DECIDE):
        raise PermissionDenied
    decision = request.POST.get("decision")
    if decision not in DECISIONS:
        return redirect("messaging:outbox")
    if decision == "hold":
        hold_outbox()
        return _back(request, "messaging:outbox", _("The outbox is held."))
    if decision == "cancel" and "confirmed" not in request.POST:
        return _confirm_cancelling(request, reverse("messaging:outbox"))
    cancelled = release_outbox(actor=request.user, cancel_waiting=decision == "cancel")
    return _back(request, "messaging:outbox", _told(cancelled, decision))


@permission_required("providers.pause_account", raise_exception=True)
def resume(request: HttpRequest, account_id: int) -> HttpResponse:
    """Resume an account; after over an hour only once a person has seen what waits for it."""
    account = get_object_or_404(Account, pk=account_id)
    decision = request.POST.get("decision")
    if request.method == "POST" and decision == "cancel" and "confirmed" not in request.POST:
        return _confirm_cancelling(request, reverse("messaging:resume_account", args=[account.pk]), account)
    if request.method == "POST" and (decision in DECISIONS[1:] or not needs_review(account)):
        cancelled = resume_account(account=account, actor=request.user, cancel_waiting=decision == "cancel")
        return _back(request, "admin:providers_account_change", _told(cancelled, decision), account.pk)
    title = _("Resume %s?") % account.name
    state, reason = _("This account is stopped."), told(account.suspended_reason)
    return _show(request, title, state, reason, is_stopped=True, permission="providers.pause_account", account=account)


def _told(cancelled: int, decision: str | None) -> str:
    if decision != "cancel":
        return _("Resumed. Waiting messages leave now.")
    return ngettext("%(count)s message was cancelled.", "%(count)s messages were cancelled.", cancelled) % {
        "count": cancelled
    }


def _show(
    request: HttpRequest,
    title: str,
    state: str,
    reason: str,
    *,
    is_stopped: bool,
    permission: str,
    account: Account | None = None,
) -> HttpResponse:
    due = Message.objects.due() if account is None else Message.objects.due().filter(account=account)
    which = f"?status__exact=queued{f'&account__id__exact={account.pk}' if account else ''}"
    context = {
        "state": state,
        "reason": reason,
        "is_stopped": is_stopped,
        "waiting": waiting_messages(account),
        "stopped": () if account else stopped_in_the_way(due),
        "samples": due.select_related("account").order_by(*QUEUE_ORDER)[:SAMPLES],
        "list_url": reverse("admin:messaging_message_changelist") + which,
        "may_decide": request.user.has_perm(permission),
    }
    return show_page(request, "messaging/outbox.html", title, context)


def _confirm_cancelling(request: HttpRequest, back: str, account: Account | None = None) -> HttpResponse:
    waiting = waiting_messages(account)
    text = ngettext(
        "%(count)s waiting message will be cancelled. It will not be sent.",
        "%(count)s waiting messages will be cancelled. They will not be sent.",
        waiting.count,
    ) % {"count": number_format(waiting.count) + "+" * waiting.is_more}
    return ask_first(
        request,
        title=_("Cancel what waits?"),
        text=text,
        button=_("Cancel them"),
        is_dangerous=True,
        hidden=[("decision", "cancel"), ("confirmed", "1")],
        cancel_url=back,
    )


def _back(request: HttpRequest, name: str, text: str, *args: Any) -> HttpResponse:
    messages.success(request, text)
    return redirect(name, *args)
