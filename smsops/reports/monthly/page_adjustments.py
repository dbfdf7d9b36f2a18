"""What changed of closed months, for the page: by month and by what became of the messages."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from providers.formats import money
from smsops.messaging.models import CHANGED_SINCE_BOOKED, Message
from smsops.reports.monthly.adjustments import newest_adjustment
from smsops.reports.monthly.definitions import BILLABLE
from smsops.reports.monthly.models import Adjustment
from smsops.reports.monthly.month import Month
from smsops.reports.monthly.names import Names
from smsops.reports.monthly.page import Table, shown
from smsops.reports.monthly.selection import Selection

ZERO = Decimal(0)


def adjustments_table(selection: Selection) -> Table:
    """Without rows where nothing changed."""
    names = Names(selection.accounts)
    columns = [_("Status when closed"), _("Status now"), _("Messages"), _("Adjusted segments"), _("Adjusted cost")]
    rows = [_cells(group, names) for group in _groups(selection)]
    return Table(_("Adjustments of closed months"), "adjustments", _("Month"), columns, rows)


def _cells(group: tuple[Any, ...], names: Names) -> tuple[str, list[str]]:
    month, before, after, currency, count, segments, cost_before, cost_after = group
    was, now = before in BILLABLE, after in BILLABLE
    change = (cost_after if now else ZERO) - (cost_before if was else ZERO)
    words = [names.statuses[before], names.statuses[after]]
    figures = [shown(count), shown((now - was) * segments), money(change.quantize(Decimal("0.01")), currency)]
    return Month(month).label, [*words, *figures]


def _groups(selection: Selection) -> Iterable[tuple[Any, ...]]:
    if selection.is_closed:
        return _stored(selection)
    return _pending(selection) if selection.follows_closed else []


def _stored(selection: Selection) -> Iterable[tuple[Any, ...]]:
    """Those that were booked with the month."""
    rows = Adjustment.objects.filter(closing__month=selection.month.first, message__account__in=selection.account_ids)
    key = ("message__booked_month", "from_status", "to_status", "message__account__currency")
    return rows.values_list(*key).annotate(
        count=Count("pk"), all_segments=Sum("message__segments"), before=Coalesce(Sum("from_cost"), ZERO),
        after=Coalesce(Sum("to_cost"), ZERO),
    ).order_by(*key)  # fmt: skip


def _pending(selection: Selection) -> Iterable[tuple[Any, ...]]:
    """Those that would be, were the month closed now."""
    shown_status = Subquery(newest_adjustment().values("to_status")[:1])
    shown_cost = Subquery(newest_adjustment().values("to_cost")[:1])
    rows = Message.objects.filter(CHANGED_SINCE_BOOKED, account__in=selection.account_ids).annotate(
        shown_status=shown_status, was=Coalesce("shown_status", "booked_status"),
        was_cost=Case(When(shown_status=None, then="booked_price"), default=shown_cost),
    )  # fmt: skip
    key = ("booked_month", "was", "status", "account__currency")
    found = rows.exclude(status=F("was")).values_list(*key)
    return found.annotate(
        count=Count("pk"), all_segments=Sum("segments"), before=Coalesce(Sum("was_cost"), ZERO),
        after=Coalesce(Sum(Coalesce("price", "was_cost")), ZERO),
    ).order_by(*key)  # fmt: skip
