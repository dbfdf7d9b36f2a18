"""What is known of each provider's reports beyond its codes: how far they can be trusted."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TRUST: dict[str, Any] = {
    "smsmasking": _(
        "“Delivered” is the operator's word. A message that was accepted without an id can only be reported on by "
        "callback. Any word that is not in the table says nothing."
    ),
    "rajasms": _(
        "Reports come by callback only: where the provider cannot reach our address, none comes. “Sent” and "
        "“scheduled” are no delivery."
    ),
    "tcast": _(
        "Status 0 says that it was sent, not that it arrived, unless the account's option says otherwise. Where the "
        "phone's own status comes along, it decides."
    ),
    "unified": _(
        "The words are those of SMPP. ACCEPTED, ACKED, ENROUTE and UNKNOWN say nothing about the phone. Without the "
        "option that asks for reports, none comes."
    ),
    "nusasms": _(
        "Only D, delivered, is certain. Any other letter says nothing, and a failure counts only with an error code "
        "beside it."
    ),
}
ALL_PROVIDERS = _(
    "Reports in Indonesia are incomplete with every provider: some never come, though the message did. No report is no "
    "proof of anything."
)
# What each provider's document says of it: none promises a time.
WAITING: dict[str, Any] = {
    "smsmasking": _(
        "Its document names no time. A report comes by callback, or is asked for by the message's id; a message "
        "without an id can only wait for the callback."
    ),
    "rajasms": _(
        "Its document names no time. Reports only come by callback, and “sent” or “scheduled” may come first: the last "
        "word can follow hours later."
    ),
    "tcast": _(
        "Its document names no time. Not sent yet (1) and being sent (2) are steps on the way; the report is asked for "
        "again, up to 200 messages at once, until there is a last word."
    ),
    "unified": _(
        "Its document names no time. Reports only come by callback, if they were asked for with the message; ENROUTE "
        "and ACCEPTED are steps on the way, EXPIRED means that the network has given up."
    ),
    "nusasms": _(
        "Its document names no time. WhatsApp waits for the phone to be online: a report hours later is normal. It "
        "comes by callback, and is asked for as well."
    ),
}
ALL_WAITING = _(
    "Minutes as a rule; hours where the phone is off. Past the account's own limit the message says “no report”. A "
    "report that comes later still counts."
)
