"""The form of an answer, and of whom a conversation is given to."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from smsops.inbox.conversations.replying import Route

LONGEST = 5000


class ReplyForm(forms.Form):
    """`key` is made with the page: what is sent twice is one answer."""

    use_required_attribute = False

    key = forms.UUIDField(widget=forms.HiddenInput)
    route = forms.ChoiceField(
        label=gettext_lazy("Answer through"), widget=UnfoldAdminSelectWidget,
        error_messages={"required": gettext_lazy("Choose the account that answers.")},
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Answer"), strip=False, max_length=LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("The text is empty. Write a message.")},
    )  # fmt: skip

    def __init__(self, *, routes: list[Route], usual: Route | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._routes = {route.key: route for route in routes}
        empty = [] if usual else [("", _("Choose …"))]
        route_field: Any = self.fields["route"]
        route_field.choices = [*empty, *((key, str(route)) for key, route in self._routes.items())]
        self.initial = {"route": usual.key if usual else "", "key": uuid.uuid4()}

    def clean_text(self) -> str:
        text = self.cleaned_data["text"]
        if not text.strip():
            raise ValidationError(_("The text is empty. Write a message."))
        return text

    @property
    def chosen(self) -> Route:
        return self._routes[self.cleaned_data["route"]]


def colleagues() -> QuerySet[User]:
    """Who may look after conversations."""
    may = Permission.objects.filter(codename="change_conversation", content_type__app_label="inbox")
    people = User.objects.filter(is_active=True, is_staff=True)
    entitled = people.filter(Q(is_superuser=True) | Q(user_permissions__in=may) | Q(groups__permissions__in=may))
    return entitled.distinct().order_by("username")
