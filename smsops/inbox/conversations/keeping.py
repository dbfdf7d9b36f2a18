"""A number's conversation, kept by the transaction that stores what it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smsops.inbox.conversations.models import Conversation

SHOWN = 160


@dataclass(frozen=True, slots=True)
class Received:
    """A stored message as its conversation tells of it. `is_answered`: a keyword has dealt with it."""

    id: int
    number: str
    account_id: int
    channel: str
    text: str
    at: datetime
    is_answered: bool = False


def update_conversation(*, number: str, received: Sequence[Received]) -> None:
    """Tell of what was just received from a number. Call it inside the transaction that stored it.

    What a keyword has dealt with is no work for anybody: it counts as read, and what is done stays so.
    """
    last = max(received, key=lambda each: each.id)
    asking = sum(not each.is_answered for each in received)
    told = {
        "account_id": last.account_id,
        "channel": last.channel,
        "last_id": last.id,
        "last_text": shorten(last.text),
        "last_inbound_at": last.at,
    }
    kept, is_new = Conversation.objects.select_for_update(of=("self",)).get_or_create(
        number=number, defaults=told | {"unread": asking, "is_done": not asking}
    )
    if not is_new:
        newer = told if last.id > kept.last_id else {}
        counted = {"unread": kept.unread + asking, "is_done": kept.is_done and not asking}
        Conversation.objects.filter(pk=kept.pk).update(**newer, **counted)


def shorten(text: str) -> str:
    """As one line of the list."""
    line = " ".join(text[: SHOWN * 4].split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
