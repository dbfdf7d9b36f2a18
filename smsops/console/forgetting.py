"""Forgets one number on request: everything that is found by it. Its opt-out stays, or it would be written to again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact, ContactEvent
from smsops.console.models import ForgottenNumber, LookupLog
from smsops.inbox.anonymising import anonymise_inbound, forget_automatic_answers
from smsops.inbox.models import AutoReply, Conversation, InboundMessage
from smsops.messaging.anonymising import anonymise_messages
from smsops.messaging.models import AudienceEntry, Campaign, Message, PendingReport
from smsops.messaging.services import cancel_messages
from smsops.messaging.status import UNDECIDED, Status

CHUNK = 500
# Of what has not begun the list is still to be counted on.
BEGUN = (Campaign.Status.RUNNING, Campaign.Status.PAUSED, Campaign.Status.FINISHED, Campaign.Status.CANCELLED)
LABELS: Mapping[str, Any] = {
    "waiting": _("Waiting messages: they are cancelled first"),
    "undecided": _("Messages being sent or uncertain: they stay until it is known what became of them"),
    "messages": _("Sent messages: text and number are taken out, the figures stay"),
    "received": _("Received messages: text and number are taken out"),
    "conversations": _("Conversations: deleted"),
    "contacts": _("Contacts: deleted"),
    "look-ups": _("Look-ups: deleted"),
    "audiences": _("Lines in campaigns' lists of recipients: deleted"),
    "reports": _("Reports without a message: deleted"),
}


def find_number(number: str) -> dict[str, int]:
    """What there is of a number (E.164): name of `LABELS` → how many."""
    sent = Message.objects.filter(recipient=number).order_by()
    counts = {
        "waiting": sent.filter(status=Status.QUEUED).count(),
        "undecided": sent.filter(status__in=UNDECIDED - {Status.QUEUED}).count(),
        "messages": sent.exclude(status__in=UNDECIDED).count(),
        "received": InboundMessage.objects.filter(sender=number).order_by().count(),
        "conversations": Conversation.objects.filter(number=number).count(),
    }
    return counts | {name: rows.count() for name, rows in _deleted(number).items()}


def forget_number(*, number: str, actor: Any) -> ForgottenNumber:
    """Some hundred rows a transaction; stopped in between, the next time goes on with what is left.

    Returns the record of it: who, when and how much was found, and of the number only its ends.
    """
    record = ForgottenNumber.objects.create(number=masked(number), actor=actor, found=find_number(number))
    sent = Message.objects.filter(recipient=number)
    cancel_messages(sent, actor)
    for ids in _chunks(sent.exclude(status__in=UNDECIDED)):
        forget_automatic_answers(ids)
        anonymise_messages(ids)
    for ids in _chunks(InboundMessage.objects.filter(sender=number)):
        anonymise_inbound(ids)
    _delete_rest(number)
    return record


def masked(number: str) -> str:
    """Enough to recognise it for whoever has it before him: `+62812*****89`."""
    return f"{number[:6]}{'*' * (len(number) - 8)}{number[-2:]}"


def _delete_rest(number: str) -> None:
    Conversation.objects.filter(number=number).delete()
    AutoReply.objects.filter(number=number).delete()
    ContactEvent.objects.filter(contact__mobile=number).delete()
    for rows in _deleted(number).values():
        for ids in _chunks(rows):
            rows.model._default_manager.filter(pk__in=ids).delete()


def _deleted(number: str) -> dict[str, QuerySet[Any]]:
    # By campaign and number there is an index, by the number alone there is none.
    begun = list(Campaign.objects.filter(status__in=BEGUN).order_by().values_list("pk", flat=True))
    return {
        "contacts": Contact.objects.filter(mobile=number).order_by(),
        "look-ups": LookupLog.objects.filter(number=number).order_by(),
        "audiences": AudienceEntry.objects.filter(campaign__in=begun, recipient=number).order_by(),
        "reports": PendingReport.objects.filter(recipient=number).order_by(),
    }


def _chunks(rows: QuerySet[Any]) -> Iterator[list[int]]:
    """Ids of what is there, read again each time: a chunk that is dealt with is not found any more."""
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        yield ids
