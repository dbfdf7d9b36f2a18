"""Whether an account can carry a message at all: asked by compose and `send`, and again before the wire."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from providers.types import Capabilities, Channel, Encoding, OutboundMessage


def why_not(capabilities: Capabilities, message: OutboundMessage) -> str:
    """A sentence that says why the account cannot carry the message; "" when it can."""
    reasons: list[tuple[Any, str]] = [
        (message.channel not in capabilities.channels, _not_offered(message.channel)),
        (message.encoding not in capabilities.encodings, _encoding_not_offered(message.encoding)),
        (message.is_flash and not capabilities.flash, _("This account cannot send flash messages.")),
        (message.wap_url and not capabilities.wap_push, _("This account cannot send WAP push messages.")),
        (message.scheduled_for and not capabilities.provider_schedule, _("This provider has no scheduler of its own.")),
        (
            len(message.text) > capabilities.max_text,
            _("The text has %(length)s characters; this account takes at most %(limit)s.")
            % {"length": len(message.text), "limit": capabilities.max_text},
        ),
        (
            message.sender_id and not re.fullmatch(capabilities.sender_pattern or ".*", message.sender_id),
            _("The sender ID “%(sender)s” is not allowed by this provider.") % {"sender": message.sender_id},
        ),
    ]
    return next((sentence for applies, sentence in reasons if applies), "")


def _not_offered(channel: Channel) -> str:
    if channel is Channel.WHATSAPP:
        return _("This account cannot send WhatsApp messages.")
    return _("This account cannot send SMS.")


def _encoding_not_offered(encoding: Encoding) -> str:
    if encoding is Encoding.UCS2:
        return _("This account cannot send Unicode text; only GSM-7 characters are possible.")
    return _("This account cannot send text in this encoding.")
