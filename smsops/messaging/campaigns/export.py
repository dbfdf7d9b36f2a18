"""A campaign's recipients with what became of each, for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from providers.formats import told
from providers.numbers import display
from providers.pages import offer_file
from providers.spreadsheets import UTF8_BOM, csv_lines, workbook_of
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.views import get_campaign, may_take_away
from smsops.messaging.models import Message
from smsops.messaging.status import LABELS, Status

# What a workbook is made of while the page waits; more goes as CSV, which is written as it is read.
MOST_ROWS = 100_000
COLUMNS = (
    "recipient", "contact__name", "operator", "status", "error_code", "error_text", "segments", "price", "sent_at",
    "finished_at", "resend_of",
)  # fmt: skip


@require_GET
def recipients_csv(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    campaign = _campaign_to_take_away(request, campaign_id)
    lines = chain([UTF8_BOM], csv_lines(_rows(campaign)))
    return offer_file(f"campaign-{campaign.pk}.csv", lines)


@require_GET
def recipients_xlsx(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    campaign = _campaign_to_take_away(request, campaign_id)
    if campaign.total > MOST_ROWS:
        return redirect("messaging:campaign_recipients_csv", campaign.pk)
    # Packed, so many rows are some megabytes.
    return offer_file(f"campaign-{campaign.pk}.xlsx", workbook_of(_("Recipients"), _rows(campaign)))


def _campaign_to_take_away(request: HttpRequest, campaign_id: int) -> Campaign:
    if not may_take_away(request):
        raise PermissionDenied
    return get_campaign(campaign_id)


def _rows(campaign: Campaign) -> Iterator[list[str]]:
    """The words above the columns, then every message; nothing is kept in memory."""
    yield [
        _("Recipient"), _("Name"), _("Operator"), _("Status"), _("Provider's code"), _("Reason"), _("Segments"),
        _("Price"), _("Sent"), _("Finished"), _("Second try"),
    ]  # fmt: skip
    found = Message.objects.filter(campaign=campaign).order_by("id").values_list(*COLUMNS)
    for number, name, operator, status, code, text, segments, price, sent, finished, resend_of in found.iterator(2000):
        yield [
            display(number), name or "", operator, str(LABELS[Status(status)]), code, told(text), str(segments),
            "" if price is None else f"{price:f}", _moment(sent), _moment(finished), _("yes") if resend_of else "",
        ]  # fmt: skip


def _moment(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
