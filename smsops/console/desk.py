"""The uncertain desk: incidents, what is known of each message, and a person's decision over them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.guarding import needs
from providers.formats import told
from providers.forms import ReasonForm
from providers.models import Account
from providers.numbers import display
from providers.pages import ask_first, show_page
from smsops.console.desk_evidence import gather_evidence
from smsops.messaging.admin import shown_text
from smsops.messaging.desk.balance import read_balance_hint
from smsops.messaging.desk.deciding import Decided, Decision, decide_messages, settled_by
from smsops.messaging.desk.incidents import Incident, incident_of, list_incidents, read_incident, rows_of
from smsops.messaging.models import Message, MessageQuerySet
from smsops.messaging.status import Status

VIEW, SETTLE, SEND, IN_BULK = (
    f"messaging.{name}" for name in ("view_message", "settle_uncertain", "send_message", "resend_in_bulk")
)
PAGE = 50
SAMPLES = 10
LAST_PAGE = 200
LATEST_MINUTE = int(datetime(2199, 1, 1, tzinfo=UTC).timestamp())


@needs(VIEW)
def incidents(request: HttpRequest) -> HttpResponse:
    """`?page=` leads to older ones."""
    asked = request.GET.get("page", "")
    page = min(max(int(asked), 1), LAST_PAGE) if asked.isdecimal() and len(asked) < 9 else 1
    found = list_incidents(page=page)
    rows = [{"incident": each, "words": told(each.words), "url": _url(each)} for each in found.found]
    context = {"rows": rows, "found": found, "page": page}
    return show_page(request, "console/incidents.html", _("Uncertain messages"), context)


@needs(VIEW)
def incident(request: HttpRequest, account_id: int, minute: int, what: str) -> HttpResponse:
    """One incident: its messages, newest first, with what is known of each. `?before=` leads to the next page."""
    account, at = _keys(account_id, minute)
    found = read_incident(account=account, minute=at, what=what)
    rows = rows_of(account=account, minute=at, what=what)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    page = list(rows.select_related("account").order_by("-pk")[: PAGE + 1])
    evidence = gather_evidence(page[:PAGE], may_read_inbox=request.user.has_perm("inbox.view_inboundmessage"))
    context = {
        "incident": found,
        "account": account,
        "minute": at,
        "words": told(found.words) if found else "",
        "hint": read_balance_hint(found) if found else None,
        "buttons": _buttons(request, found, reverse("console:decide", args=[account_id, minute, what])),
        "rows": [_row(request, message, evidence.get(message.pk, [])) for message in page[:PAGE]],
        "older": page[PAGE - 1].pk if len(page) > PAGE else None,
    }
    return show_page(request, "console/incident.html", _("Uncertain messages"), context)


def _keys(account_id: int, minute: int) -> tuple[Account, datetime]:
    """Of an incident that may be settled by now: its page then says so."""
    if minute > LATEST_MINUTE:
        raise Http404
    return get_object_or_404(Account, pk=account_id), datetime.fromtimestamp(minute, UTC)


def _url(incident: Incident) -> str:
    return reverse("console:incident", args=[incident.account.pk, incident.stamp, incident.what])


def _row(request: HttpRequest, message: Message, evidence: Any) -> dict[str, Any]:
    address = reverse("console:decide_message", args=[message.pk])
    offered = _decisions(request, can_repeat=not message.never_resend)
    return {
        "message": message,
        "recipient": display(message.recipient),
        "text": shown_text(message, request),
        "url": reverse("admin:messaging_message_change", args=[message.pk]),
        "evidence": evidence,
        "buttons": [(each.label, f"{address}?decision={each.value}") for each in offered],
        "is_final": message.never_resend,
    }


def _buttons(request: HttpRequest, incident: Incident | None, address: str) -> list[tuple[Any, str]]:
    if incident is None:
        return []
    offered = _decisions(request, is_bulk=incident.count > 1)
    return [(each.label, f"{address}?decision={each.value}") for each in offered]


def _decisions(request: HttpRequest, *, is_bulk: bool = False, can_repeat: bool = True) -> Iterator[Decision]:
    """Those that this person may make."""
    may_send = request.user.has_perm(SEND) and (not is_bulk or request.user.has_perm(IN_BULK))
    for decision in Decision if request.user.has_perm(SETTLE) else ():
        if decision is not Decision.RESEND or (may_send and can_repeat):
            yield decision


# --- deciding --------------------------------------------------------------------------------------------------------


@needs(SETTLE)
def decide(request: HttpRequest, account_id: int, minute: int, what: str) -> HttpResponse:
    """A decision over a whole incident: what it means, then, by POST, done."""
    account, at = _keys(account_id, minute)
    back = reverse("console:incident", args=[account_id, minute, what])
    found = read_incident(account=account, minute=at, what=what)
    if found is None:
        messages.warning(request, _("Nothing of this incident is uncertain any more; nothing was changed."))
        return redirect("console:incidents")
    rows = rows_of(account=account, minute=at, what=what)
    return _decide(request, rows, found.count, found.newest, back, is_bulk=found.count > 1)


@needs(SETTLE)
def decide_message(request: HttpRequest, message_id: int) -> HttpResponse:
    """A decision over one message."""
    message = get_object_or_404(Message.objects.select_related("account"), pk=message_id)
    if message.status != Status.UNCERTAIN:
        messages.warning(request, _too_late(message))
        return redirect("admin:messaging_message_change", message.pk)
    found = incident_of(message)
    back = _url(found) if found else reverse("console:incidents")
    return _decide(request, Message.objects.filter(pk=message.pk), 1, message.pk, back)


def _too_late(message: Message) -> str:
    event = settled_by(message)
    if event is None:
        return _("This message is no longer uncertain: “%(status)s”. Nothing was changed.") % {
            "status": message.get_status_display()
        }
    return _("%(person)s has settled this message already: “%(status)s”. Nothing was changed.") % {
        "person": event.actor or _("Somebody"),
        "status": message.get_status_display(),
    }


def _decide(
    request: HttpRequest, rows: MessageQuerySet, count: int, newest: int, back: str, *, is_bulk: bool = False
) -> HttpResponse:
    decision = _chosen(request, is_bulk=is_bulk)
    form = ReasonForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _preview(request, rows, decision, count, newest, back, form)
    seen = request.POST.get("newest", "")
    up_to = min(int(seen), newest) if seen.isdecimal() else newest
    reason = form.cleaned_data["reason"]
    decided = decide_messages(rows=rows, decision=decision, reason=reason, actor=request.user, up_to=up_to)
    _tell(request, decision, decided)
    is_left = decided.is_cut or decision is Decision.LEAVE or is_bulk or decided.passed_over
    return redirect(back if is_left else "console:incidents")


def _chosen(request: HttpRequest, *, is_bulk: bool) -> Decision:
    """What the address or the form asks for. Not known: 404; not this person's to make: 403."""
    try:
        decision = Decision(request.POST.get("decision") or request.GET.get("decision") or Decision.LEAVE)
    except ValueError:
        raise Http404 from None
    if decision not in _decisions(request, is_bulk=is_bulk):
        raise PermissionDenied
    return decision


