"""What the compose page's script must know: what each account offers, and its words in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from providers.models import Account
from smsops.messaging.composing.message_types import MESSAGE_TYPES, offered_types

# What the form's other fields may need of a request.
ROOM = 64 * 1024


def compose_data(accounts: Iterable[Account]) -> dict[str, Any]:
    """For `json_script`: plain values only, no credentials."""
    return {
        "accounts": {str(account.pk): _offer(account) for account in accounts},
        "types": {
            number: {"encoding": each.encoding, "flash": each.is_flash, "url": each.has_url}
            for number, each in MESSAGE_TYPES.items()
        },
        "mostBytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE - ROOM,
        "words": _words(),
    }


def _offer(account: Account) -> dict[str, Any]:
    capabilities = account.adapter.capabilities_for(account.options)
    return {
        "channels": sorted(capabilities.channels),
        "types": offered_types(capabilities),
        "encodings": sorted(capabilities.encodings),
        "longest": capabilities.max_text,
        "takesSender": bool(capabilities.sender_pattern),
        "schedules": capabilities.provider_schedule,
    }


def _words() -> dict[str, str]:
    """`{name}` stands for a value."""
    return {
        "count": _("{units} characters · {segments} segments · {remaining} left in this one"),
        "one": _("{units} characters · 1 segment · {remaining} left"),
        "whatsapp": _("{units} characters · 1 WhatsApp message"),
        "unicode": _("{char}, character {place}, makes this text Unicode: 70 instead of 160 characters a segment."),
        "missing": _("{char}, character {place}, does not exist in this type of message."),
        "noUnicode": _("{char}, character {place}, needs Unicode, which this account cannot send."),
        "tooLong": _("Too long: this account takes at most {limit} characters."),
        "recipients": _("{valid} will get it"),
        "duplicates": _("{count} repeated, sent once"),
        "invalid": _("{count} cannot get it:"),
        "more": _("and {count} more"),
        "cost": _("about {cost}"),
        "tooMuch": _("Too much for one sending: the server takes 4 MB at a time. Split the list and send it in parts."),
        "unreachable": _("The server does not answer; the numbers are checked again when you go on."),
    }
