"""The last refusal before the wire: what an account's capabilities deny is never sent."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from providers.errors import UnsupportedFeature
from providers.types import Capabilities, OutboundMessage


def require_supported(capabilities: Capabilities, messages: Sequence[OutboundMessage]) -> None:
    """Raise `UnsupportedFeature` for the first thing in a batch that the provider cannot carry."""
    if not 1 <= len(messages) <= capabilities.max_batch:
        raise UnsupportedFeature(gettext("The provider takes at most %d messages in a call.") % capabilities.max_batch)
    if capabilities.batch_shares_text and len({_content(message) for message in messages}) > 1:
        raise UnsupportedFeature(gettext("The provider takes one text and one sender in a call."))
    for message in messages:
        _require_one(capabilities, message)


def _content(message: OutboundMessage) -> tuple[object, ...]:
    """What one call says once for all its numbers."""
    look = message.encoding, message.is_flash, message.wap_url
    return (message.text, message.sender_id, message.channel, message.scheduled_for, *look)


def _require_one(capabilities: Capabilities, message: OutboundMessage) -> None:
    if message.channel not in capabilities.channels:
        raise UnsupportedFeature(gettext("The provider does not offer this channel."))
    if message.encoding not in capabilities.encodings:
        raise UnsupportedFeature(gettext("The provider cannot carry these characters."))
    if len(message.text) > capabilities.max_text:
        raise UnsupportedFeature(gettext("The text is longer than %d characters.") % capabilities.max_text)
    if message.is_flash and not capabilities.flash:
        raise UnsupportedFeature(gettext("The provider offers no flash messages."))
    if message.wap_url and not capabilities.wap_push:
        raise UnsupportedFeature(gettext("The provider offers no WAP push."))
    if message.scheduled_for is not None and not capabilities.provider_schedule:
        raise UnsupportedFeature(gettext("The provider has no scheduler of its own."))
