"""A number's conversation, kept by the transaction that stores what it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smsops.inbox.conversations.models import Conversation

SHOWN = 160


@dataclass(frozen=True, slots=True)
class Received:
    """A stored message as its conversation tells of it. `is_answered`: a keyword has dealt with it."""

    id: int
    account_id: int
    channel: str
    text: str
    at: datetime
    is_answered: bool = False


def hold_conversation(*, number: str, first: Received) -> Conversation:
    """The number's conversation, made where there is none, and held until the end of the transaction: of two who store
    what a number writes, one goes after the other."""
    told = {"account_id": first.account_id, "last_inbound_at": first.at, "is_done": True}
    rows = Conversation.objects.select_for_update(of=("self",))
    return rows.get_or_create(number=number, defaults=told)[0]


def tell_conversation(*, conversation: Conversation, received: Sequence[Received]) -> None:
    """What was just received. What a keyword has dealt with is no work for anybody: it counts as read, and what is
    done stays so."""
    asking = sum(not each.is_answered for each in received)
    told: dict[str, Any] = {"unread": conversation.unread + asking, "is_done": conversation.is_done and not asking}
    last = max(received, key=lambda each: each.id)
    if last.id > conversation.last_id:
        told |= _last_of(last)
    Conversation.objects.filter(pk=conversation.pk).update(**told)


def _last_of(last: Received) -> dict[str, Any]:
    return {
        "account_id": last.account_id,
        "channel": last.channel,
        "last_id": last.id,
        "last_text": shorten(last.text),
        "last_inbound_at": last.at,
    }


def shorten(text: str) -> str:
    """As one line of the list."""
    line = " ".join(text[: SHOWN * 4].split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
