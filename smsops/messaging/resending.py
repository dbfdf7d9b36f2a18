"""Sending a message once more: always a new row, which names the one that it repeats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from providers.types import Channel, Encoding, Kind
from smsops.messaging.checking.drafts import Draft
from smsops.messaging.compose import Refused, queue_messages, queue_resends
from smsops.messaging.gate import examine
from smsops.messaging.models import Message
from smsops.messaging.sending.queue import locked_for_update
from smsops.messaging.status import UNDECIDED, Status

# All that a repeat takes over from its original.
COPIED = ("text", "channel", "kind", "sender_id", "encoding", "is_flash", "wap_url")


def draft_of(message: Message, actor: Any, *, recipients: Iterable[str] = ()) -> Draft:
    """The same message again, now. Where the provider has set the sender, the account's present one holds."""
    takes_sender = bool(message.account.adapter.capabilities_for(message.account.options).sender_pattern)
    return Draft(
        account=message.account,
        recipients=list(recipients) or [message.recipient],
        text=message.text,
        channel=Channel(message.channel),
        kind=Kind(message.kind),
        sender_id=message.sender_id if takes_sender else "",
        encoding=Encoding(message.encoding),
        is_flash=message.is_flash,
        wants_url=bool(message.wap_url),
        wap_url=message.wap_url,
        actor=actor,
        resend_of=None if recipients else message,
    )


def why_not_resend(message: Message) -> str:
    """Why this message cannot be sent once more from its page; "" when it can."""
    if message.status == Status.UNCERTAIN:
        return _("Nobody knows yet whether it went out. Decide that first, among the uncertain messages.")
    if message.status in UNDECIDED:
        return _("It is still on its way out.")
    if message.never_resend:
        return _("The provider forbids sending this message again: %(text)s") % {"text": message.error_text}
    if message.resends.exists():
        return _("It was sent again already. Look at the newer message.")
    return ""


def resend_message(*, message: Message, actor: Any) -> Message:
    """Queue the message once more; a second click finds the first one's row. Raises `Refused` with the reason."""
    try:
        return _resend(message, actor)
    except IntegrityError:
        # A retry of its campaign was faster by a moment.
        raise Refused(_("It was sent again already. Look at the newer message.")) from None


@transaction.atomic
def _resend(message: Message, actor: Any) -> Message:
    original = locked_for_update(Message.objects.filter(pk=message.pk)).select_related("account").get()
    if reason := why_not_resend(original):
        raise Refused(reason)
    (repeat,) = queue_messages(verdict=examine(draft_of(original, actor)))
    return repeat


def queue_again(*, messages: Iterable[Message], actor: Any) -> tuple[set[int], list[str]]:
    """Queue many messages once more: the ids of those that were, and sentences why others were not.

    Call it inside a transaction that holds their rows. Messages that say the same pass the gate together.
    """
    queued: set[int] = set()
    reasons: dict[str, None] = {}
    for originals in _alike(messages):
        sample = next(iter(originals.values()))
        verdict = examine(draft_of(sample, actor, recipients=originals))
        reasons |= dict.fromkeys([*verdict.refusals, *(f"{each.spelling}: {each.reason}" for each in verdict.invalid)])
        if verdict.is_open:
            by_number = {number: original.pk for number, original in originals.items()}
            queued |= queue_resends(verdict=verdict, originals=by_number)
    return queued, list(reasons)


def _alike(messages: Iterable[Message]) -> list[dict[str, Message]]:
    """Messages of one account with the same content, each number once in a group."""
    groups: dict[tuple[Any, ...], list[dict[str, Message]]] = {}
    for message in messages:
        same = groups.setdefault((message.account_id, *(getattr(message, name) for name in COPIED)), [])
        free = next((group for group in same if message.recipient not in group), None)
        if free is None:
            same.append(free := {})
        free[message.recipient] = message
    return [group for same in groups.values() for group in same]
