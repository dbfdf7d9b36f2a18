"""The pages of contacts with what the apps above know: messages both ways, opt-outs, and who was never reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.admin import ContactAdmin as PlainContactAdmin
from contacts.merging.plan import Card, MergePlan
from contacts.models import Contact
from providers.models import Account
from providers.numbers import display
from smsops.console.contact_filters import NeverDeliveredFilter, OptedOutFilter
from smsops.inbox.history import may_read_history, read_history
from smsops.inbox.models import Suppression
from smsops.inbox.suppressions import opted_out
from smsops.messaging.campaigns.drafting import draft_to_contacts
from smsops.messaging.checking.rules import PERMISSION

admin.site.unregister(Contact)


@admin.register(Contact)
class ContactAdmin(PlainContactAdmin):
    """With filters and pages that need the apps above `contacts`."""

    list_filter = (*PlainContactAdmin.list_filter, OptedOutFilter, NeverDeliveredFilter)
    actions = (*PlainContactAdmin.actions, "write_campaign")
    change_form_outer_before_template = "contacts/opt_out.html"
    change_form_outer_after_template = "contacts/history.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.messages_view)
        return [path("<int:object_id>/messages/", view, name="contacts_contact_messages"), *super().get_urls()]

    def has_campaign_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    @admin.action(description=gettext_lazy("Write a campaign to them"), permissions=["campaign"])
    def write_campaign(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        account = Account.objects.filter(is_active=True).order_by("name").first()
        if account is None:
            messages.error(request, _("No account is in use yet. Somebody who may change accounts has to add one."))
            return None
        chosen = list(queryset.values_list("pk", flat=True))
        campaign = draft_to_contacts(name=_("New campaign"), account=account, contacts=chosen, actor=request.user)
        return redirect("messaging:campaign_edit", campaign.pk)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (contact := kwargs.get("obj")) is not None:
            context |= {"history": read_history(contact, request) if may_read_history(request.user) else None}
            context |= {"opt_out": Suppression.objects.filter(number=contact.mobile).first()}
        return super().render_change_form(request, context, *args, **kwargs)

    def merge_warnings(self, cards: Sequence[Card], plan: MergePlan) -> list[str]:
        """An opt-out belongs to its number: the person is told where it does not come along."""
        left = opted_out(plan.numbers)
        told = _("%s has opted out; the number that stays has not, and still gets messages.")
        is_told = bool(left) and not opted_out([plan.values["mobile"]])
        warnings = [told % ", ".join(map(display, sorted(left)))] if is_told else []
        return [*warnings, *super().merge_warnings(cards, plan)]

    def messages_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """One page of the history; `?before=` is the place at which it begins."""
        if not (self.has_view_or_change_permission(request) and may_read_history(request.user)):
            raise PermissionDenied
        contact = get_object_or_404(Contact, pk=object_id)
        context = self.admin_site.each_context(request) | {
            "title": _("Messages with %s") % contact,
            "original": contact,
            "opts": self.opts,
            "history": read_history(contact, request, request.GET.get("before", "")),
            "is_page": True,
        }
        return TemplateResponse(request, "contacts/messages.html", context)
