"""The inbox: the list of conversations, and one of them with all that was written. Each view parses, calls one
function and answers; the parts that change are asked for again while the page is open."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from contacts.guarding import needs
from contacts.models import Contact
from providers.numbers import display, operator_of
from providers.pages import show_page, whole_number
from smsops.inbox.conversations import claims
from smsops.inbox.conversations.forms import ReplyForm, colleagues
from smsops.inbox.conversations.listing import (
    CONTACTS,
    LISTS,
    MOST_FOUND,
    count_lists,
    names_of,
    read_page,
    search,
    shown_count,
)
from smsops.inbox.conversations.models import Conversation
from smsops.inbox.conversations.quick_replies import offered_texts
from smsops.inbox.conversations.replying import (
    Busy,
    detour_told,
    offered_routes,
    send_reply,
    standstill_told,
    usual_route,
    why_not_answerable,
)
from smsops.inbox.conversations.words import is_indexed
from smsops.inbox.history import read_number_history
from smsops.inbox.models import Suppression
from smsops.messaging.checking.rules import PERMISSION as SEND
from smsops.messaging.compose import Refused

VIEW, CHANGE = "inbox.view_conversation", "inbox.change_conversation"
SUPPRESSIONS = "inbox.view_suppression"


# --- the list --------------------------------------------------------------------------------------------------------


@needs(VIEW)
def conversations(request: HttpRequest) -> HttpResponse:
    """`?show=` one of the lists, `?q=` what is looked for, `?before=` where a page begins."""
    context = _list_context(request)
    context |= {"live": _part("inbox/list_live.html", context), "is_indexed": is_indexed(), "most": MOST_FOUND}
    return show_page(request, "inbox/conversations.html", _("Conversations"), context)


@needs(VIEW)
def conversations_live(request: HttpRequest) -> HttpResponse:
    return _answer_part(request, _part("inbox/list_live.html", _list_context(request)))


def _list_context(request: HttpRequest) -> dict[str, Any]:
    term, name = request.GET.get("q", "").strip(), request.GET.get("show", "")
    name = name if name in LISTS else "open"
    before = whole_number(request.GET.get("before", ""))
    found = search(term, request.user) if term else read_page(name, request.user, before)
    names = names_of((row.number for row in found.rows), request.user)
    busy = set(claims.answered_now(_among(found.rows)).values_list("pk", flat=True))
    counts = count_lists(request.user)
    return {
        "term": term, "name": name, "before": before, "found": found, "unread": counts["unread"], "user": request.user,
        "entries": [(row, display(row.number) or "–", names.get(row.number, ""), row.pk in busy) for row in found.rows],
        "tabs": [(key, label, shown_count(counts.get(key, 0))) for key, label in LISTS.items()],
    }  # fmt: skip


def _among(rows: list[Conversation]) -> QuerySet[Conversation]:
    return Conversation.objects.filter(pk__in=[row.pk for row in rows])


# --- one conversation ------------------------------------------------------------------------------------------------


@needs(VIEW)
def conversation(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """All that was written, and the form to answer. Whoever looks after conversations has read what he sees here."""
    found = _find(conversation_id)
    is_reading = request.user.has_perm(CHANGE) and not request.GET.get("before")
    if is_reading and claims.mark_read(conversation_id=found.pk, upto=found.last_id):
        found = _find(conversation_id)
    return _show_conversation(request, found, _reply_form(found))


def _show_conversation(request: HttpRequest, found: Conversation, form: ReplyForm, busy: str = "") -> HttpResponse:
    may = request.user.has_perm
    named = Contact.objects.filter(mobile=found.number).first() if may(CONTACTS) else None
    routes = offered_routes()
    context = _thread_context(request, found) | {
        "form": form,
        "busy": busy,
        "contact": named,
        "operator": operator_of(found.number) if found.number.startswith("+") else "",
        "opt_out": Suppression.objects.filter(number=found.number).first() if may(SUPPRESSIONS) else None,
        "detour": detour_told(found, routes),
        "standstill": standstill_told(usual_route(found, routes)),
        "not_answerable": why_not_answerable(found),
        "may_answer": may(CHANGE) and may(SEND),
        "may_change": may(CHANGE),
        "colleagues": colleagues() if may(CHANGE) else [],
        "quick_replies": offered_texts(request.user, named.name if named is not None else "") if may(SEND) else [],
        "words": {"count": _("{units} characters · {segments} segments"), "one": _("{units} characters · 1 segment")},
    }
    context["live"] = _part("inbox/thread_live.html", context)
    title = f"{context['shown_number']} · {named.name}" if named is not None and named.name else context["shown_number"]
    return show_page(request, "inbox/conversation.html", title, context)


@needs(VIEW)
def conversation_live(request: HttpRequest, conversation_id: int) -> HttpResponse:
    return _answer_part(request, _part("inbox/thread_live.html", _thread_context(request, _find(conversation_id))))


def _thread_context(request: HttpRequest, found: Conversation) -> dict[str, Any]:
    before = request.GET.get("before", "")
    history = read_number_history(found.number, None, request, before)
    is_busy = claims.answered_now(_among([found])).exists()
    return {
        "conversation": found,
        "shown_number": display(found.number) or "–",
        "history": history,
        "entries": history.entries[::-1],
        "is_page": bool(before),
        "answering": found.answering if is_busy else None,
        "is_mine": is_busy and found.answering_id == request.user.pk,
        "may_change": request.user.has_perm(CHANGE),
        "user": request.user,
    }


def _reply_form(found: Conversation, data: Any = None) -> ReplyForm:
    routes = offered_routes()
    return ReplyForm(routes=routes, usual=usual_route(found, routes), data=data)


@needs(SEND, post_only=True)
def reply(request: HttpRequest, conversation_id: int) -> HttpResponseBase:
    """An answer. What cannot be sent stays in the form, with the reason."""
    return _reply(request, conversation_id)


@needs(CHANGE)
def _reply(request: HttpRequest, conversation_id: int) -> HttpResponseBase:
    found = _find(conversation_id)
    form = _reply_form(found, request.POST)
    if not form.is_valid():
        return _show_conversation(request, found, form)
    entered = form.cleaned_data
    try:
        is_new = send_reply(
            conversation=found, key=entered["key"], route=form.chosen, text=entered["text"], actor=request.user,
            takes_over="take_over" in request.POST, finishes="finish" in request.POST,
        )  # fmt: skip
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _show_conversation(request, _find(conversation_id), form)
    except Busy:
        busy = _("Somebody else is answering. Look at the conversation before you send this.")
        return _show_conversation(request, _find(conversation_id), form, busy)
    if not is_new:
        messages.info(request, _("This answer was sent already; it was not sent again."))
    return redirect("inbox:conversations") if "finish" in request.POST else redirect("inbox:conversation", found.pk)


# --- who answers, and what is done -----------------------------------------------------------------------------------


@needs(CHANGE, post_only=True)
def claim(request: HttpRequest, conversation_id: int) -> JsonResponse:
    """A sign of life of whoever writes; `take_over` says that it is done knowingly."""
    takes_over = "take_over" in request.POST
    found = _find(conversation_id)
    is_mine = claims.claim_conversation(conversation_id=found.pk, actor=request.user, takes_over=takes_over)
    return JsonResponse({"mine": is_mine, "seconds": claims.LEASE_SECONDS // 3})


@needs(CHANGE, post_only=True)
def release(request: HttpRequest, conversation_id: int) -> HttpResponse:
    claims.release_conversation(conversation_id=conversation_id, actor=request.user)
    return HttpResponse(status=204)


@needs(CHANGE, post_only=True)
def read(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The page shows what has come, up to the id that it names."""
    claims.mark_read(conversation_id=conversation_id, upto=whole_number(request.POST.get("upto", "")))
    return HttpResponse(status=204)


