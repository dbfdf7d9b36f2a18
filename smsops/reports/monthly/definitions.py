"""What is counted, in one place: the statuses behind each column, and the words that the sheet and the README show."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from smsops.messaging.status import Status
from smsops.reports.rollup_rules import SENT

# What the provider took is paid for, whatever became of it.
BILLABLE = frozenset(SENT)
NOT_SENT = (Status.CANCELLED, Status.SUPPRESSED, Status.LAPSED)
# A message of the month: handed to a provider, or tried.
TRIED = (*SENT, Status.FAILED, Status.UNCERTAIN)
REASONED = (Status.FAILED, Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED, Status.UNCERTAIN)

DEFINITIONS: tuple[tuple[Any, Any], ...] = (
    (_("Month"), _(
        "A message belongs to the month of the local day on which the provider sends it: its scheduled time at the "
        "provider, else the time at which the provider took it; else (it was refused, cancelled or too late) the time "
        "at which it ended; else (uncertain) the time at which we first handed it over."
    )),
    (_("Message"), _(
        "One text to one number that was handed to a provider in the month: sent, delivered, not delivered, expired, "
        "rejected, failed or uncertain. What still waits or is just being sent is not counted yet."
    )),
    (_("Not sent"), _(
        "Cancelled, opted out, or too late: it never left, and is no message of the month. It has a column of its own."
    )),
    (_("Segment"), _(
        "What providers charge for: 160 characters of plain text or 70 with Unicode; in longer texts 153 or 67 each. "
        "A WhatsApp message is one segment."
    )),
    (_("Billable"), _(
        "The segments of messages that the provider took: sent, delivered, not delivered, expired or rejected by the "
        "operator. Failed messages are not billable. Uncertain ones have a column of their own: nobody knows whether "
        "they left, and they are never billable until somebody does."
    )),
    (_("Delivered"), _(
        "The operator reported that the phone has it. The delivery rate is delivered ÷ billable messages."
    )),
    (_("Cost"), _(
        "Of billable messages: the price that the provider told for the message, else the segments at the price of the "
        "price list on that day. Messages without either are counted as “without a price”."
    )),
    (_("Closed months"), _(
        "Closing a month writes status and price of its messages down. What changes later (a late report, an uncertain "
        "message that is decided) does not change the closed figures: it is shown as an adjustment in the next month."
    )),
)  # fmt: skip
