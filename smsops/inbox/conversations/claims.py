"""Who looks after a conversation, and who writes an answer in it at this moment: conditional updates, each of them.

An answer that is being written is a lease by the database's clock: whoever comes second sees it, and cannot have it
too unless he says that he takes it over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from smsops.inbox.conversations.models import Conversation

# Without a sign of life a person is no longer answering; the page gives one every third of it.
LEASE_SECONDS = 45


def claim_conversation(*, conversation_id: int, actor: Any, takes_over: bool = False) -> bool:
    """Say that one is answering, or still is; False where somebody else is. `takes_over`: knowingly all the same."""
    found = Conversation.objects.filter(pk=conversation_id)
    free = Q(answering=None) | Q(answering=actor.pk) | Q(answering_until__lte=Now())
    mine = found if takes_over else found.filter(free)
    until = Now() + timedelta(seconds=LEASE_SECONDS)
    return bool(mine.update(answering=actor.pk, answering_until=until))


def release_conversation(*, conversation_id: int, actor: Any) -> bool:
    mine = Conversation.objects.filter(pk=conversation_id, answering=actor.pk)
    return bool(mine.update(answering=None, answering_until=None))


def answered_now(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Those in which somebody is answering."""
    return rows.filter(answering__isnull=False, answering_until__gt=Now())


def assign_conversation(*, conversation_id: int, to: Any, was: int | None) -> bool:
    """Give it to somebody, or to nobody (None); False where it is no longer as the person saw it (`was`: whose)."""
    found = Conversation.objects.filter(pk=conversation_id, assigned_to=was)
    return bool(found.update(assigned_to=to.pk if to is not None else None))


def finish_conversation(*, conversation_id: int) -> bool:
    """There is nothing more to do, and nothing left to read; False where it was done already."""
    found = Conversation.objects.filter(pk=conversation_id, is_done=False)
    return bool(found.update(is_done=True, unread=0))


def reopen_conversation(*, conversation_id: int) -> bool:
    return bool(Conversation.objects.filter(pk=conversation_id, is_done=True).update(is_done=False))


def mark_read(*, conversation_id: int, upto: int) -> bool:
    """All has been read up to a received message's id; what came since keeps it unread."""
    read = Conversation.objects.filter(pk=conversation_id, unread__gt=0, last_id__lte=upto)
    return bool(read.update(unread=0))


def mark_unread(*, conversation_id: int) -> bool:
    return bool(Conversation.objects.filter(pk=conversation_id, unread=0).update(unread=1, is_done=False))
