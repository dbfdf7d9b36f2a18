"""Answering in a conversation: through the gate, once for each page, and by one person at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from providers.models import Account
from providers.types import Channel
from smsops.inbox.conversations.claims import claim_conversation
from smsops.inbox.conversations.models import Conversation, Reply
from smsops.messaging.checking.cautions import suspension_told
from smsops.messaging.checking.drafts import Draft
from smsops.messaging.choices import CHANNEL_CHOICES
from smsops.messaging.compose import queue_messages
from smsops.messaging.composing.recipients import as_mobile
from smsops.messaging.gate import examine
from smsops.messaging.models import Message


class Busy(Exception):
    """Somebody else is answering."""


@dataclass(frozen=True, slots=True)
class Route:
    """A way on which an answer can leave."""

    account: Account
    channel: Channel

    @property
    def key(self) -> str:
        return f"{self.account.pk}:{self.channel}"

    def __str__(self) -> str:
        told = f"{self.account.name} · {dict(CHANNEL_CHOICES)[self.channel]}"
        return f"{told} · {_('suspended')}" if self.account.suspended_reason else told


def offered_routes() -> list[Route]:
    """Every account in use, by each of its channels."""
    accounts = Account.objects.filter(is_active=True).order_by("name")
    return [
        Route(account, channel)
        for account in accounts
        for channel in sorted(account.adapter.capabilities_for(account.options).channels)
    ]


def usual_route(conversation: Conversation, routes: list[Route]) -> Route | None:
    """How the number is answered unless somebody chooses: where it wrote to, on the channel it wrote on; else as it
    was written to last; else nobody knows."""
    received = (conversation.account_id, conversation.channel)
    found = next((route for route in routes if (route.account.pk, route.channel) == received), None)
    if found is not None:
        return found
    sent = Message.objects.filter(recipient=conversation.number).order_by("-pk").values_list("account_id", "channel")
    last = sent.first()
    return next((route for route in routes if (route.account.pk, route.channel) == last), None)


def why_not_answerable(conversation: Conversation) -> str:
    """Why nobody can write back; "" where one can."""
    if as_mobile(conversation.number):
        return ""
    return _("This sender is no mobile number: nobody can write back to it.")


def standstill_told(route: Route | None) -> str:
    """What to say where answers on the usual way would wait."""
    return suspension_told(route.account) if route is not None else ""


def detour_told(conversation: Conversation, routes: list[Route]) -> str:
    """What to say where an answer cannot leave the way the message came."""
    if any(route.account.pk == conversation.account_id and route.channel == conversation.channel for route in routes):
        return ""
    return _(
        "It came by %(channel)s through “%(account)s”, which cannot answer that way. Choose the account that answers."
    ) % {"channel": dict(CHANNEL_CHOICES)[conversation.channel], "account": conversation.account.name}


@transaction.atomic
def send_reply(
    *, conversation: Conversation, key: UUID, route: Route, text: str, actor: Any, takes_over: bool = False,
    finishes: bool = False,
) -> bool:  # fmt: skip
    """Queue an answer ahead of bulk; once for each `key`: whoever comes again gets False and sends nothing.

    Raises `Refused` with the gate's reasons, or `Busy`; then nothing is written.
    """
    _reply, is_new = Reply.objects.get_or_create(key=key, defaults={"conversation": conversation, "actor": actor})
    if not is_new:
        return False
    if not claim_conversation(conversation_id=conversation.pk, actor=actor, takes_over=takes_over):
        raise Busy
    draft = Draft(
        account=route.account, channel=route.channel, recipients=[conversation.number], text=text, actor=actor
    )
    queue_messages(verdict=examine(draft))
    answered = Conversation.objects.filter(pk=conversation.pk)
    answered.filter(assigned_to=None).update(assigned_to=actor.pk)
    answered.update(unread=0, answering=None, answering_until=None, is_done=finishes)
    return True
