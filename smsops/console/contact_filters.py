"""Filters of contacts that need to know of messages and opt-outs."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.filters import NO, YES, ChoiceFilter
from smsops.inbox.models import Suppression
from smsops.reports.reach.marking import unreached


class OptedOutFilter(ChoiceFilter):
    """By the contact's number, to which an opt-out belongs."""

    title = _("opt-out")
    parameter_name = "opted_out"
    options = ((YES, _("Opted out")), (NO, _("Not opted out")))

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        opted_out = Exists(Suppression.objects.filter(number=OuterRef("mobile")))
        return rows.filter(opted_out if value == YES else ~opted_out)


class NeverDeliveredFilter(ChoiceFilter):
    """Something was sent to the number, and nothing was ever reported as delivered there; followed every 30 seconds."""

    title = _("delivery (up to a minute old)")
    parameter_name = "delivery"
    options = (("never", _("Sent to, never delivered")),)

    def narrow(self, rows: QuerySet, value: str) -> QuerySet:
        return unreached(rows)
