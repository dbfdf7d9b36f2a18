"""What happens by itself when a month is over: a provisional report at once, its closing where a setting says so."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from providers.models import Account
from smsops.reports.monthly.closing import NotClosable, create_closing
from smsops.reports.monthly.models import MonthClosing, MonthReport
from smsops.reports.monthly.month import Month
from smsops.reports.monthly.reporting import create_automatic_report


def take_turn() -> list[MonthReport]:
    """The reports to be made now; none where all was done. Any number of beats may ask."""
    last = Month.current().previous
    closed = [create_automatic_report(month=Month(month), is_closed=True) for month in _closed_without_report()]
    return [report for report in [_provisional(last), *closed] if report is not None]


def _provisional(last: Month) -> MonthReport | None:
    """Of a month in which the installation was at work, unless it is closed already."""
    had = MonthReport.objects.filter(month=last.first, is_automatic=True, is_closed=False).exists()
    if had or MonthClosing.objects.filter(month=last.first).exists():
        return None
    if not Account.objects.filter(created_at__lt=last.span()[1]).exists():
        return None
    return create_automatic_report(month=last, is_closed=False)


def _closed_without_report() -> list[date]:
    done = MonthClosing.objects.filter(state=MonthClosing.State.DONE)
    made = MonthReport.objects.filter(is_automatic=True, is_closed=True)
    return list(done.exclude(month__in=made.values("month")).values_list("month", flat=True))


def close_by_setting() -> MonthClosing | None:
    """Begin to close last month, from the day on that the setting names."""
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    if not settings.CLOSE_MONTHS_ON_DAY or today.day < settings.CLOSE_MONTHS_ON_DAY:
        return None
    last = Month.current().previous
    if MonthClosing.objects.filter(month=last.first).exists():
        return None
    if not Account.objects.filter(created_at__lt=last.span()[1]).exists():
        return None
    try:
        with override(settings.LANGUAGE_CODE):
            return create_closing(month=last, actor=None)
    except NotClosable:
        return None
