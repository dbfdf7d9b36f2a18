"""Quick replies: which a person has, and the page on which they are written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import truncatechars
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from providers.freshness import FreshAdmin, FreshForm
from smsops.inbox.models import QuickReply
from smsops.messaging.campaigns.merge import clean_value, parse_merge
from smsops.messaging.text import clean_text

SHARE = "inbox.share_quickreply"
LONGEST = 2000
MOST = 200


def quick_replies_of(user: Any) -> QuerySet[QuickReply]:
    """One's own and those that are for everybody."""
    return QuickReply.objects.filter(Q(is_shared=True) | Q(owner=user.pk))


def offered_texts(user: Any, name: str) -> list[tuple[int, str, str]]:
    """(id, name, text) of each, written for a person of this name ("" where nobody knows it)."""
    values = {"name": clean_value(name)}
    return [(each.pk, each.name, parse_merge(each.text).render(values)) for each in quick_replies_of(user)[:MOST]]


class QuickReplyForm(FreshForm):
    """A text that can be read as one: no control characters, no half fields."""

    text = forms.CharField(
        label=gettext_lazy("Text"), strip=False, max_length=LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=gettext_lazy("{name} becomes the contact's name; {name|Kak} is Kak where nobody knows it."),
    )  # fmt: skip

    class Meta:
        model = QuickReply
        fields = ["name", "text", "is_shared"]

    def clean_text(self) -> str:
        text = clean_text(self.cleaned_data["text"])
        if not text.strip():
            raise ValidationError(_("The text is empty. Write a message."))
        found = parse_merge(text)
        if found.strays:
            raise ValidationError(_("A single { or } is part of no field. Write {{ or }} for a brace."))
        if unknown := [key for key in found.keys if key != "name"]:
            raise ValidationError(_("There is no field “%s” here, only {name}.") % unknown[0])
        return text


@admin.register(QuickReply)
class QuickReplyAdmin(FreshAdmin):
    """Each person's own, and those for everybody, which only some may write."""

    form = QuickReplyForm
    list_display = ("name", "beginning", "is_shared", "owner")
    list_select_related = ("owner",)
    search_fields = ("name",)
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    @admin.display(description=gettext_lazy("text"))
    def beginning(self, reply: QuickReply) -> str:
        return truncatechars(reply.text, 60)

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuickReply]:
        rows = super().get_queryset(request)
        return rows if request.user.has_perm(SHARE) else rows.filter(pk__in=quick_replies_of(request.user).values("pk"))

    def get_fields(self, request: HttpRequest, obj: QuickReply | None = None) -> list[str]:
        return ["name", "text", *(["is_shared"] if request.user.has_perm(SHARE) else [])]

    def has_change_permission(self, request: HttpRequest, obj: QuickReply | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: QuickReply | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Deleting many asks no row whose it is."""
        return super().get_actions(request) if request.user.has_perm(SHARE) else {}

    def save_model(self, request: HttpRequest, obj: QuickReply, form: Any, change: bool) -> None:
        if not change:
            obj.owner_id = request.user.pk
        super().save_model(request, obj, form, change)


def _may_touch(request: HttpRequest, reply: QuickReply | None) -> bool:
    if reply is None or request.user.has_perm(SHARE):
        return True
    return reply.owner_id == request.user.pk and not reply.is_shared
