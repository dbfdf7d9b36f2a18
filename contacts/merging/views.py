"""Merging contacts: proposals of likely duplicates, the choice, the result to confirm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin

from contacts.merging.duplicates import propose_merges
from contacts.merging.forms import MergeForm, result_lines
from contacts.merging.phonebooks import entries_left
from contacts.merging.plan import Card, MergePlan, plan_merge
from contacts.merging.services import FEWEST, MOST, Changed, digest, merge_contacts, read_cards
from contacts.models import Contact
from providers.numbers import display

LIST = "admin:contacts_contact_changelist"
LONGEST_NAME = 200


class MergeActions(ModelAdmin):
    """Mixed into the contacts' admin page. Merging changes one contact and deletes others: it needs both rights."""

    def has_merge_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("contacts.change_contact") and request.user.has_perm("contacts.delete_contact")

    @admin.action(description=gettext_lazy("Merge duplicates …"), permissions=["merge"])
    def merge(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse:
        ids = queryset.order_by("pk").values_list("pk", flat=True)[: MOST + 1]
        return HttpResponseRedirect(f"{reverse('admin:contacts_contact_merge')}?ids={','.join(map(str, ids))}")

    def get_urls(self) -> list[URLPattern]:
        views = {"merge": self.merge_view, "duplicates": self.duplicates_view}
        own = [
            path(f"{name}/", self.admin_site.admin_view(view), name=f"contacts_contact_{name}")
            for name, view in views.items()
        ]
        return own + super().get_urls()

    def merge_view(self, request: HttpRequest) -> HttpResponse:
        """Choose, look at the result, confirm; the contacts are named in the address."""
        if not self.has_merge_permission(request):
            raise PermissionDenied
        ids = _read_ids(request.GET.get("ids", ""))
        cards = read_cards(ids)
        if not FEWEST <= len(cards) <= MOST or len(cards) < len(ids):
            messages.warning(request, _why_not(len(ids), len(cards)))
            return HttpResponseRedirect(reverse(LIST))
        form = MergeForm(cards, request.POST or None)
        if not form.is_valid():
            return self._choose(request, form)
        if "confirmed" not in request.POST:
            return self._preview(request, form, plan_merge(cards, form.choices()))
        return self._merge(request, form)

    def _merge(self, request: HttpRequest, form: MergeForm) -> HttpResponse:
        ids, choices = [card.id for card in form.cards], form.choices()
        try:
            merge_contacts(ids=ids, choices=choices, seen=form.cleaned_data["digest"], actor=request.user)
        except Changed:
            messages.warning(request, _("Somebody changed one of these contacts meanwhile. Look at the result again."))
            return HttpResponseRedirect(request.get_full_path())
        text = ngettext("%(count)d contact is one now.", "%(count)d contacts are one now.", len(ids))
        messages.success(request, text % {"count": len(ids)})
        return HttpResponseRedirect(reverse("admin:contacts_contact_change", args=[choices.survivor]))

    def _choose(self, request: HttpRequest, form: MergeForm) -> HttpResponse:
        count = len(form.cards)
        title = ngettext("Merge %(count)d contact into one", "Merge %(count)d contacts into one", count)
        return self._ask_merge(
            request,
            title=title % {"count": count},
            text=_("The one that stays gets all groups and merge fields, and the messages of the others."),
            form=form,
            button=_("Look at the result"),
        )

    def _preview(self, request: HttpRequest, form: MergeForm, plan: MergePlan) -> HttpResponse:
        chosen = [(name, form[name].data or "") for name in form.fields if name != "digest"]
        return self._ask_merge(
            request,
            title=_("Is this right?"),
            text=" ".join(self.merge_warnings(form.cards, plan)),
            rows=result_lines(plan, form.cards),
            hidden=[*chosen, ("digest", digest(form.cards)), ("confirmed", "1")],
            button=_("Merge"),
            is_dangerous=True,
        )

    def merge_warnings(self, cards: Sequence[Card], plan: MergePlan) -> list[str]:
        """Sentences above the result."""
        sentences = [_("The old values are kept on the contact's page, where the merge can be undone.")]
        if plan.numbers:
            sentences.append(
                _("One contact has one number: the others are kept as merge fields (other_mobile) and get no messages.")
            )
        for account, numbers in entries_left(cards, plan).items():
            shown = ", ".join(dict.fromkeys(map(display, numbers)))
            told = _("In the phone book of %(account)s %(numbers)s stays as it is, until somebody decides there.")
            sentences.append(told % {"account": account, "numbers": shown})
        return sentences

    def _ask_merge(self, request: HttpRequest, **context: Any) -> HttpResponse:
        shared = self.admin_site.each_context(request) | {"opts": self.opts, "cancel_url": reverse(LIST)}
        return TemplateResponse(request, "admin/confirm_action.html", shared | context)

    def duplicates_view(self, request: HttpRequest) -> HttpResponse:
        """Names that several contacts have."""
        if not self.has_merge_permission(request):
            raise PermissionDenied
        after = request.GET.get("after", "").replace("\x00", "")[:LONGEST_NAME]
        found = propose_merges(after)
        context = self.admin_site.each_context(request) | {"title": _("Likely duplicates"), "opts": self.opts}
        return TemplateResponse(request, "contacts/duplicates.html", context | {"found": found, "after": after})


def _read_ids(text: str) -> list[int]:
    """Numbers that a database can hold; nonsense is left out."""
    parts = text.split(",")[: MOST + 1]
    return sorted({int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 19})


def _why_not(asked: int, found: int) -> str:
    if asked > MOST:
        return _("At most %(limit)d contacts are merged at once. Tick fewer.") % {"limit": MOST}
    if found < asked:
        return _("Some of these contacts are no longer there: they were merged or deleted.")
    return _("Tick at least two contacts to merge them.")
