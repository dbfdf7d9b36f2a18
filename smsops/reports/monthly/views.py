"""The month's page, its files, and its closing. Each view parses, calls one function and answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.request import QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.guarding import needs
from providers.models import Account
from providers.pages import ask_first, offer_file, progress_told, show_page
from smsops.publishing import publish
from smsops.reports.freshness import freshness
from smsops.reports.monthly.closing import NotClosable, create_closing, select_month, why_not_close
from smsops.reports.monthly.mail import set_subscription
from smsops.reports.monthly.models import MonthClosing, MonthReport, ReportSubscription
from smsops.reports.monthly.month import Month
from smsops.reports.monthly.page import page_cards, page_chart, page_legend, page_tables, totals
from smsops.reports.monthly.page_adjustments import adjustments_table
from smsops.reports.monthly.page_figures import expected_rows, read_figures
from smsops.reports.monthly.reporting import create_report, listed_reports, select_report
from smsops.reports.monthly.tasks import run_closing, run_report

VIEW, EXPORT, CLOSE = "reports.view_month", "reports.export_month", "reports.close_month"
State = MonthReport.State
LISTED = 20
POLL_SECONDS = 2


@needs(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """`?month=2026-09&account=3&account=5`; the month that is under way where none is named."""
    month, accounts = _month(request.GET), _accounts(request.GET)
    selection = select_month(month, accounts)
    figures = read_figures(selection)
    context = {
        "month": month,
        "following": month.next if month < Month.current() else None,
        "accounts": Account.objects.order_by("name"),
        "chosen": {account.pk for account in accounts},
        "query": _query(month, accounts),
        "figures": figures,
        "freshness": freshness(timezone.now()),
        "cards": page_cards(figures),
        "chart": page_chart(selection, figures),
        "legend": page_legend(),
        "tables": page_tables(selection, figures),
        "totals": totals(figures),
        "adjustments": adjustments_table(selection),
        "closing": MonthClosing.objects.select_related("closed_by").filter(month=month.first).first(),
        "can_close": request.user.has_perm(CLOSE) and not why_not_close(month),
        "is_subscribed": ReportSubscription.objects.filter(user=request.user.pk).exists(),
        **(_files() if request.user.has_perm(EXPORT) else {}),
    }
    return show_page(request, "reports/month.html", _("Monthly report: %(month)s") % {"month": month.label}, context)


def _files() -> dict[str, Any]:
    """The newest files, and how far the newest of those on their way is."""
    reports = list(listed_reports()[:LISTED])
    running = next((report for report in reports if report.state == State.RUNNING), None)
    return {
        "reports": [(report, Month(report.month)) for report in reports],
        "kinds": MonthReport.Kind.choices,
        "running": running,
        "progress": _progress(running) if running else None,
    }


@needs(EXPORT, post_only=True)
def make(request: HttpRequest) -> HttpResponse:
    month, accounts = _month(request.POST), _accounts(request.POST)
    kind = request.POST.get("kind", MonthReport.Kind.XLSX)
    if kind not in MonthReport.Kind.values:
        raise Http404
    report = create_report(month=month, kind=kind, actor=request.user, accounts=accounts)
    publish(run_report, report.pk)
    messages.success(request, _("The file is being made. It will be listed below."))
    return redirect(_address(month, accounts))


@needs(EXPORT)
def progress(request: HttpRequest, report_id: int) -> JsonResponse:
    return JsonResponse(_progress(get_object_or_404(MonthReport, pk=report_id)))


def _progress(report: MonthReport) -> dict[str, Any]:
    words = ngettext("%(count)s message is written.", "%(count)s messages are written.", report.done)
    is_busy = report.state == State.RUNNING
    total = expected_rows(select_report(report)) if is_busy else 0
    return progress_told(report.state, words, report.done, is_busy=is_busy, total=total, poll_seconds=POLL_SECONDS)


@needs(EXPORT)
def download(request: HttpRequest, report_id: int) -> HttpResponseBase:
    report = get_object_or_404(MonthReport.objects.select_related("file"), pk=report_id)
    if report.file is None:
        raise Http404(_("This file is no longer kept. Make the report again."))
    response = offer_file(report.file.name, report.file.pieces_read())
    response["Content-Length"] = str(report.file.size)
    return response


@needs(CLOSE)
def close(request: HttpRequest) -> HttpResponse:
    """What it means first; by POST it is begun."""
    month = _month(request.POST if request.method == "POST" else request.GET)
    if reason := why_not_close(month):
        messages.warning(request, reason)
        return redirect(_address(month))
    if request.method == "POST":
        return _close(request, month)
    figures = read_figures(select_month(month))
    rows = [f"{name}: {figure}" for name, figure in page_cards(figures)]
    return ask_first(
        request,
        title=_("Close %(month)s?") % {"month": month.label},
        text=_(
            "Its figures are then written down for good: this cannot be undone. What changes later is shown as an "
            "adjustment in the next month."
        ),
        rows=rows,
        hidden=[("month", str(month))],
        button=_("Close the month"),
        is_dangerous=True,
        cancel_url=_address(month),
    )


def _close(request: HttpRequest, month: Month) -> HttpResponse:
    try:
        closing = create_closing(month=month, actor=request.user)
    except NotClosable as reason:
        messages.warning(request, str(reason))
    else:
        publish(run_closing, closing.pk)
        messages.success(request, _("%(month)s is being closed. Its report follows.") % {"month": month.label})
    return redirect(_address(month))


@needs(VIEW, post_only=True)
def subscribe(request: HttpRequest) -> HttpResponse:
    is_wanted = request.POST.get("wanted") == "1"
    if is_wanted and not getattr(request.user, "email", ""):
        messages.warning(request, _("There is no e-mail address in your account. Ask an administrator to enter it."))
    else:
        set_subscription(user=request.user, is_wanted=is_wanted)
        done = _("You will get an e-mail when a monthly report is made.") if is_wanted else _("No more e-mails.")
        messages.success(request, done)
    return redirect(_address(_month(request.POST)))


# --- what is asked for -----------------------------------------------------------------------------------------------


def _month(given: QueryDict) -> Month:
    written = given.get("month", "")
    try:
        return Month.parse(written) if written else Month.current()
    except ValueError:
        raise Http404(_("“%(text)s” is no month. Write it as 2026-09.") % {"text": written[:20]}) from None


def _accounts(given: QueryDict) -> list[Account]:
    """Those that are named; none for all of them."""
    ids = [int(value) for value in given.getlist("account") if value.isdecimal() and len(value) < 12]
    return list(Account.objects.filter(pk__in=ids).order_by("name")) if ids else []


def _query(month: Month, accounts: Any = ()) -> str:
    return urlencode([("month", str(month)), *(("account", str(account.pk)) for account in accounts)])


def _address(month: Month, accounts: Any = ()) -> str:
    return f"{reverse('reports:month')}?{_query(month, accounts)}"