@needs(CHANGE, post_only=True)
def act(request: HttpRequest, conversation_id: int, action: str) -> HttpResponse:
    """Done, open again, unread, or given to somebody."""
    found = _find(conversation_id)
    if action == "finish":
        claims.finish_conversation(conversation_id=found.pk)
        return redirect("inbox:conversations")
    if action == "unread":
        claims.mark_unread(conversation_id=found.pk)
        return redirect("inbox:conversations")
    if action == "reopen":
        claims.reopen_conversation(conversation_id=found.pk)
    if action == "assign":
        _assign(request, found)
    return redirect("inbox:conversation", found.pk)


def _assign(request: HttpRequest, found: Conversation) -> None:
    chosen = whole_number(request.POST.get("to", ""))
    to = colleagues().filter(pk=chosen).first() if chosen else None
    if chosen and to is None:
        messages.error(request, _("This person cannot look after conversations."))
    elif not claims.assign_conversation(
        conversation_id=found.pk, to=to, was=whole_number(request.POST.get("was", "")) or None
    ):
        messages.warning(request, _("Somebody else was faster: look at who has it now."))


# --- shared ----------------------------------------------------------------------------------------------------------


def _find(conversation_id: int) -> Conversation:
    rows = Conversation.objects.select_related("assigned_to", "answering", "account")
    return get_object_or_404(rows, pk=conversation_id)


def _part(template: str, context: dict[str, Any]) -> dict[str, str]:
    """A part of the page that changes by itself, with a sign by which a page knows that it has not."""
    html = render_to_string(template, context)
    return {"html": html, "digest": hashlib.sha256(html.encode()).hexdigest()[:16]}


def _answer_part(request: HttpRequest, part: dict[str, str]) -> HttpResponse:
    if request.GET.get("digest") == part["digest"]:
        return HttpResponse(status=204)
    return HttpResponse(part["html"], headers={"X-Digest": part["digest"]})
