"""Options that accounts of every provider have."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from providers.types import (
    APPROVE_COST,
    APPROVE_RECIPIENTS,
    DEFAULT_REPORT_HOURS,
    LOW_BALANCE,
    OPT_OUT_EXEMPT_KINDS,
    QUIET_HOURS,
    REPORT_HOURS,
    UPSTREAM,
    Channel,
    OptionField,
)

COMMON_OPTIONS = (
    OptionField("tls_verify", _("Check the server's certificate"), True, _("Turn off only if nothing else helps.")),
    OptionField("ca_certificate", _("Server certificate (PEM)"), "", _("For servers with a certificate of their own.")),
    OptionField("proxy_url", _("Proxy"), "", _("All calls go through this proxy, e.g. http://10.0.0.1:3128.")),
    OptionField("keep_alive_seconds", _("Keep connections for (seconds)"), 4, _("Idle longer, a new one is opened.")),
    OptionField(
        REPORT_HOURS,
        _("Wait for reports (hours)"),
        DEFAULT_REPORT_HOURS,
        _("After that nobody is asked any more, and a message says “no report”."),
    ),
    OptionField("paths", _("Other paths"), {}, _("For older or re-branded servers: call name → path.")),
    OptionField(
        OPT_OUT_EXEMPT_KINDS,
        _("Send to opted-out numbers"),
        "",
        _("Kinds of messages that ignore opt-outs here: otp, transactional, promotional. Empty: none."),
    ),
    OptionField(
        QUIET_HOURS[Channel.SMS],
        _("Quiet hours for SMS"),
        "20:00-08:00",
        _("Promotional messages wait until they are over, by the recipient's clock. Empty: none."),
    ),
    OptionField(
        QUIET_HOURS[Channel.WHATSAPP],
        _("Quiet hours for WhatsApp"),
        "20:00-08:00",
        _("Promotional messages wait until they are over, by the recipient's clock. Empty: none."),
    ),
    OptionField(
        APPROVE_RECIPIENTS,
        _("Approval above (recipients)"),
        0,
        _("A second person approves larger sendings. 0: never."),
    ),
    OptionField(
        APPROVE_COST, _("Approval above (cost)"), 0, _("In the account's currency. A second person approves. 0: never.")
    ),
    OptionField(
        LOW_BALANCE,
        _("Tell when the balance is under"),
        0,
        _("In the account's currency: a notice appears, once until it is topped up. 0: never."),
    ),
    OptionField(
        UPSTREAM,
        _("Same platform as"),
        "",
        _("A name of your own, the same at all accounts behind which the same platform stands: none replaces another."),
    ),
)


def low_balance(options: Mapping[str, Any]) -> Decimal:
    """The balance under which people are told; 0 for never, or where nobody can read it."""
    try:
        limit = Decimal(str(options.get(LOW_BALANCE) or 0))
    except InvalidOperation:
        return Decimal(0)
    return limit if limit.is_finite() and limit > 0 else Decimal(0)
