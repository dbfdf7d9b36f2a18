"""Forget a number: typed, shown what there is of it, then confirmed. By POST only: it belongs in no address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from contacts.guarding import needs
from providers.numbers import display, to_e164
from smsops.console.forgetting import LABELS, find_number, forget_number
from smsops.inbox.models import Suppression


class NumberForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Number"), max_length=40, widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("In any spelling, e.g. 0812 3456 7890."),
    )  # fmt: skip

    def clean_number(self) -> str:
        number = to_e164(self.cleaned_data["number"])
        if number is None:
            raise forms.ValidationError(_("This is no phone number."))
        return number


@needs("console.forget_number")
def forget(request: HttpRequest) -> HttpResponse:
    form = NumberForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _ask(request, form)
    number = form.cleaned_data["number"]
    if "confirmed" in request.POST:
        return _forget(request, number)
    found = find_number(number)
    if not any(found.values()):
        form.add_error("number", _("Nothing is stored of this number."))
        return _ask(request, form)
    return _confirm(request, number, found)


def _ask(request: HttpRequest, form: NumberForm) -> HttpResponse:
    text = _("When somebody asks to be forgotten: type the number, and see what is stored of it before anything goes.")
    context = {"form": form, "text": text, "button": _("Search"), "cancel_url": reverse("admin:index")}
    return _page(request, _("Forget a number"), context)


def _confirm(request: HttpRequest, number: str, found: dict[str, int]) -> HttpResponse:
    rows = [f"{LABELS[name]}: {number_format(count)}" for name, count in found.items() if count]
    context = {
        "text": _("This cannot be undone."),
        "rows": [*rows, *_what_stays(number)],
        "hidden": [("number", number), ("confirmed", "1")],
        "button": _("Forget this number"),
        "is_dangerous": True,
        "cancel_url": reverse("console:forget_number"),
    }
    return _page(request, _("Forget %s?") % display(number), context)


def _what_stays(number: str) -> list[str]:
    opted_out = Suppression.objects.filter(number=number).exists()
    return [
        _("The number's opt-out stays, so that nobody writes to it again.")
        if opted_out
        else _("The number has not opted out. Add an opt-out if nobody may write to it again."),
        _("Not searched: callbacks as received and the call log, which go when their days are over."),
        _("Not searched: files made earlier or uploaded, campaigns not started yet, and backups."),
        _("Phone books at the providers keep their entry until the next sync proposes to delete it, or you do."),
    ]


def _forget(request: HttpRequest, number: str) -> HttpResponse:
    record = forget_number(number=number, actor=request.user)
    messages.success(request, _("%s is forgotten.") % record.number)
    if record.found["undecided"]:
        messages.warning(request, _("Some messages are not decided yet. Come back when they are."))
    return redirect("console:forget_number")


def _page(request: HttpRequest, title: str, context: dict[str, Any]) -> HttpResponse:
    shared = admin.site.each_context(request) | {"title": title}
    return TemplateResponse(request, "admin/confirm_action.html", shared | context)
