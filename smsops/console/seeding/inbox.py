"""What the made-up people write back, and the conversations that come of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Max

from smsops.console.seeding import rows
from smsops.inbox.models import Conversation, InboundMessage
from smsops.messaging.bulk import CHUNK, insert_rows

MESSAGES_AN_ANSWER = 50
OPEN_FOR = timedelta(days=3)
INBOUND_COLUMNS = (
    "account_id", "sender", "text", "channel", "received_at", "provider_message_id", "contact_id", "fingerprint",
    "created_at",
)  # fmt: skip
TOLD = ["account", "channel", "last_id", "last_text", "last_inbound_at", "unread", "is_done", "assigned_to"]


def write_inbox(plan: rows.Plan) -> None:
    """Some thousand at a time: the answers, and the conversation of each number that has ever written."""
    insert_rows(InboundMessage, {}, INBOUND_COLUMNS, _inbound_rows(plan))
    for newest in _newest_messages([account for account, _channel in plan.accounts]):
        made = [_conversation(plan, message) for message in newest]
        Conversation.objects.bulk_create(
            made, update_conflicts=True, unique_fields=["number"], update_fields=TOLD, batch_size=CHUNK
        )


def _inbound_rows(plan: rows.Plan) -> Iterator[tuple[object, ...]]:
    for place in range(0, plan.messages, MESSAGES_AN_ANSWER):
        number = rows.number_of(place * rows.STEP % plan.people)
        account, channel = plan.account(place)
        mark, at, contact = f"I{plan.first_id + place}", plan.moment(place), plan.contacts.get(number)
        yield account, number, rows.answer_of(place), channel, at, mark, contact, secrets.token_hex(32), at


def _newest_messages(accounts: list[int]) -> Iterator[list[InboundMessage]]:
    """Of each number, as its index has them, where it went to one of these accounts."""
    last, senders = "", InboundMessage.objects.order_by("sender").values("sender").annotate(newest=Max("id"))
    while batch := list(senders.filter(sender__gt=last).values_list("sender", "newest")[:CHUNK]):
        last = batch[-1][0]
        yield list(InboundMessage.objects.filter(pk__in=[newest for _sender, newest in batch], account__in=accounts))


def _conversation(plan: rows.Plan, message: InboundMessage) -> Conversation:
    """What is older than some days is done; of the others every second is unread, and every third somebody's."""
    is_open = message.received_at > plan.ends - OPEN_FOR
    told: dict[str, Any] = {"number": message.sender, "account_id": message.account_id, "channel": message.channel}
    told |= {"last_id": message.pk, "last_text": message.text, "last_inbound_at": message.received_at}
    owner = plan.writers[message.pk % len(plan.writers)] if is_open and message.pk % 3 == 0 else None
    return Conversation(**told, unread=int(is_open and message.pk % 2), is_done=not is_open, assigned_to_id=owner)
