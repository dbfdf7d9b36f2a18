"""What keywords do: each in the transaction that stores the message, so that both are there or neither.

Whatever is not plainly dealt with (False) stays unread for a person.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q
from django.utils import timezone

from smsops.inbox.models import InboundMessage, Keyword, SuppressionReason
from smsops.inbox.optouts.answering import answer_by_itself
from smsops.inbox.optouts.matching import normalise
from smsops.inbox.optouts.models import LONGEST_WORD
from smsops.inbox.suppressions import add_suppression, lift_own_stop
from smsops.messaging.composing.recipients import as_mobile


def obey_keyword(*, message: InboundMessage) -> bool:
    """Do what the message's keyword asks for; whether there is nothing left for a person to do."""
    keyword = find_keyword(message)
    if keyword is None or not as_mobile(message.sender):
        return False
    return ACTIONS[Keyword.Action(keyword.action)](keyword, message)


def find_keyword(message: InboundMessage) -> Keyword | None:
    """The keyword that a message is, now and at this account; one of the account's own goes before the others."""
    word = normalise(message.text)
    if not word or len(word) > LONGEST_WORD:
        return None
    now = timezone.now()
    active = Q(active_from=None) | Q(active_from__lte=now), Q(active_until=None) | Q(active_until__gt=now)
    here = Q(account=None) | Q(account=message.account_id)
    found = Keyword.objects.filter(*active, here, word=word).select_related("answer_account")
    return min(found, key=lambda each: (each.account_id is None, each.pk), default=None)


def _stop(keyword: Keyword, message: InboundMessage) -> bool:
    """The list first: whatever becomes of the answer, nothing else leaves for the number."""
    is_new = add_suppression(number=message.sender, reason=SuppressionReason.STOP, source_text=message.text)
    if is_new and keyword.answer:
        answer_by_itself(keyword=keyword, message=message, passes_opt_out=True)
    return True


def _start(keyword: Keyword, message: InboundMessage) -> bool:
    """Lifts what the person said himself; what staff entered or imported is for staff to lift."""
    if not lift_own_stop(number=message.sender, source_text=message.text):
        return False
    if keyword.answer:
        answer_by_itself(keyword=keyword, message=message)
    return True


def _answer(keyword: Keyword, message: InboundMessage) -> bool:
    return answer_by_itself(keyword=keyword, message=message)


ACTIONS: dict[Keyword.Action, Callable[[Keyword, InboundMessage], bool]] = {
    Keyword.Action.STOP: _stop,
    Keyword.Action.START: _start,
    Keyword.Action.ANSWER: _answer,
}
