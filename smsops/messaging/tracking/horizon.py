"""How long a report is waited for: past an account's horizon a sent message says "no report"."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from providers.models import Account
from providers.types import DEFAULT_REPORT_HOURS, REPORT_HOURS
from smsops.messaging.models import Message
from smsops.messaging.status import Status

MOST_HOURS = 30 * 24


def report_hours(account: Account) -> int:
    """The account's option, or the usual where nobody can read it."""
    try:
        hours = int(account.options.get(REPORT_HOURS) or DEFAULT_REPORT_HOURS)
    except (TypeError, ValueError):
        hours = DEFAULT_REPORT_HOURS
    return min(max(hours, 1), MOST_HOURS)


def report_horizon(account: Account) -> timedelta:
    return timedelta(hours=report_hours(account))


def is_past_horizon(message: Message, now: datetime | None = None) -> bool:
    """Whether it was sent so long ago that no report is to be expected any more."""
    left_at = message.provider_scheduled_for or message.sent_at
    if message.status != Status.SENT or left_at is None:
        return False
    return left_at + report_horizon(message.account) <= (now or timezone.now())
