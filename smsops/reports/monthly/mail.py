"""A short e-mail to those who subscribed: the report is ready, and where."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from smsops.reports.monthly.models import MonthReport, ReportSubscription
from smsops.reports.monthly.month import Month

logger = logging.getLogger(__name__)
VIEW = "reports.view_month"
TIMEOUT = 10


@transaction.atomic
def set_subscription(*, user: Any, is_wanted: bool) -> None:
    if is_wanted:
        ReportSubscription.objects.get_or_create(user=user, defaults={"language": get_language() or "en"})
    else:
        ReportSubscription.objects.filter(user=user).delete()


def mail_report(*, report: MonthReport) -> int:
    """To each subscriber who may see the figures; how many letters left. A dead mail server is only logged."""
    letters = [
        _letter(report, each)
        for each in ReportSubscription.objects.select_related("user").filter(user__is_active=True)
        if each.user.email and each.user.has_perm(VIEW)
    ]
    try:
        return get_connection(timeout=TIMEOUT).send_messages(letters) or 0 if letters else 0
    except OSError:
        logger.exception("the letters about a monthly report could not be sent", extra={"report": report.pk})
        return 0


def _letter(report: MonthReport, subscription: ReportSubscription) -> EmailMessage:
    with override(subscription.language):
        month = Month(report.month)
        state = _("closed") if report.is_closed else _("provisional")
        subject = _("SMSOps: %(month)s (%(state)s)") % {"month": month.label, "state": state}
        body = _("The report of %(month)s is ready: %(messages)s messages.") % {
            "month": month.label, "messages": number_format(report.messages or 0, force_grouping=True),
        }  # fmt: skip
        note = "" if report.is_closed else _("It is provisional: figures may change until the month is closed.")
        address = f"{settings.PUBLIC_URL}{reverse('reports:month')}?month={month}"
        lines = [body, note, address, _("You get this letter because you subscribed to it on that page.")]
        text = "\n\n".join(filter(None, lines))
    return EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [subscription.user.email])
