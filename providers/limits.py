"""The last refusal before the wire: what an account's capabilities deny is never sent."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from providers.errors import UnsupportedFeature
from providers.fit import why_not
from providers.types import Capabilities, OutboundMessage


def require_supported(capabilities: Capabilities, messages: Sequence[OutboundMessage]) -> None:
    """Raise `UnsupportedFeature` for the first thing in a batch that the provider cannot carry."""
    if not 1 <= len(messages) <= capabilities.max_batch:
        raise UnsupportedFeature(gettext("The provider takes at most %d messages in a call.") % capabilities.max_batch)
    if capabilities.batch_shares_text and len({_content(message) for message in messages}) > 1:
        raise UnsupportedFeature(gettext("The provider takes one text and one sender in a call."))
    for message in messages:
        if reason := why_not(capabilities, message):
            raise UnsupportedFeature(reason)


def _content(message: OutboundMessage) -> tuple[object, ...]:
    """What one call says once for all its numbers."""
    look = message.encoding, message.is_flash, message.wap_url
    return (message.text, message.sender_id, message.channel, message.scheduled_for, *look)
