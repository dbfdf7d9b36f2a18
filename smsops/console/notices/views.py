"""The bell, the page of notices, and each person's own choice of e-mails."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from providers.pages import show_page
from smsops.console.notices.models import Notice, NoticeRead, NoticeSubscription
from smsops.console.notices.services import mark_read, subscribe, unread_count, visible_kinds, visible_notices
from smsops.console.notices.words import words_of

MOST_OPEN, MOST_CLOSED = 200, 50


def bell(request: HttpRequest) -> dict[str, Any]:
    """For the header of every page; asked only where it is drawn."""
    return {"notice_bell": SimpleLazyObject(lambda: _bell(request))}


def _bell(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not visible_kinds(user):
        return {"is_shown": False}
    return {"is_shown": True, "count": unread_count(user)}


def notices(request: HttpRequest) -> HttpResponse:
    """What is open, then what is over, each newest first. By POST: seen, one or all."""
    _require_some(request)
    visible = visible_notices(request.user)
    if request.method == "POST":
        return _mark(request, visible)
    seen = NoticeRead.objects.filter(notice=OuterRef("pk"), user=request.user.pk)
    rows = visible.annotate(is_read=Exists(seen)).order_by("-pk")
    opened = list(rows.filter(closed_at=None)[:MOST_OPEN])
    context = {
        "opened": [_shown(row) for row in opened],
        "closed": [_shown(row) for row in rows.exclude(closed_at=None)[:MOST_CLOSED]],
        "newest": opened[0].pk if opened else 0,
        "has_unread": any(not row.is_read for row in opened),
    }
    return show_page(request, "console/notices.html", _("Notices"), context)


def _require_some(request: HttpRequest) -> None:
    if not visible_kinds(request.user):
        raise PermissionDenied


def _shown(notice: Any) -> dict[str, Any]:
    return {"notice": notice, "words": words_of(notice), "is_read": notice.is_read}


def _mark(request: HttpRequest, visible: QuerySet[Notice]) -> HttpResponse:
    """One by its number, or all that the page has shown."""
    chosen, newest = request.POST.get("notice", ""), request.POST.get("newest", "")
    if chosen.isdecimal() and len(chosen) < 19:
        mark_read(user=request.user, notices=visible.filter(pk=int(chosen)))
    elif newest.isdecimal() and len(newest) < 19:
        mark_read(user=request.user, notices=visible.filter(closed_at=None, pk__lte=int(newest)))
    return redirect("console:notices")


class SubscriptionForm(forms.Form):
    """Of which kinds a person wants e-mails: those that he may see."""

    kinds = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kinds"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(kind.value, kind.label) for kind in visible_kinds(user)]
        field.label = _("Send me an e-mail when")


def notice_settings(request: HttpRequest) -> HttpResponse:
    """Of what this person wants e-mails."""
    _require_some(request)
    kept = NoticeSubscription.objects.filter(user=request.user.pk).first()
    form = SubscriptionForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        initial={"kinds": kept.kinds if kept else []},
    )
    if request.method == "POST" and form.is_valid():
        subscribe(user=request.user, kinds=form.cleaned_data["kinds"], language=get_language() or "")
        messages.success(request, _("Saved."))
        return redirect("console:notice_settings")
    context = {"form": form, "address": getattr(request.user, "email", "")}
    return show_page(request, "console/notice_settings.html", _("E-mails about notices"), context)
