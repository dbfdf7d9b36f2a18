"""What changed of messages whose month was closed before."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from smsops.messaging.models import CHANGED_SINCE_BOOKED, Message
from smsops.reports.monthly.book import COUNT, TEXT, Book, Column, Written, write_table
from smsops.reports.monthly.definitions import BILLABLE
from smsops.reports.monthly.models import Adjustment, MonthClosing
from smsops.reports.monthly.names import Names
from smsops.reports.monthly.selection import Selection

CHUNK = 1000
ZERO = Decimal(0)


def newest_adjustment() -> QuerySet[Adjustment]:
    """Of the message of an outer query: the last one first."""
    return Adjustment.objects.filter(message=OuterRef("pk")).order_by("-pk")


def changed_rows(position: int) -> QuerySet[Message]:
    """The next messages that differ from what was booked, with what an earlier adjustment made of them."""
    shown = newest_adjustment()
    rows = Message.objects.filter(CHANGED_SINCE_BOOKED, pk__gt=position).order_by("pk").select_related("account")
    return rows.annotate(
        shown_status=Subquery(shown.values("to_status")[:1]), shown_cost=Subquery(shown.values("to_cost")[:1])
    )[:CHUNK]


def _adjustment(message: Any) -> Adjustment | None:
    status = message.shown_status or message.booked_status
    cost = message.shown_cost if message.shown_status else message.booked_price
    if message.status == status:
        return None
    return Adjustment(
        message=message,
        from_status=status,
        to_status=message.status,
        from_cost=cost,
        to_cost=cost if message.price is None else message.price,
    )


def read_adjustments(selection: Selection) -> Iterator[Adjustment]:
    """Of a closed month those that were booked with it; of the open month after one, those that would be."""
    if selection.is_closed:
        closing = MonthClosing.objects.get(month=selection.month.first)
        stored = Adjustment.objects.filter(closing=closing, message__account__in=selection.account_ids)
        yield from stored.select_related("message").order_by("pk").iterator(CHUNK)
    elif selection.follows_closed:
        yield from (each for each in _pending() if each.message.account_id in set(selection.account_ids))


def _pending() -> Iterator[Adjustment]:
    position = 0
    while rows := list(changed_rows(position)):
        yield from filter(None, map(_adjustment, rows))
        position = rows[-1].pk


def store_adjustments(*, closing: MonthClosing, position: int) -> int | None:
    """Write the next down for a closing; the last id looked at, None where there is no more. Inside a transaction."""
    rows = list(changed_rows(position))
    if not rows:
        return None
    found = [each for each in map(_adjustment, rows) if each is not None and _before(each, closing)]
    for each in found:
        each.closing = closing
    Adjustment.objects.bulk_create(found, ignore_conflicts=True)
    return rows[-1].pk


def _before(each: Adjustment, closing: MonthClosing) -> bool:
    """What is booked with this very month and has changed while it was is for the next one."""
    return bool(each.message.booked_month and each.message.booked_month < closing.month)


def billable_segments(adjustment: Adjustment) -> int:
    """By how many the bill grows."""
    gained = (adjustment.to_status in BILLABLE) - (adjustment.from_status in BILLABLE)
    return gained * adjustment.message.segments


def cost_change(adjustment: Adjustment) -> Decimal:
    before = adjustment.from_cost if adjustment.from_status in BILLABLE else None
    after = adjustment.to_cost if adjustment.to_status in BILLABLE else None
    return (after or ZERO) - (before or ZERO)


def write_adjustments(
    book: Book, sheet: Any, selection: Selection, names: Names, currencies: dict[int, str]
) -> tuple[Written, list[Column]]:
    used = sorted(set(currencies.values())) or ["IDR"]
    columns = [
        Column(_("Reference"), TEXT, 27), Column(_("Recipient"), TEXT, 16), Column(_("Account"), TEXT, 18),
        Column(_("Month"), TEXT, 10), Column(_("Status when closed"), TEXT, 20), Column(_("Status now"), TEXT, 20),
        Column(_("Adjusted segments"), COUNT, 12, is_summed=True),
        *(Column(_("Adjusted cost (%(currency)s)") % {"currency": currency}, "cents", 14, is_summed=True)
          for currency in used),
    ]  # fmt: skip
    rows = (_cells(each, names, currencies, used) for each in read_adjustments(selection))
    empty = _("Nothing of a closed month has changed.")
    return write_table(book, sheet, columns, rows, total=_("Total"), empty=empty), columns


def _cells(each: Adjustment, names: Names, currencies: dict[int, str], used: list[str]) -> list[Any]:
    message = each.message
    change = cost_change(each)
    return [
        message.reference, message.recipient, names.accounts[message.account_id], f"{message.booked_month:%Y-%m}",
        names.statuses[each.from_status], names.statuses[each.to_status], billable_segments(each),
        *(change if currencies[message.account_id] == currency else 0 for currency in used),
    ]  # fmt: skip
