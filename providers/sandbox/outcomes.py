"""Magic numbers: what the sandbox does with a message is written in the recipient's number.

`0899 90CC NNNN` (E.164 +6289990CCNNNN, any NNNN): the two digits CC choose the outcome. Every other number is accepted
and delivered. The same outcomes can be set for all sends of a provider at once, by name (`Sandbox.set_fault`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from providers.types import ReportStatus


class Outcome(StrEnum):
    """What becomes of a message, or of the whole call it came in."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    REJECTED = "rejected"
    NO_REPORT = "no-report"
    TWICE = "twice"
    EARLY = "early"
    LATE = "late"
    OUT_OF_ORDER = "out-of-order"
    REFUSED = "refused"
    CREDIT = "credit"
    NOT_ON_WHATSAPP = "not-on-whatsapp"
    CREDENTIALS = "credentials"
    ADDRESS = "address"
    SILENT = "silent"
    RESET = "reset"
    SERVER_ERROR = "500"
    HTML = "html"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    SLOW = "slow"
    TOO_MANY = "429"
    HALF = "half"
    NO_ID = "no-id"
    UNTIDY = "untidy"
    VALIDATION_FAILED = "1709"
    RESPONSE_TIMEOUT = "1715"


@dataclass(frozen=True, slots=True)
class Magic:
    """One row of the table: the outcome and how a person reads it."""

    outcome: Outcome
    name: Any
    description: Any


MAGIC: dict[str, Magic] = {
    "00": Magic(Outcome.DELIVERED, _("Delivered"), _("Accepted, and delivered after a short while.")),
    "01": Magic(Outcome.UNDELIVERED, _("Undelivered"), _("Accepted; after a while the report says: not delivered.")),
    "02": Magic(Outcome.EXPIRED, _("Expired"), _("Accepted; the operator gives up: the phone was never reached.")),
    "03": Magic(Outcome.REJECTED, _("Rejected"), _("Accepted; the operator then rejects it.")),
    "04": Magic(Outcome.NO_REPORT, _("No report"), _("Accepted; no report ever comes.")),
    "05": Magic(Outcome.TWICE, _("Report twice"), _("Delivered; the same report comes twice.")),
    "06": Magic(Outcome.EARLY, _("Report first"), _("Delivered; the report comes before the answer to the send.")),
    "07": Magic(Outcome.LATE, _("Late report"), _("Delivered; the report comes fifteen times later than usual.")),
    "08": Magic(Outcome.OUT_OF_ORDER, _("Out of order"), _("Delivered; an older report comes after the last one.")),
    "10": Magic(Outcome.REFUSED, _("Refused number"), _("The provider refuses the number at once.")),
    "11": Magic(Outcome.CREDIT, _("Empty credit"), _("The provider says that the account's credit is used up.")),
    "12": Magic(
        Outcome.NOT_ON_WHATSAPP,
        _("Not on WhatsApp"),
        _("Refused over WhatsApp (smsmasking answers 1751); delivered as an SMS."),
    ),
    "13": Magic(Outcome.CREDENTIALS, _("Wrong password"), _("The provider says that the credentials are wrong.")),
    "14": Magic(Outcome.ADDRESS, _("Blocked address"), _("The provider does not serve the address we call from.")),
    "20": Magic(
        Outcome.SILENT, _("No answer"), _("Sent, but the answer never comes: the call runs into its time-out.")
    ),
    "21": Magic(Outcome.RESET, _("Connection reset"), _("Sent, but the connection breaks before the answer.")),
    "22": Magic(Outcome.SERVER_ERROR, _("Error 500"), _("The provider answers HTTP 500; nothing is sent.")),
    "23": Magic(Outcome.HTML, _("HTML page"), _("A maintenance page with status 200; nothing is sent.")),
    "24": Magic(Outcome.EMPTY, _("Empty answer"), _("Sent, but the answer is empty.")),
    "25": Magic(Outcome.TRUNCATED, _("Cut answer"), _("Sent, but the answer breaks off in the middle.")),
    "26": Magic(Outcome.SLOW, _("Slow answer"), _("Delivered; the answer takes some seconds.")),
    "27": Magic(Outcome.TOO_MANY, _("Too many calls"), _("The provider answers HTTP 429; nothing is sent.")),
    "30": Magic(
        Outcome.HALF, _("Half a batch"), _("Only the first half of the call is sent, then the provider stops.")
    ),
    "31": Magic(Outcome.NO_ID, _("No id"), _("smsmasking answers a bare 1701; its report carries our own reference.")),
    "32": Magic(
        Outcome.UNTIDY, _("Untidy answer"), _("Delivered; the answer comes with warnings or other delimiters.")
    ),
    "40": Magic(
        Outcome.VALIDATION_FAILED, _("Unified 1709"), _("Not processed, to be sent again later; else delivered.")
    ),
    "41": Magic(Outcome.RESPONSE_TIMEOUT, _("Unified 1715"), _("Sent, and never to be sent again; else delivered.")),
}

# Outcomes of a whole call: one such number in a batch decides for all of it.
UNPROCESSED = frozenset({Outcome.SERVER_ERROR, Outcome.HTML, Outcome.TOO_MANY})
UNANSWERED = frozenset({Outcome.SILENT, Outcome.RESET, Outcome.EMPTY, Outcome.TRUNCATED})
CALL_LEVEL = UNPROCESSED | UNANSWERED
CALL_LEVEL |= {Outcome.SLOW, Outcome.HALF, Outcome.UNTIDY, Outcome.CREDENTIALS, Outcome.ADDRESS}

# One step of a message's reports: how many delays to wait after the step before, and what is then reported.
Step = tuple[float, ReportStatus]
DELIVERED_STEPS: tuple[Step, ...] = ((1, ReportStatus.DELIVERED),)
REPORT_STEPS: dict[Outcome, tuple[Step, ...]] = {
    Outcome.UNDELIVERED: ((2, ReportStatus.UNDELIVERED),),
    Outcome.EXPIRED: ((2, ReportStatus.EXPIRED),),
    Outcome.REJECTED: ((1, ReportStatus.REJECTED),),
    Outcome.NO_REPORT: (),
    Outcome.TWICE: ((1, ReportStatus.DELIVERED), (0.5, ReportStatus.DELIVERED)),
    Outcome.EARLY: ((0, ReportStatus.DELIVERED),),
    Outcome.LATE: ((15, ReportStatus.DELIVERED),),
    Outcome.OUT_OF_ORDER: ((1, ReportStatus.DELIVERED), (0.5, ReportStatus.SENT)),
}

_MAGIC_NUMBER = re.compile(r"6289990(\d\d)\d{4}")


def outcome_of(number: str) -> Outcome:
    """What the sandbox does with a message to these `62…` digits."""
    found = _MAGIC_NUMBER.fullmatch(number)
    magic = MAGIC.get(found[1]) if found else None
    return magic.outcome if magic else Outcome.DELIVERED


def magic_number(outcome: Outcome, serial: int = 1) -> str:
    """The `+62…` number that brings an outcome about; `serial` 0–9999 tells several apart."""
    code = next(code for code, magic in MAGIC.items() if magic.outcome is outcome)
    return f"+6289990{code}{serial:04d}"
