"""Forgets one number on request: everything that is found by it. Its opt-out stays, or it would be written to again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact, ContactEvent, SyncAction, SyncConflict, SyncRun
from smsops.console.models import ForgottenNumber, LookupLog
from smsops.inbox.anonymising import anonymise_inbound, forget_automatic_answers
from smsops.inbox.models import AutoReply, Conversation, InboundMessage, SuppressionEvent
from smsops.messaging.anonymising import anonymise_messages, mask
from smsops.messaging.models import AudienceEntry, Campaign, Message, PendingReport
from smsops.messaging.services import cancel_messages
from smsops.messaging.status import UNDECIDED, Status
from smsops.reports.models import Statement, StatementLine

CHUNK = 500
# Of what has not begun the list is still to be counted on.
BEGUN = (Campaign.Status.RUNNING, Campaign.Status.PAUSED, Campaign.Status.FINISHED, Campaign.Status.CANCELLED)
# A statement that is being compared needs its numbers.
COMPARED = (Statement.State.DONE, Statement.State.FAILED)
AT_WORK = (SyncRun.State.READING, SyncRun.State.APPLYING, SyncRun.State.PREVIEW)
# What is written over that which stays.
BLANKS: Mapping[str, Mapping[str, Any]] = {
    "statements": {"recipient": mask()},
    "opt-outs": {"number": mask(), "source_text": "", "note": ""},
}
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
    "syncs": _("Steps and settled conflicts of phone book syncs: deleted"),
    "statements": _("Lines of providers' statements: the number is taken out, the comparison stays"),
    "opt-outs": _("Entries in the history of opt-outs: number and text are taken out, what happened when stays"),
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
    deleted = {name: sum(rows.count() for rows in tables) for name, tables in _deleted(number).items()}
    return counts | deleted | {name: rows.count() for name, rows in _masked(number).items()}


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
    for name, rows in _masked(number).items():
        for ids in _chunks(rows):
            rows.model._default_manager.filter(pk__in=ids).update(**BLANKS[name])
    for rows in (rows for tables in _deleted(number).values() for rows in tables):
        for ids in _chunks(rows):
            rows.model._default_manager.filter(pk__in=ids).delete()


def _masked(number: str) -> dict[str, QuerySet[Any]]:
    """What stays without the number: the figures of a comparison, and that somebody opted out, and when."""
    compared = Statement.objects.filter(state__in=COMPARED).order_by().values("pk")
    return {
        "statements": StatementLine.objects.filter(recipient=number, statement__in=compared).order_by(),
        "opt-outs": SuppressionEvent.objects.filter(number=number).order_by(),
    }


def _deleted(number: str) -> dict[str, list[QuerySet[Any]]]:
    # By campaign and number there is an index, by the number alone there is none.
    begun = list(Campaign.objects.filter(status__in=BEGUN).order_by().values_list("pk", flat=True))
    return {
        # Before the contacts: they are found by them.
        "syncs": [_finished_steps(number), _settled_conflicts(number)],
        "contacts": [Contact.objects.filter(mobile=number).order_by()],
        "look-ups": [LookupLog.objects.filter(number=number).order_by()],
        "audiences": [AudienceEntry.objects.filter(campaign__in=begun, recipient=number).order_by()],
        "reports": [PendingReport.objects.filter(recipient=number).order_by()],
    }


def _finished_steps(number: str) -> QuerySet[SyncAction]:
    """Without those of which nobody knows yet whether they were carried out: the next sync has to look."""
    steps = SyncAction.objects.filter(number=number).exclude(run__state__in=AT_WORK)
    return steps.exclude(state__in=[SyncAction.State.SENT, SyncAction.State.UNCLEAR]).order_by()


def _settled_conflicts(number: str) -> QuerySet[SyncConflict]:
    return SyncConflict.objects.filter(contact__mobile=number, state=SyncConflict.State.SETTLED).order_by()


def _chunks(rows: QuerySet[Any]) -> Iterator[list[int]]:
    """Ids of what is there, read again each time: a chunk that is dealt with is not found any more."""
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        yield ids
