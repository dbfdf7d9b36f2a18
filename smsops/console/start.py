"""The start page: how today goes, what needs a person, what waits, and how the accounts fare."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from smsops.console.dashboard.accounts import account_lines
from smsops.console.dashboard.attention import attention, queue_box, scheduled_campaigns
from smsops.console.dashboard.charts import fortnight_chart, hours_chart
from smsops.console.dashboard.today import account_rates, operator_rates, today_figures
from smsops.reports.figures import read_days, read_rates, read_today
from smsops.reports.freshness import freshness

POLL_SECONDS = 30


def start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the admin's first page shows, as this person may see it."""
    return context | dashboard(request) | {"title": _("Dashboard")}


def live(request: HttpRequest) -> HttpResponse:
    """The same without the page around it: fetched again and again."""
    return TemplateResponse(request, "console/dashboard/parts.html", dashboard(request))


def dashboard(request: HttpRequest) -> dict[str, Any]:
    """A fixed number of queries, however much there is."""
    may = request.user.has_perm
    context: dict[str, Any] = {"poll_seconds": POLL_SECONDS, "attention": attention(request)}
    if may("messaging.view_message"):
        context |= _message_figures()
    if may("messaging.view_campaign"):
        context["campaigns"] = scheduled_campaigns()
    if may("providers.view_account"):
        context["accounts"] = account_lines()
    return context


def _message_figures() -> dict[str, Any]:
    now = timezone.now()
    today = read_today(now)
    by_account, by_operator = read_rates(now)
    return {
        "today": today_figures(today, now),
        "queue": queue_box(),
        "charts": [hours_chart(today), fortnight_chart(read_days(today.day))],
        "account_rates": account_rates(by_account, today.day),
        "operator_rates": operator_rates(by_operator, today.day),
        "freshness": freshness(now),
    }
