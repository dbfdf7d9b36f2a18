"""What has come in since about messages of which nobody knows whether they went out: reports, and answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from providers.formats import told
from providers.reading import digits
from smsops.inbox.models import InboundMessage
from smsops.messaging.models import Message, MessageEvent, PendingReport
from smsops.messaging.status import LABELS, Status

# An answer later than this is about something else.
WINDOW = timedelta(days=3)
MOST = 500


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for or against; `words` are the provider's or the phone's own."""

    at: datetime
    sentence: str
    words: str


def gather_evidence(messages: Sequence[Message], *, may_read_inbox: bool) -> dict[int, list[Evidence]]:
    """Message's id → what is known, oldest first; three queries for a page of messages of one account."""
    found: dict[int, list[Evidence]] = defaultdict(list)
    if not messages:
        return found
    since = min(_moment(message) for message in messages)
    _add_events(messages, found)
    _add_reports(messages, since, found)
    if may_read_inbox:
        _add_answers(messages, since, found)
    return {pk: sorted(entries, key=lambda entry: entry.at) for pk, entries in found.items()}


def _moment(message: Message) -> datetime:
    return message.attempted_at or message.doubtful_since or message.created_at


def _add_events(messages: Sequence[Message], found: dict[int, list[Evidence]]) -> None:
    """Reports that named the message and settled nothing, and what people noted."""
    sources = (MessageEvent.Source.CALLBACK, MessageEvent.Source.POLL, MessageEvent.Source.STAFF)
    events = MessageEvent.objects.filter(message__in=messages, source__in=sources).select_related("actor")
    for event in events.order_by("pk")[:MOST]:
        words = " ".join(filter(None, (event.code, told(event.text))))
        found[event.message_id].append(Evidence(event.at, _sentence(event), words))


def _sentence(event: MessageEvent) -> str:
    if event.source == MessageEvent.Source.STAFF:
        return _("Noted by %(person)s") % {"person": event.actor or _("somebody")}
    return _("A report on this message that says nothing new")


def _add_reports(messages: Sequence[Message], since: datetime, found: dict[int, list[Evidence]]) -> None:
    """Reports under an id that we do not know, for one of these numbers."""
    by_number: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        by_number[digits(message.recipient)].append(message)
    reports = PendingReport.objects.filter(recipient__in=by_number, account=messages[0].account_id)
    for report in reports.filter(created_at__gte=since).order_by("pk")[:MOST]:
        label = LABELS[Status(report.status)] if report.status else _("nothing new")
        sentence = _("A report for this number under an unknown id: %(status)s") % {"status": label}
        words = " ".join(filter(None, (report.provider_message_id, report.code, report.text)))
        for message in by_number[report.recipient]:
            found[message.pk].append(Evidence(report.created_at, sentence, words))


def _add_answers(messages: Sequence[Message], since: datetime, found: dict[int, list[Evidence]]) -> None:
    by_number: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        by_number[message.recipient].append(message)
    answers = InboundMessage.objects.filter(sender__in=by_number, received_at__range=(since, since + WINDOW))
    for answer in answers.order_by("pk")[:MOST]:
        for message in by_number[answer.sender]:
            if answer.received_at >= _moment(message):
                found[message.pk].append(Evidence(answer.received_at, _("This number wrote to us"), answer.text))
