"""The look-up: one box on every page, and one page that answers "did he get it?"."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.dataclasses import SearchResult

from contacts.guarding import needs
from contacts.models import Contact
from contacts.syncing.pages import accounts_with_phonebook
from providers.models import Account
from providers.numbers import display, operator_of
from providers.pages import ask_first, show_page
from smsops.console.lookup import CONTACTS, Found, look_up, write_lookup
from smsops.console.lookup_phonebook import search_phonebook
from smsops.inbox.history import read_number_history
from smsops.inbox.models import Suppression
from smsops.messaging.admin import shown_text
from smsops.messaging.compose import Refused
from smsops.messaging.gate import examine
from smsops.messaging.models import Message
from smsops.messaging.resending import draft_of, resend_message, why_not_resend
from smsops.messaging.status import Status

VIEW = "messaging.view_message"
MOST_PLANNED = 20


@needs(VIEW)
def look(request: HttpRequest) -> HttpResponse:
    """`?q=` is what was typed; one hit is shown whole, several to choose from. Each look-up is written down."""
    term = request.GET.get("q", "").strip()
    if not term:
        return _page(request, term)
    found = look_up(term, request.user)
    write_lookup(actor=request.user, term=term, found=found)
    return _page(request, term, **_shown(request, found))


@needs(CONTACTS)
def phonebook(request: HttpRequest, account_id: int) -> HttpResponse:
    """The same question to a provider's phone book: by POST, since it makes a call."""
    account = get_object_or_404(Account, pk=account_id)
    term = request.POST.get("q", "").strip()
    if request.method != "POST" or not term:
        return redirect(f"{reverse('console:look_up')}?{urlencode({'q': term})}")
    entries, error = search_phonebook(account=account, term=term, actor=request.user)
    return _page(request, term, book=account, entries=entries, book_error=error)


def _shown(request: HttpRequest, found: Found) -> dict[str, Any]:
    hits = [{"hit": hit, "number": display(hit.number), "url": url_of(hit.number)} for hit in found.hits]
    one = found.hits[0].number if len(found.hits) == 1 else ""
    return {"found": found, "hits": hits, "is_asked": True} | (_story(request, one) if one else {})


def _story(request: HttpRequest, number: str) -> dict[str, Any]:
    """All about one number that this person may see."""
    may = request.user.has_perm
    contact = Contact.objects.filter(mobile=number).first()
    opt_out = Suppression.objects.filter(number=number).first() if may("inbox.view_suppression") else None
    return {
        "number": number,
        "shown_number": display(number),
        "contact": contact if may(CONTACTS) else None,
        "operator": operator_of(number),
        "opt_out": opt_out,
        "knows_opt_outs": may("inbox.view_suppression"),
        "history": read_number_history(number, contact, request, request.GET.get("before", "")),
        "planned": [_planned(request, row) for row in _planned_for(number)],
    }


def _planned_for(number: str) -> Any:
    """What waits for its time, here or at the provider."""
    later = Q(status=Status.QUEUED, send_after__gt=Now()) | Q(status=Status.SENT, provider_scheduled_for__gt=Now())
    return Message.objects.filter(later, recipient=number).order_by("send_after")[:MOST_PLANNED]


def _planned(request: HttpRequest, message: Message) -> dict[str, Any]:
    return {
        "at": message.provider_scheduled_for or message.send_after,
        "text": shown_text(message, request),
        "url": reverse("admin:messaging_message_change", args=[message.pk]),
    }


def url_of(number: str) -> str:
    return f"{reverse('console:look_up')}?{urlencode({'q': number})}"


def _page(request: HttpRequest, term: str, **context: Any) -> HttpResponse:
    books = list(accounts_with_phonebook()) if request.user.has_perm(CONTACTS) else []
    return show_page(request, "console/look_up.html", _("Look-up"), {"term": term, "books": books, **context})


# --- sending once more -----------------------------------------------------------------------------------------------


@needs("messaging.send_message")
def resend(request: HttpRequest, message_id: int) -> HttpResponse:
    """Send a message once more: what it costs the person to know first, then, by POST, queued."""
    message = get_object_or_404(Message.objects.select_related("account"), pk=message_id)
    if request.method == "POST":
        return _resend(request, message)
    verdict = examine(draft_of(message, request.user))
    reasons = [why_not_resend(message), *verdict.refusals, *(each.reason for each in verdict.invalid)]
    if reason := next(filter(None, reasons), ""):
        messages.warning(request, reason)
        return _back(request, message)
    return ask_first(
        request,
        title=_("Send this message again?"),
        text=_consequence(message),
        rows=[f"{display(message.recipient)} · {message.account}", shown_text(message, request), *verdict.warnings],
        button=_("Send it again"),
        cancel_url=url_of(message.recipient),
    )


def _consequence(message: Message) -> str:
    if message.status == Status.DELIVERED:
        return _("It was delivered already: the recipient gets it a second time.")
    if message.status == Status.SENT:
        return _("It was sent, and nobody has reported yet whether it arrived: the recipient may get it twice.")
    return _("It goes out once more as a new message.")


def _resend(request: HttpRequest, message: Message) -> HttpResponse:
    try:
        repeat = resend_message(message=message, actor=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return _back(request, message)
    messages.success(request, _("It is in the queue once more."))
    return _back(request, repeat)


def _back(request: HttpRequest, message: Message) -> HttpResponse:
    """To the recipient's page, where the person may see it."""
    return redirect(url_of(message.recipient) if request.user.has_perm(VIEW) else "admin:index")


# --- the command palette ---------------------------------------------------------------------------------------------


def palette(request: HttpRequest, search_term: str) -> list[SearchResult]:
    """The way to the look-up, never what it finds: the theme keeps these lines for minutes."""
    term = request.GET.get("s", search_term).strip()
    if not term or not request.user.has_perm(VIEW):
        return []
    title = _("Look up “%(term)s”") % {"term": term}
    return [
        SearchResult(title=title, description=_("Number, name, reference"), link=url_of(term), icon="person_search")
    ]
