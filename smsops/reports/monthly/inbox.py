"""What came in, and who wants no more messages, day by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from providers.models import Account
from providers.types import Channel
from smsops.inbox.models import InboundMessage, SuppressionEvent, SuppressionReason
from smsops.reports.monthly.book import COUNT, DATE, Book, Column, Written, write_table
from smsops.reports.monthly.month import Month

Counts = dict[tuple[date, str], int]
LIFTED = "lifted"


def count_inbound(accounts: Sequence[Account], month: Month) -> Counts:
    """(day, channel) → received messages of these accounts."""
    start, end = month.span()
    rows = InboundMessage.objects.filter(account__in=accounts, received_at__gte=start, received_at__lt=end)
    return _by_day(rows, "received_at", "channel")


def count_opt_outs(month: Month) -> Counts:
    """(day, reason or `lifted`) → events. An opt-out belongs to a number, not to an account."""
    start, end = month.span()
    rows = SuppressionEvent.objects.filter(at__gte=start, at__lt=end)
    added = _by_day(rows.filter(kind=SuppressionEvent.Kind.ADDED), "at", "reason")
    lifted = Counter[tuple[date, str]]()
    for (day, _reason), count in _by_day(rows.filter(kind=SuppressionEvent.Kind.LIFTED), "at", "reason").items():
        lifted[day, LIFTED] += count
    return added | lifted


def _by_day(rows: QuerySet[Any], moment: str, column: str) -> Counts:
    days = rows.order_by().annotate(day=TruncDate(moment, tzinfo=timezone.get_default_timezone()))
    return {(day, value): count for day, value, count in days.values_list("day", column).annotate(Count("pk"))}


def write_inbox(book: Book, sheet: Any, accounts: Sequence[Account], month: Month) -> Written:
    inbound, opt_outs = count_inbound(accounts, month), count_opt_outs(month)
    came = [(Channel.SMS.value, _("Received SMS")), (Channel.WHATSAPP.value, _("Received WhatsApp"))]
    left = [(reason.value, _("Opt-outs: %(reason)s") % {"reason": reason.label}) for reason in SuppressionReason]
    left.append((LIFTED, _("Opt-outs lifted")))
    columns = [Column(_("Day"), DATE, 12), *(Column(title, COUNT, 14, is_summed=True) for _key, title in came + left)]
    rows = [
        [day, *(inbound.get((day, key), 0) for key, _t in came), *(opt_outs.get((day, key), 0) for key, _t in left)]
        for day in month.days
    ]
    return write_table(book, sheet, columns, rows, total=_("Total"), empty="")
