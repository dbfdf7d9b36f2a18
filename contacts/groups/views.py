"""Contacts into a group and out of it, from their list: the page to choose and confirm, and the one that shows how far
it has come."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from contacts.counting import COUNT_LIMIT, shown_count
from contacts.groups.changes import run_group_change, start_group_change, stop_group_change
from contacts.list_rows import find_selected, rows_of_list
from contacts.models import Contact, Group, GroupChange
from providers.pages import ask_first

SELECTED, LISTED = "selected", "listed"
PREVIEWED = 10
# Seconds that the person waits; what takes longer goes on in the background.
AT_ONCE = 1.5
LOOK_EVERY = 2
PERMISSION = "contacts.change_contact"
LIST = "admin:contacts_contact_changelist"


class GroupChangeForm(forms.Form):
    """Which group, and whether for the ticked contacts or for all that the list shows."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    group = forms.ModelChoiceField(
        Group.objects.all(), label=gettext_lazy("Group"), empty_label=gettext_lazy("Choose a group"),
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    scope = forms.ChoiceField(label=gettext_lazy("Which contacts"), widget=UnfoldAdminRadioSelectWidget)

    def __init__(self, *args: Any, selected: int, listed: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ticked = ngettext("The %(count)d ticked contact", "The %(count)d ticked contacts", selected)
        whole = ngettext("All %(count)s contact of this list", "All %(count)s contacts of this list", listed)
        choices = [(SELECTED, ticked % {"count": selected}), (LISTED, whole % {"count": shown_count(listed)})]
        self.fields["scope"] = forms.ChoiceField(
            label=_("Which contacts"), choices=choices, initial=SELECTED, widget=UnfoldAdminRadioSelectWidget
        )


class GroupChangeActions(ModelAdmin):
    """Mixed into the contacts' admin page."""

    def has_group_change_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    @admin.action(description=gettext_lazy("Add to a group …"), permissions=["group_change"])
    def add_to_group(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse:
        return self._change(request, queryset, GroupChange.Kind.ADD)

    @admin.action(description=gettext_lazy("Remove from a group …"), permissions=["group_change"])
    def remove_from_group(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse:
        return self._change(request, queryset, GroupChange.Kind.REMOVE)

    def _change(self, request: HttpRequest, queryset: QuerySet[Contact], kind: GroupChange.Kind) -> HttpResponse:
        query = request.GET.urlencode()
        selected = list(queryset.order_by("-pk"))
        listed = rows_of_list(query, request.user)[: COUNT_LIMIT + 1].count()
        data = request.POST if "confirmed" in request.POST else None
        form = GroupChangeForm(data, selected=len(selected), listed=listed)
        if not form.is_valid():
            return self._ask(request, kind, selected, form)
        is_whole = form.cleaned_data["scope"] == LISTED
        selection = {"query": query} if is_whole else {"ids": [contact.pk for contact in selected]}
        values = {"group": form.cleaned_data["group"], "key": form.cleaned_data["key"]}
        change, _is_new = start_group_change(kind=kind, selection=selection, actor=request.user, **values)
        return go_on(request, change, f"{reverse(LIST)}?{query}")

    def _ask(
        self, request: HttpRequest, kind: GroupChange.Kind, selected: list[Contact], form: GroupChangeForm
    ) -> HttpResponse:
        is_adding = kind == GroupChange.Kind.ADD
        action = "add_to_group" if is_adding else "remove_from_group"
        hidden = [("action", action), ("index", "0"), ("confirmed", "1")]
        return ask_first(
            request,
            title=_("Add contacts to a group") if is_adding else _("Remove contacts from a group"),
            text=_("Who is in the group already stays in it once.")
            if is_adding
            else _("The contacts stay; they only leave the group."),
            rows=[str(contact) for contact in selected[:PREVIEWED]],
            more_rows=max(0, len(selected) - PREVIEWED),
            hidden=[*hidden, *((ACTION_CHECKBOX_NAME, contact.pk) for contact in selected)],
            form=form,
            button=_("Add") if is_adding else _("Remove"),
            is_dangerous=not is_adding,
            cancel_url=f"{reverse(LIST)}?{request.GET.urlencode()}",
            opts=self.opts,
        )

    # --- watching ------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        views = {"": self.progress_view, "counts/": self.counts_view, "stop/": self.stop_view}
        own = [
            path(
                f"group-change/<int:change_id>/{end}",
                self.admin_site.admin_view(view),
                name="_".join(filter(None, ("contacts_contact_regroup", end[:-1]))),
            )
            for end, view in views.items()
        ]
        return own + super().get_urls()

    def progress_view(self, request: HttpRequest, change_id: int) -> HttpResponse:
        change = _visible(request, change_id)
        context = self.admin_site.each_context(request) | {"title": str(change), "change": change, "opts": self.opts}
        context |= {"progress": progress_of(change), "is_running": change.state == GroupChange.State.RUNNING}
        return TemplateResponse(request, "contacts/group_change.html", context)

    def counts_view(self, request: HttpRequest, change_id: int) -> HttpResponse:
        return JsonResponse(progress_of(_visible(request, change_id)))

    def stop_view(self, request: HttpRequest, change_id: int) -> HttpResponse:
        change = _visible(request, change_id)
        if request.method == "POST" and stop_group_change(change_id=change.pk):
            messages.warning(request, _("Stopped. What was done stays done."))
        return HttpResponseRedirect(reverse("admin:contacts_contact_regroup", args=[change.pk]))


def go_on(request: HttpRequest, change: GroupChange, back: str) -> HttpResponse:
    """Do it at once where it is quick, else show the page on which it can be watched."""
    change = run_group_change(change_id=change.pk, find=find_selected, seconds=AT_ONCE)
    if change.state == GroupChange.State.RUNNING:
        return HttpResponseRedirect(reverse("admin:contacts_contact_regroup", args=[change.pk]))
    level = messages.SUCCESS if change.state == GroupChange.State.FINISHED else messages.WARNING
    messages.add_message(request, level, summary_of(change))
    return HttpResponseRedirect(back)


def progress_of(change: GroupChange) -> dict[str, Any]:
    """What the page's script reads; `settled` in per cent, by the place among all contacts."""
    is_running = change.state == GroupChange.State.RUNNING
    span = max(1, change.until - change.first + 1)
    share = 100 * max(0, change.position - change.first + 1) // span if is_running else 100
    poll = LOOK_EVERY if is_running else 0
    return {"counts": {}, "settled": share, "summary": summary_of(change), "poll_seconds": poll}


def summary_of(change: GroupChange) -> str:
    """How far it has come, in a sentence."""
    sentences = {
        GroupChange.Kind.ADD: ngettext(
            "%(changed)d contact put into “%(group)s”.", "%(changed)d contacts put into “%(group)s”.", change.changed
        ),
        GroupChange.Kind.REMOVE: ngettext(
            "%(changed)d contact taken out of “%(group)s”.",
            "%(changed)d contacts taken out of “%(group)s”.",
            change.changed,
        ),
        GroupChange.Kind.DELETE: ngettext(
            "%(changed)d contact has left “%(group)s”.", "%(changed)d contacts have left “%(group)s”.", change.changed
        ),
    }
    told = sentences[GroupChange.Kind(change.kind)] % {"changed": change.changed, "group": change.group_name}
    return _("%(state)s: %(told)s") % {"state": change.get_state_display(), "told": told}


def _visible(request: HttpRequest, change_id: int) -> GroupChange:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    return get_object_or_404(GroupChange, pk=change_id)
