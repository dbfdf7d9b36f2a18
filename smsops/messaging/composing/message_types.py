"""The types of message that a person may choose, numbered as Unified numbers them (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from providers.types import Capabilities, Encoding

AUTOMATIC = ""


@dataclass(frozen=True, slots=True)
class MessageType:
    """`encoding` None: GSM-7 where the text allows it, else Unicode."""

    label: Any
    encoding: Encoding | None = None
    is_flash: bool = False
    has_url: bool = False


MESSAGE_TYPES: dict[str, MessageType] = {
    AUTOMATIC: MessageType(_("Automatic: plain, Unicode where needed")),
    "0": MessageType(_("Plain (GSM-7)"), Encoding.GSM7),
    "1": MessageType(_("Flash (GSM-7)"), Encoding.GSM7, is_flash=True),
    "2": MessageType(_("Unicode"), Encoding.UCS2),
    "4": MessageType(_("WAP push"), Encoding.GSM7, has_url=True),
    "5": MessageType(_("Plain (ISO-8859-1)"), Encoding.LATIN1),
    "6": MessageType(_("Flash (Unicode)"), Encoding.UCS2, is_flash=True),
    "7": MessageType(_("Flash (ISO-8859-1)"), Encoding.LATIN1, is_flash=True),
}


def offered_types(capabilities: Capabilities) -> list[str]:
    """The numbers of those that an account offers."""
    return [number for number, message_type in MESSAGE_TYPES.items() if _is_offered(message_type, capabilities)]


def _is_offered(message_type: MessageType, capabilities: Capabilities) -> bool:
    return (
        (message_type.encoding is None or message_type.encoding in capabilities.encodings)
        and (capabilities.flash or not message_type.is_flash)
        and (capabilities.wap_push or not message_type.has_url)
    )
