"""Whether an account can carry a message at all: asked by compose and `send`, and again before the wire."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from providers.types import Capabilities, Channel, Encoding, OutboundMessage


def why_not(capabilities: Capabilities, message: OutboundMessage) -> str:
    """A sentence that says why the account cannot carry the message; "" when it can."""
    return next(_reasons(capabilities, message), "")


def _reasons(capabilities: Capabilities, message: OutboundMessage) -> Iterator[str]:
    """Every message passes here: a sentence is made only where it is needed."""
    if message.channel not in capabilities.channels:
        yield _not_offered(message.channel)
    if message.encoding not in capabilities.encodings:
        yield _encoding_not_offered(message.encoding)
    if message.is_flash and not capabilities.flash:
        yield _("This account cannot send flash messages.")
    if message.wap_url and not capabilities.wap_push:
        yield _("This account cannot send WAP push messages.")
    if message.scheduled_for and not capabilities.provider_schedule:
        yield _("This provider has no scheduler of its own.")
    if (length := len(message.text)) > (limit := capabilities.max_text):
        sentence = _("The text has %(length)s characters; this account takes at most %(limit)s.")
        yield sentence % {"length": length, "limit": limit}
    if message.sender_id and not re.fullmatch(capabilities.sender_pattern or ".*", message.sender_id):
        yield _("The sender ID “%(sender)s” is not allowed by this provider.") % {"sender": message.sender_id}


def _not_offered(channel: Channel) -> str:
    if channel is Channel.WHATSAPP:
        return _("This account cannot send WhatsApp messages.")
    return _("This account cannot send SMS.")


def _encoding_not_offered(encoding: Encoding) -> str:
    if encoding is Encoding.UCS2:
        return _("This account cannot send Unicode text; only GSM-7 characters are possible.")
    return _("This account cannot send text in this encoding.")
