"""What was written to and by a contact, both directions in one list, latest first, a page at a time.

Sent and received messages each come in the order of their ids; a place in the list is one id of either (`120-7`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from contacts.models import Contact
from smsops.inbox.models import InboundMessage
from smsops.messaging.admin import shown_text
from smsops.messaging.models import Message
from smsops.messaging.status import UNDECIDED
from smsops.messaging.timeline import state_of

PAGE = 20
PLACE = re.compile("([0-9]{1,18})-([0-9]{1,18})")
END = 10**18 - 1
Which = dict[str, Any]
SENT, RECEIVED = "messaging.view_message", "inbox.view_inboundmessage"


@dataclass(frozen=True, slots=True)
class Entry:
    """One message. `colour` and `label` say what became of it; `moment` is what the list is ordered by.

    `author`: who wrote it, "" where nobody did."""

    id: int
    is_received: bool
    moment: datetime
    at: datetime
    text: str
    url: str
    account: str
    number: str
    label: str
    channel: str
    colour: str = ""
    author: str = ""
    resend_url: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """`older`: the place at which the next page begins; "" at the end."""

    entries: list[Entry]
    older: str


def may_read_history(user: Any) -> bool:
    return bool(user.has_perm(SENT) or user.has_perm(RECEIVED))


def read_history(contact: Contact, request: HttpRequest, before: str = "") -> History:
    """The contact's own messages, and those of its number that belong to no contact."""
    mine, unowned = Which(contact=contact), Which(contact=None)
    sent, received = unowned | {"recipient": contact.mobile}, unowned | {"sender": contact.mobile}
    return _read(request, before, [mine, sent], [mine, received])


def read_number_history(number: str, contact: Contact | None, request: HttpRequest, before: str = "") -> History:
    """All messages of a number, whoever had it, and those of the contact who has it now."""
    own: list[Which] = [{"contact": contact}] if contact is not None else []
    return _read(request, before, [{"recipient": number}, *own], [{"sender": number}, *own])


def _read(request: HttpRequest, before: str, sent_to: list[Which], received_from: list[Which]) -> History:
    """Up to `PAGE` messages that this person may see; four short index reads, however long the story is."""
    place = PLACE.fullmatch(before)
    sent_before, received_before = map(int, place.groups()) if place else (END, END)
    sent = _sent(sent_to, request, sent_before) if request.user.has_perm(SENT) else []
    received = _received(received_from, received_before) if request.user.has_perm(RECEIVED) else []
    ordered = merge(sent, received, key=lambda entry: entry.moment, reverse=True)
    entries = list(islice(ordered, PAGE))
    older = f"{_last(entries, False, sent_before)}-{_last(entries, True, received_before)}"
    return History(entries, older if next(ordered, None) is not None else "")


def _last(entries: list[Entry], is_received: bool, otherwise: int) -> int:
    return min((entry.id for entry in entries if entry.is_received is is_received), default=otherwise)


def _newest(rows: QuerySet[Any], which: list[Which], *related: str) -> list[Any]:
    """The rows of any of these, each by its index and once."""
    rows = rows.select_related("account", *related).order_by("-pk")
    found = {row.pk: row for each in which for row in rows.filter(**each)[: PAGE + 1]}
    return [found[pk] for pk in sorted(found, reverse=True)[: PAGE + 1]]


def _sent(which: list[Which], request: HttpRequest, before: int) -> list[Entry]:
    rows = _newest(Message.objects.filter(pk__lt=before), which, "created_by")
    repeatable = _repeatable(rows) if request.user.has_perm("messaging.send_message") else set()
    return [_sent_entry(row, request, can_resend=row.pk in repeatable) for row in rows]


def _repeatable(rows: list[Message]) -> set[int]:
    """Those that may be sent once more: over, not forbidden, and not sent again yet."""
    over = {row.pk for row in rows if row.status not in UNDECIDED and not row.never_resend}
    again = Message.objects.filter(resend_of__in=over).order_by().values_list("resend_of_id", flat=True)
    return over.difference(again)


def _sent_entry(message: Message, request: HttpRequest, *, can_resend: bool) -> Entry:
    colour, label = state_of(message)
    return Entry(
        id=message.pk,
        is_received=False,
        moment=message.created_at,
        at=message.created_at,
        text=shown_text(message, request),
        url=reverse("admin:messaging_message_change", args=[message.pk]),
        account=message.account.name,
        number=message.recipient,
        label=label,
        channel=message.get_channel_display(),
        colour=colour,
        author=str(message.created_by or ""),
        resend_url=reverse("console:resend", args=[message.pk]) if can_resend else "",
    )


def _received(which: list[Which], before: int) -> list[Entry]:
    return [_received_entry(row) for row in _newest(InboundMessage.objects.filter(pk__lt=before), which)]


def _received_entry(inbound: InboundMessage) -> Entry:
    return Entry(
        id=inbound.pk,
        is_received=True,
        moment=inbound.created_at,
        at=inbound.received_at,
        text=inbound.text,
        url=reverse("admin:inbox_inboundmessage_change", args=[inbound.pk]),
        account=inbound.account.name,
        number=inbound.sender,
        label=_("Received"),
        channel=inbound.get_channel_display(),
    )
