"""Closing a month: its messages are written down as they stand, in batches, and its figures counted once and for all.

Months are closed one after another. While one is, messages go on to change; each is booked as it stands at that moment,
under a lock, and what changes later is an adjustment of the next month.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce, Now, TruncDate
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from providers.models import Account
from smsops.messaging.models import Message, MessageQuerySet
from smsops.messaging.sending.queue import locked_for_update
from smsops.reports.monthly.adjustments import store_adjustments
from smsops.reports.monthly.models import BookedFigure, MonthClosing
from smsops.reports.monthly.month import Month
from smsops.reports.monthly.prices import PriceBook
from smsops.reports.monthly.selection import WINDOW, Selection
from smsops.reports.rollup_rules import WITH_REASON, moment

State = MonthClosing.State
FIGURES_CHUNK = 2000


class NotClosable(Exception):
    """The sentence says why the month cannot be closed now."""


def select_month(month: Month, accounts: Iterable[Account] = ()) -> Selection:
    """The month as it is known: closed or open. No accounts: all of them."""
    done = MonthClosing.objects.filter(state=State.DONE).values_list("month", flat=True)
    closed = set(done.filter(month__in=[month.first, month.previous.first]))
    chosen = tuple(accounts) or tuple(Account.objects.order_by("name"))
    is_closed = month.first in closed
    return Selection(month, chosen, is_closed, not is_closed and month.previous.first in closed)


def why_not_close(month: Month) -> str:
    """ "" where it can be closed."""
    if not month.is_over():
        return _("%(month)s is not over yet.") % {"month": month.label}
    closings = MonthClosing.objects.order_by("-month")
    if closings.filter(month=month.first).exists():
        return _("%(month)s is closed already, or being closed.") % {"month": month.label}
    last = closings.first()
    if last is not None and (last.month != month.previous.first or last.state != State.DONE):
        expected = Month(last.month).next.label
        return _("Months are closed one after another: %(month)s is next.") % {"month": expected}
    return ""


def create_closing(*, month: Month, actor: Any) -> MonthClosing:
    """Begin to close; raises NotClosable. `actor` None: by the setting."""
    if reason := why_not_close(month):
        raise NotClosable(reason)
    try:
        with transaction.atomic():
            return MonthClosing.objects.create(month=month.first, closed_by=actor, language=get_language() or "en")
    except IntegrityError:
        raise NotClosable(_("%(month)s is closed already, or being closed.") % {"month": month.label}) from None


def closing_step(*, closing_id: int, seconds: float) -> bool:
    """Go on for so long; True while there is more."""
    until = time.monotonic() + seconds
    steps = {State.BOOKING: _book, State.ADJUSTING: _adjust, State.COUNTING: _count}
    while (closing := MonthClosing.objects.filter(pk=closing_id).exclude(state=State.DONE).first()) is not None:
        if not steps[State(closing.state)](closing):
            # Somebody else is at it.
            return False
        if time.monotonic() >= until:
            return True
    return False


def _move(closing: MonthClosing, **changes: Any) -> bool:
    """Whether the closing stood where we saw it, and has moved on."""
    here = MonthClosing.objects.filter(pk=closing.pk, state=closing.state, position=closing.position)
    return bool(here.update(touched_at=Now(), **changes))


# --- booking ---------------------------------------------------------------------------------------------------------


def _book(closing: MonthClosing) -> bool:
    """One window of ids; where none is left, look once more what has come meanwhile."""
    selection = select_month(Month(closing.month))
    if closing.last_id is None or closing.position >= closing.last_id:
        bounds = selection.bounds(Q(booked_month=None))
        if bounds is None:
            return _move(closing, state=State.ADJUSTING, position=0)
        return _move(closing, position=bounds[0] - 1, last_id=bounds[1])
    end = min(closing.position + WINDOW, closing.last_id)
    with transaction.atomic():
        if not _move(closing, position=end):
            return False
        rows = selection.rows().filter(booked_month=None, pk__gt=closing.position, pk__lte=end)
        booked = _book_rows(locked_for_update(rows.order_by("pk")), closing.month, PriceBook(selection.accounts))
        MonthClosing.objects.filter(pk=closing.pk).update(booked=F("booked") + booked)
    return True


def _book_rows(rows: MessageQuerySet, month: date, prices: PriceBook) -> int:
    columns = ("pk", "price", "account_id", "channel", "operator", "at")
    found = list(rows.annotate(at=moment()).values_list(*columns))
    booked = Message.objects.filter(pk__in=[row[0] for row in found])
    booked.update(
        booked_month=month, booked_status=F("status"), booked_code=F("error_code"), booked_price=F("price")
    )  # fmt: skip
    for price, ids in _listed(found, prices).items():
        Message.objects.filter(pk__in=ids).update(booked_price=F("segments") * price)
    return len(found)


def _listed(found: list[tuple[Any, ...]], prices: PriceBook) -> dict[Decimal, list[int]]:
    """The ids of those that nobody told a price for, by their price per segment."""
    zone = timezone.get_default_timezone()
    by_price: dict[Decimal, list[int]] = {}
    for pk, price, account, channel, operator, at in found:
        if price is None:
            each = prices.per_segment(account, channel, operator, _day(at, zone))
            if each is not None:
                by_price.setdefault(each, []).append(pk)
    return by_price


def _day(at: datetime, zone: Any) -> date:
    return at.astimezone(zone).date()


# --- what changed since, and the figures -----------------------------------------------------------------------------


@transaction.atomic
def _adjust(closing: MonthClosing) -> bool:
    last = store_adjustments(closing=closing, position=closing.position)
    if last is None:
        return _move(closing, state=State.COUNTING, position=0)
    return _move(closing, position=last)


@transaction.atomic
def _count(closing: MonthClosing) -> bool:
    """One statement over the booked rows, whose figures never change again."""
    figures = [_figure(closing, row) for row in _counted(closing)]
    BookedFigure.objects.filter(closing=closing).delete()
    BookedFigure.objects.bulk_create(figures, batch_size=FIGURES_CHUNK)
    return _move(closing, state=State.DONE, closed_at=Now())


def _counted(closing: MonthClosing) -> Iterable[tuple[Any, ...]]:
    day = TruncDate(moment(), tzinfo=timezone.get_default_timezone())
    rows = Message.objects.order_by().filter(booked_month=closing.month).annotate(day=day)
    key = ("day", "account_id", "operator", "channel", "kind", "campaign_id", "created_by_id", "booked_status",
           "booked_code")  # fmt: skip
    sums = {
        "messages": Count("pk"), "all_segments": Sum("segments"), "cost": Coalesce(Sum("booked_price"), Decimal(0)),
        "unpriced": Count("pk", filter=Q(booked_price=None)),
    }  # fmt: skip
    return rows.values_list(*key).annotate(**sums).iterator(FIGURES_CHUNK)


def _figure(closing: MonthClosing, row: tuple[Any, ...]) -> BookedFigure:
    day, account, operator, channel, kind, campaign, person, status, code, messages, segments, cost, unpriced = row
    return BookedFigure(
        closing=closing, date=day, account_id=account, operator=operator, channel=channel, kind=kind,
        campaign_id=campaign, created_by_id=person, status=status, error_code=code if status in WITH_REASON else "",
        messages=messages, segments=segments, cost=cost, unpriced=unpriced,
    )  # fmt: skip
