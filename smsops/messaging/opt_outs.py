"""Messages that are not sent because their recipient wants none. Who that is, an app above says (see `STOP_CHECKS`)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from providers.models import Account
from providers.types import OPT_OUT_EXEMPT_KINDS, read_kinds
from smsops.messaging.bulk import in_chunks
from smsops.messaging.models import Message, MessageEvent
from smsops.messaging.sending.queue import QueuedRow, locked, locked_for_update, write_events
from smsops.messaging.status import Status

T = TypeVar("T")
# Asked of every claim, with the numbers in it: which of them have opted out?
STOP_CHECKS: list[Callable[[Collection[str]], set[str]]] = []
# The same as a query of `number`, for audiences that only the database can sort out.
STOP_NUMBERS: list[Callable[[], QuerySet[Any]]] = []
# Which of these messages go all the same: those that tell a number that it has opted out.
STOP_EXCEPTIONS: list[Callable[[Collection[int]], set[int]]] = []
OPTED_OUT = gettext_noop("The recipient opted out before it was sent.")
MAYBE_GONE = gettext_noop("The recipient opted out; it may have gone out before.")
RETRY_SECONDS = 1.0


def exempt_kinds(options: Mapping[str, Any]) -> frozenset[str]:
    """The kinds of messages that an account with these options sends even to those who opted out."""
    return frozenset(read_kinds(options.get(OPT_OUT_EXEMPT_KINDS, "")))


def stop_claimed(*, account: Account, claim_id: uuid.UUID, rows: Sequence[QueuedRow]) -> set[int]:
    """End those of a claim whose recipients have opted out; returns their ids. None of them has gone on the wire."""
    exempt = exempt_kinds(account.options)
    asked = [row for row in rows if row.kind not in exempt]
    if not asked:
        return set()
    numbers = {row.recipient for row in asked}
    opted_out = set().union(*(check(numbers) for check in STOP_CHECKS))
    stopped = _without_exceptions({row.id: row for row in asked if row.recipient in opted_out})
    if stopped:
        with transaction.atomic():
            mine = Q(pk__in=stopped, claim_id=claim_id, status=Status.SENDING)
            _suppress(mine & Q(doubtful_since=None), [id for id, row in stopped.items() if not row.doubtful_since])
            _doubt(mine & ~Q(doubtful_since=None), [id for id, row in stopped.items() if row.doubtful_since])
    return set(stopped)


def _without_exceptions(stopped: dict[int, T]) -> dict[int, T]:
    """Asked only where something is about to be stopped."""
    spared = set().union(*(exceptions(stopped) for exceptions in STOP_EXCEPTIONS)) if stopped else set()
    return {id: row for id, row in stopped.items() if id not in spared}


def stop_claimed_surely(*, account: Account, claim_id: uuid.UUID, rows: Sequence[QueuedRow]) -> set[int]:
    """Repeated while the process lives: a claim that nobody can ask about is not sent."""
    while True:
        try:
            return stop_claimed(account=account, claim_id=claim_id, rows=rows)
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(RETRY_SECONDS)


def suppress_messages(*, numbers: Collection[str], actor: Any = None) -> int:
    """End what still waits for these numbers, also where a worker has claimed it and not yet put it on the wire.

    Returns how many; what may have gone out already becomes uncertain and is not counted. One transaction a chunk.
    """
    exempt = {account.pk: kinds for account in Account.objects.all() if (kinds := exempt_kinds(account.options))}
    return sum(_suppress_chunk(chunk, exempt, actor) for chunk in in_chunks(numbers))


@transaction.atomic
def _suppress_chunk(numbers: list[str], exempt: Mapping[int, frozenset[str]], actor: Any) -> int:
    rows = Message.objects.filter(recipient__in=numbers)
    # What is being marked at this moment is locked, and on its way.
    unmarked = locked(rows.filter(status=Status.SENDING, attempted_at=None))
    waiting = locked_for_update(rows.filter(status=Status.QUEUED))
    columns = ("pk", "doubtful_since", "account_id", "kind")
    found = [*unmarked.values_list(*columns), *waiting.values_list(*columns)]
    meant = {pk: since for pk, since, account, kind in found if kind not in exempt.get(account, ())}
    stopped = _without_exceptions(meant)
    open_rows = Q(pk__in=stopped) & (Q(status=Status.QUEUED) | Q(status=Status.SENDING, attempted_at=None))
    _doubt(open_rows & ~Q(doubtful_since=None), [pk for pk, since in stopped.items() if since], actor)
    return _suppress(open_rows & Q(doubtful_since=None), [pk for pk, since in stopped.items() if not since], actor)


def _suppress(which: Q, ids: list[int], actor: Any = None) -> int:
    return _end(which, ids, actor, Status.SUPPRESSED, OPTED_OUT, finished_at=Now(), attempted_at=None)


def _doubt(which: Q, ids: list[int], actor: Any = None) -> int:
    return _end(which, ids, actor, Status.UNCERTAIN, MAYBE_GONE)


def _end(which: Q, ids: list[int], actor: Any, status: Status, text: str, **columns: Any) -> int:
    if not ids:
        return 0
    count = Message.objects.filter(which).update(status=status, error_text=text, claim_id=None, **columns)
    source = MessageEvent.Source.STAFF if actor is not None else MessageEvent.Source.SYSTEM
    write_events(ids, status=status, text=text, source=source, actor=actor)
    return count
