"""The admin pages of groups."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.counting import COUNT_LIMIT, Membership, count_members, shown_count
from contacts.groups.changes import start_group_change
from contacts.groups.views import go_on
from contacts.models import Group, GroupChange
from providers.freshness import FreshAdmin, FreshForm
from providers.listing import InfinitePaginator
from providers.pages import ask_first

LIST = "admin:contacts_group_changelist"


class GroupForm(FreshForm):
    """A group's name is unique regardless of case."""

    class Meta:
        model = Group
        fields = ["name"]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if Group.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("There is a group of this name already."))
        return name


@admin.register(Group)
class GroupAdmin(FreshAdmin):
    """Lists of contacts."""

    form = GroupForm
    paginator = InfinitePaginator
    show_full_result_count = False
    list_display = ("name", "size")
    search_fields = ("name",)
    sortable_by = ()
    list_per_page = 50
    list_max_show_all = 0
    # Deleting shows first what becomes of the members: one group at a time.
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        is_list = request.resolver_match is not None and request.resolver_match.url_name == "contacts_group_changelist"
        return rows.annotate(members=count_members()) if is_list else rows

    @admin.display(description=gettext_lazy("contacts"))
    def size(self, group: Any) -> str:
        url = f"{reverse('admin:contacts_contact_changelist')}?groups__id__exact={group.pk}"
        return format_html('<a href="{}" class="sms-link">{}</a>', url, shown_count(group.members))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What becomes of the members, and then the deletion, in the background where there are many."""
        group = self.get_object(request, object_id)
        if not self.has_delete_permission(request, group):
            raise PermissionDenied
        if group is None:
            raise Http404
        if request.method != "POST":
            return self._preview(request, group)
        kind, key = GroupChange.Kind.DELETE, uuid.uuid4()
        change, _is_new = start_group_change(kind=kind, group=group, selection={}, actor=request.user, key=key)
        self.log_deletions(request, Group.objects.filter(pk=group.pk))
        return go_on(request, change, reverse(LIST))

    def _preview(self, request: HttpRequest, group: Group) -> HttpResponse:
        return ask_first(
            request,
            title=_("Delete the group “%s”?") % group.name,
            text=members_told(group),
            button=_("Delete the group"),
            is_dangerous=True,
            cancel_url=reverse("admin:contacts_group_change", args=[group.pk])
            if self.has_view_or_change_permission(request)
            else reverse("admin:index"),
            opts=self.opts,
        )


def members_told(group: Group) -> str:
    """What a deletion does to the members; beyond the limit nobody is looked for."""
    members = Membership.objects.filter(group=group)
    count = members[: COUNT_LIMIT + 1].count()
    told = ngettext(
        "%(count)s contact leaves it and stays among the contacts.",
        "%(count)s contacts leave it and stay among the contacts.",
        count,
    ) % {"count": shown_count(count)}
    if not 0 < count <= COUNT_LIMIT:
        return told
    elsewhere = Membership.objects.filter(contact_id=OuterRef("contact_id")).exclude(group=group)
    alone = members.filter(~Exists(elsewhere)).count()
    lonely = ngettext("%(count)d of them is in no other group.", "%(count)d of them are in no other group.", alone)
    return f"{told} {lonely % {'count': alone}}"
