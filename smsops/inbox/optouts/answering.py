"""Answers that nobody writes by hand, guarded so that two machines never talk to each other for ever."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import timedelta

from django.utils import timezone

from providers.models import Account
from providers.numbers import to_e164
from providers.types import Channel
from smsops.inbox.models import AutoReply, InboundMessage, Keyword
from smsops.messaging.checking.drafts import Draft
from smsops.messaging.compose import queue_messages
from smsops.messaging.gate import examine

logger = logging.getLogger(__name__)

# At most as many of them go to a number in a day, and none to the same keyword within the minutes.
MOST_A_DAY = 3
REPEATED_WITHIN = timedelta(minutes=10)


def answer_by_itself(*, keyword: Keyword, message: InboundMessage, passes_opt_out: bool = False) -> bool:
    """Queue a keyword's answer; False where it must not, or cannot, be given. Call it inside the transaction that
    stored the message, with its conversation held."""
    account = keyword.answer_account or message.account
    if _is_late(message) or _is_own_number(message) or _is_too_much(keyword, message.sender):
        return False
    channel = answer_channel(account, message.channel, is_chosen=keyword.answer_account_id is not None)
    if channel is None:
        return False
    verdict = examine(
        Draft(
            account=account, recipients=[message.sender], text=keyword.answer, channel=channel,
            answers_opt_out=passes_opt_out,
        )
    )  # fmt: skip
    if not verdict.is_open:
        logger.warning("the answer to a keyword cannot be sent: %s", " ".join(verdict.refusals))
        return False
    (sent,) = queue_messages(verdict=verdict)
    AutoReply.objects.create(number=message.sender, keyword=keyword, message_id=sent.pk, passes_opt_out=passes_opt_out)
    return True


def answer_channel(account: Account, received: str, *, is_chosen: bool) -> Channel | None:
    """The channel that a message came by; another one only through an account that somebody chose for answers."""
    channels = account.adapter.capabilities_for(account.options).channels
    if received in channels:
        return Channel(received)
    return min(channels) if is_chosen else None


def may_still_go(message_ids: Collection[int]) -> set[int]:
    """Which of these messages tell a number that it has opted out."""
    told = AutoReply.objects.filter(message_id__in=message_ids, passes_opt_out=True)
    return set(told.values_list("message_id", flat=True))


def _is_late(message: InboundMessage) -> bool:
    """Whether it lay somewhere for so long that nobody expects an answer by itself any more."""
    return message.received_at < timezone.now() - timedelta(days=1)


def _is_own_number(message: InboundMessage) -> bool:
    """Whether one of our own senders wrote it."""
    own = {message.recipient, *Account.objects.exclude(sender_id="").values_list("sender_id", flat=True)}
    return message.sender in {to_e164(number) for number in own}


def _is_too_much(keyword: Keyword, number: str) -> bool:
    """Whether the number has had its answers for today, or asks the same again at once, as machines do."""
    now = timezone.now()
    given = AutoReply.objects.filter(number=number, at__gt=now - timedelta(days=1)).order_by("-pk")
    latest = list(given.values_list("keyword_id", "at")[:MOST_A_DAY])
    repeated = any(pk == keyword.pk and at > now - REPEATED_WITHIN for pk, at in latest)
    return repeated or len(latest) >= MOST_A_DAY