def _preview(
    request: HttpRequest,
    rows: MessageQuerySet,
    decision: Decision,
    count: int,
    newest: int,
    back: str,
    form: ReasonForm,
) -> HttpResponse:
    shown = rows.select_related("account").order_by("-pk")[:SAMPLES]
    title = ngettext("%(decision)s: %(count)d message", "%(decision)s: %(count)d messages", count)
    return ask_first(
        request,
        title=title % {"decision": decision.label, "count": count},
        text=_consequence(decision),
        rows=[f"{display(row.recipient)} · {row.account}" for row in shown],
        more_rows=max(0, count - SAMPLES),
        hidden=[("decision", decision.value), ("newest", newest)],
        form=form,
        button=str(decision.label),
        is_dangerous=decision is Decision.RESEND,
        cancel_url=back,
    )


def _consequence(decision: Decision) -> str:
    return {
        Decision.WENT_OUT: _("They count as sent from now on. A report that comes still settles them."),
        Decision.DID_NOT: _("They end as not sent. Nothing is sent again."),
        Decision.RESEND: _(
            "They end as not sent, and each goes out once more as a new message. Whoever got the first one after all "
            "gets it twice. What the provider forbids to repeat stays uncertain."
        ),
        Decision.LEAVE: _("They stay uncertain, and your reason is kept with each."),
    }[decision]


def _tell(request: HttpRequest, decision: Decision, decided: Decided) -> None:
    if decided.settled:
        text = ngettext("%(count)d message: %(decision)s.", "%(count)d messages: %(decision)s.", decided.settled)
        messages.success(request, text % {"count": decided.settled, "decision": decision.label})
    if decided.passed_over:
        text = ngettext(
            "%(count)d message was not touched: somebody or a report has settled it meanwhile, or it may not be sent "
            "again.",
            "%(count)d messages were not touched: somebody or a report has settled them meanwhile, or they may not be "
            "sent again.",
            decided.passed_over,
        )
        messages.warning(request, text % {"count": decided.passed_over})
    for reason in decided.reasons:
        messages.warning(request, reason)
    if decided.is_cut:
        messages.info(request, _("There are more of them than one step takes: press the button again."))
