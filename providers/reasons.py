"""Why a message did not arrive, in the same few words for all providers, and whether sending it again makes sense.

Codes are those that stand on a message: what a send or a report of that provider said. A code outside the table is
judged by the message's status alone, and a refusal that nobody knows is not repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _


class Reason(StrEnum):
    """What kept a message from arriving."""

    PHONE = "phone"
    CREDIT = "credit"
    TROUBLE = "trouble"
    LIMIT = "limit"
    LATE = "late"
    NOT_SENT = "not_sent"
    NUMBER = "number"
    WHATSAPP = "whatsapp"
    TEXT = "text"
    SENDER = "sender"
    NETWORK = "network"
    OPERATOR = "operator"
    BLOCKED = "blocked"
    DUPLICATE = "duplicate"
    REQUEST = "request"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Repeat:
    """`makes_sense`: whether the same message by the same account may fare better; `why` says so to staff."""

    name: Any
    makes_sense: bool
    why: Any


def _yes(name: Any, why: Any) -> Repeat:
    return Repeat(name, True, why)


def _no(name: Any, why: Any) -> Repeat:
    return Repeat(name, False, why)


REPEATS: dict[Reason, Repeat] = {
    Reason.PHONE: _yes(_("Phone off or out of reach"), _("Later the phone may be on again.")),
    Reason.CREDIT: _yes(_("No credit"), _("Top the account up first.")),
    Reason.TROUBLE: _yes(_("Trouble at the provider"), _("It passes by itself; wait a while.")),
    Reason.LIMIT: _yes(_("A day's limit"), _("Tomorrow the limit begins anew.")),
    Reason.LATE: _yes(_("Too late, not sent"), _("It never left; send it if it still matters.")),
    Reason.NOT_SENT: _yes(_("Did not go out"), _("It certainly did not go out. Mend first what is named beside it.")),
    Reason.NUMBER: _no(_("Wrong number"), _("The number will be as wrong again. Correct the contact.")),
    Reason.WHATSAPP: _no(_("No WhatsApp"), _("The number has no WhatsApp. Send it an SMS.")),
    Reason.TEXT: _no(_("Text not allowed"), _("The same text is refused again. Write another like it.")),
    Reason.SENDER: _no(_("Sender not allowed"), _("Have the sender ID registered, or go by another account.")),
    Reason.NETWORK: _no(_("Network not covered"), _("This account does not reach that network. Go by another one.")),
    Reason.OPERATOR: _no(_("Rejected by the operator"), _("The operator rejects it again. Ask the provider why.")),
    Reason.BLOCKED: _no(_("Blocked recipient"), _("The recipient is on a list of those who get no messages.")),
    Reason.DUPLICATE: _no(_("Taken for a repeat"), _("The recipient has most probably got it already.")),
    Reason.REQUEST: _no(_("Refused as it was asked"), _("Something about the account is not set up right.")),
    Reason.UNKNOWN: _no(_("Unknown reason"), _("Nobody knows whether it would fare better. Ask the provider.")),
}

_R = Reason
CODES: dict[str, dict[Reason, str]] = {
    "smsmasking": {
        _R.NUMBER: "1706 1707", _R.WHATSAPP: "1751", _R.REQUEST: "1709 1711 1712", _R.CREDIT: "1708 1735",
        _R.SENDER: "1732",
    },
    "rajasms": {
        _R.NUMBER: "60", _R.TEXT: "70", _R.CREDIT: "80 50 6", _R.TROUBLE: "5 8", _R.DUPLICATE: "9",
        _R.REQUEST: "20 55",
    },
    "tcast": {
        _R.TEXT: "-3 -4 -5 -6", _R.NUMBER: "-8 -9", _R.REQUEST: "-7 -11", _R.CREDIT: "-10 1003", _R.NETWORK: "1001",
        _R.LIMIT: "1013",
    },
    "unified": {
        _R.NUMBER: "1706 11 80 81", _R.TEXT: "1705 1033 1", _R.SENDER: "1707 10 72 73", _R.BLOCKED: "1732 1042",
        _R.OPERATOR: "1028", _R.DUPLICATE: "1041", _R.CREDIT: "1025 1725", _R.REQUEST: "1702 1704 1708",
        _R.TROUBLE: "20 88 100 254",
    },
    "nusasms": {
        _R.NUMBER: "-6 -11 -13", _R.TEXT: "-12", _R.NETWORK: "-3", _R.SENDER: "-34", _R.CREDIT: "-2 -7",
        _R.DUPLICATE: "-33 -77", _R.LIMIT: "-78", _R.OPERATOR: "-88", _R.REQUEST: "-10 -22 -27 -28",
    },
}  # fmt: skip
_BY_CODE: Mapping[tuple[str, str], Reason] = {
    (slug, code): reason
    for slug, reasons in CODES.items()
    for reason, codes in reasons.items()
    for code in codes.split()
}
_BY_STATUS = {
    "undelivered": Reason.PHONE,
    "expired": Reason.PHONE,
    "rejected": Reason.OPERATOR,
    "lapsed": Reason.LATE,
}


def reason_of(slug: str, status: str, code: str) -> Reason:
    """`slug`: the provider; `status`: how the message ended; `code`: the provider's own, "" for none."""
    if status == "lapsed":
        return Reason.LATE
    if found := _BY_CODE.get((slug, code)):
        return found
    return _BY_STATUS.get(status) or (Reason.UNKNOWN if code else Reason.NOT_SENT)


def repeat_of(slug: str, status: str, code: str) -> Repeat:
    return REPEATS[reason_of(slug, status, code)]
