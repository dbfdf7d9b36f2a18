"""Claim → mark → submit → settle: the only place that calls an adapter to send.

One `Dispatcher` runs an account in one process for some seconds. The main thread alone touches the database; the
lanes do the HTTP. No transaction is open during a call.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from providers.calls import CallBook
from providers.encryption import UnreadableCredentials
from providers.errors import AccountRefused, NotSent, ProviderError, RateLimited, Uncertain
from providers.fit import why_not
from providers.health import (
    ensure_health,
    hold_account,
    may_send,
    note_readable,
    note_uncertain,
    take_probe,
    take_slots,
)
from providers.models import Account
from providers.services import suspend_account
from smsops.messaging import hotpath, queue
from smsops.messaging.batches import Pair, make_batches
from smsops.messaging.delivery import match_pending
from smsops.messaging.hotpath import Settlement
from smsops.messaging.lanes import Answer, Lanes, clock
from smsops.messaging.lease import lease_seconds
from smsops.messaging.outbox import get_outbox
from smsops.messaging.status import Status
from smsops.messaging.verdicts import is_plain, is_unclear, settle_answer, why_not_again

logger = logging.getLogger(__name__)

CLAIM_SECONDS = 5
CLAIM_ROWS = 1000
BURST_SECONDS = 0.25
POLL_SECONDS = 0.5
SETTLE_RETRY_SECONDS = 1.0
BOOK_SECONDS = 5
MATCH_SECONDS = 0.5

# Set when the process is asked to end: runs settle what is on the wire and give the rest back.
stopping = threading.Event()
_running: dict[int, threading.Lock] = {}
_running_guard = threading.Lock()


def dispatch_account(*, account_id: int, seconds: float = 15, limit: int | None = None) -> int:
    """Send what is due for one account, for at most `seconds`; one run per account and process.

    Returns how many messages were settled. `limit` caps the number sent (a probe sends one).
    """
    with _running_guard:
        lock = _running.setdefault(account_id, threading.Lock())
    if not lock.acquire(blocking=False):
        return 0
    try:
        return _dispatch(account_id, seconds, limit)
    finally:
        lock.release()


def _dispatch(account_id: int, seconds: float, limit: int | None) -> int:
    account = Account.objects.sending().filter(pk=account_id).first()
    if account is None or get_outbox().held_since is not None:
        return 0
    try:
        provider = account.open_provider()
    except UnreadableCredentials as error:
        suspend_account(account_id=account_id, reason=str(error))
        return 0
    if ensure_health(account_id).is_silent:
        return _probe(account, seconds)
    if not may_send(account_id):
        return 0
    return Dispatcher(account, seconds=seconds, limit=limit).run() if provider else 0


def _probe(account: Account, seconds: float) -> int:
    """One harmless call (else one message) a minute to a silent provider; a readable answer lifts the hold."""
    if not take_probe(account.pk):
        return 0
    provider = account.open_provider()
    if not provider.capabilities.check:
        return Dispatcher(account, seconds=seconds, limit=1).run()
    try:
        provider.check()
    except (NotSent, Uncertain):
        return 0
    except AccountRefused as error:
        suspend_account(account_id=account.pk, reason=error.message)
    except ProviderError:
        pass
    finally:
        provider.close()
    note_readable(account.pk)
    return 0


class Dispatcher:
    """One run of one account. `limit` None means as many as the time allows."""

    def __init__(self, account: Account, *, seconds: float, limit: int | None) -> None:
        self.account = account
        self.limit = limit
        self.ends_at = time.monotonic() + seconds
        self.half_lease = lease_seconds(account.timeout_seconds) / 2
        self.provider = account.open_provider()
        self.rate = account.messages_per_second
        self.size = 1 if limit else account.max_connections
        self.window = 1 if limit else self.size * (4 if self.provider.capabilities.max_batch == 1 else 1)
        self.claim_id = uuid.uuid4()
        self.book = CallBook(account.pk)
        self.book_due = time.monotonic() + BOOK_SECONDS
        self.told_ids: list[str] = []
        self.match_due = 0.0
        self.settled = 0
        self.is_over = False

    def run(self) -> int:
        open_provider = self.account.open_provider
        self.account.config()
        together = max(1, self.window // 4) if self.window > self.size else 1
        self.lanes = Lanes(open_provider=open_provider, size=self.size, half_lease=self.half_lease, together=together)
        try:
            while not self._should_end() and (rows := self._claim()):
                self._send(rows)
        finally:
            self._drain()
            queue.release(claim_id=self.claim_id)
            self.lanes.close()
            self._match_pending()
            self.book.write()
        return self.settled

    def _should_end(self) -> bool:
        return (
            self.is_over
            or stopping.is_set()
            or self.lanes.halted.is_set()
            or time.monotonic() >= self.ends_at
            or (self.limit is not None and self.settled >= self.limit)
        )

    # --- claim -------------------------------------------------------------------------------------------------

    def _claim(self) -> list[queue.QueuedRow]:
        """The next rows; at most five seconds of the account's rate."""
        most = CLAIM_ROWS * (self.size if self.provider.capabilities.max_batch > 1 else 1)
        if self.rate:
            most = min(most, max(1, int(self.rate * CLAIM_SECONDS)))
        return queue.claim(account_id=self.account.pk, limit=self.limit or most, claim_id=self.claim_id)

    def _send(self, rows: list[queue.QueuedRow]) -> None:
        """Send a claim through the lanes, never more than the window marked and unsettled."""
        batches = deque(self._batches(self._sendable(rows)))
        while (batches and not self._should_end()) or self.lanes.under_way:
            if batches and not self._should_end():
                self._fill(batches)
            if self.lanes.under_way:
                self._settle(self.lanes.collect(timeout=POLL_SECONDS))
        queue.release(claim_id=self.claim_id)

    def _batches(self, pairs: list[Pair]) -> Iterator[list[Pair]]:
        most = max(1, int(self.rate * CLAIM_SECONDS)) if self.rate else len(pairs)
        return make_batches(pairs, capabilities=self.provider.capabilities, most=1 if self.limit else most)

    def _sendable(self, rows: list[queue.QueuedRow]) -> list[Pair]:
        """Refuse before the wire what the account cannot carry, or what may not be submitted again."""
        pairs, endings, now = [], [], timezone.now()
        capabilities = self.provider.capabilities
        for row in rows:
            message = row.outbound()
            if reason := why_not_again(row, message, self.provider, now):
                endings.append(Settlement(row.id, Status.UNCERTAIN, text=reason))
            elif reason := why_not(capabilities, message):
                failed = Status.UNCERTAIN if row.doubtful_since else Status.FAILED
                endings.append(Settlement(row.id, failed, text=reason))
            else:
                pairs.append((row, message))
        if endings:
            self._store(endings, [])
        return pairs

    # --- mark and submit ---------------------------------------------------------------------------------------

    def _fill(self, batches: deque[list[Pair]]) -> None:
        """Mark the next batches, at the account's rate, and hand them to the lanes."""
        room = self.window - self.lanes.under_way
        # Few larger marks are cheaper than many small ones.
        if room <= 0 or (self.lanes.under_way and room < min(self.window // 4, len(batches))):
            return
        chosen = [batches.popleft() for _ in range(min(room, len(batches), self._burst(batches[0])))]
        count = sum(len(batch) for batch in chosen)
        if self.rate and not self._wait_for_slots(count):
            return
        marked_at = clock()
        ids = [row.id for batch in chosen for row, _ in batch]
        marked = hotpath.mark(ids=ids, claim_id=self.claim_id, half_lease=self.half_lease)
        if len(marked) < len(ids):
            # Something was paused, held or recovered: look again before claiming more.
            self.is_over = True
        for batch in chosen:
            if kept := [pair for pair in batch if pair[0].id in marked]:
                self.lanes.submit(kept, marked_at=marked_at)

    def _burst(self, first: list[Pair]) -> int:
        """How many batches may leave at once, so that a window is never marked long before its time."""
        if not self.rate:
            return self.window
        return max(1, int(self.rate * BURST_SECONDS / len(first)))

    def _wait_for_slots(self, count: int) -> bool:
        """Wait for the account's next slots; False when the process is asked to end meanwhile."""
        leaves_at = time.monotonic() + take_slots(
            account_id=self.account.pk, count=count, per_second=self.rate or float("inf")
        )
        while (left := leaves_at - time.monotonic()) > 0:
            if stopping.wait(0 if self.lanes.under_way else min(left, POLL_SECONDS)):
                return False
            if self.lanes.under_way:
                self._settle(self.lanes.collect(timeout=min(left, POLL_SECONDS)))
            if self.lanes.halted.is_set():
                return False
        return True

    # --- settle ------------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        while self.lanes.under_way:
            self._settle(self.lanes.collect(timeout=POLL_SECONDS))

    def _settle(self, answers: list[Answer]) -> None:
        if not answers:
            return
        refusing = next((answer for answer in answers if _account_refusal(answer)), None)
        settlements = [
            settlement
            for answer in answers
            for settlement in settle_answer(answer, provider=self.provider, suspends=answer is refusing)
        ]
        self._store(settlements, answers)
        self.settled += len(settlements)
        for answer in answers:
            self.book.add(answer.records, is_plain=is_plain(answer))
        self._look_around()

    def _store(self, settlements: list[Settlement], answers: list[Answer]) -> None:
        """Repeated while the process lives: a settle may be, a submission never."""
        while not self._try_to_store(settlements, answers):
            connection.close()
            time.sleep(SETTLE_RETRY_SECONDS)
        self.told_ids += [each.provider_message_id for each in settlements if each.provider_message_id]

    def _try_to_store(self, settlements: list[Settlement], answers: list[Answer]) -> bool:
        """Whether it is settled; False when the database was out of reach."""
        try:
            with _one_transaction(answers):
                is_troubled = self._settle_rows(settlements)
                self._note_account(answers, is_troubled=is_troubled)
        except (OperationalError, InterfaceError):
            logger.exception("settling failed; trying again", extra={"account": self.account.name})
            return False
        except DatabaseError:
            logger.exception("settling was refused; row by row", extra={"account": self.account.name})
            hotpath.settle_singly(claim_id=self.claim_id, settlements=settlements)
            self._note_account(answers, is_troubled=True)
        return True

    def _settle_rows(self, settlements: list[Settlement]) -> bool:
        return hotpath.settle(account_id=self.account.pk, claim_id=self.claim_id, settlements=settlements)

    def _note_account(self, answers: list[Answer], *, is_troubled: bool) -> None:
        """What the answers say of the account: suspended, held, silent, or well."""
        for answer in answers:
            if answer.was_dropped:
                continue
            if refusal := _account_refusal(answer):
                suspend_account(account_id=self.account.pk, reason=refusal)
            elif isinstance(answer.error, NotSent):
                hold_account(account_id=self.account.pk, reason=answer.error.message)
            elif isinstance(answer.error, RateLimited):
                hold_account(account_id=self.account.pk, reason=answer.error.message, seconds=answer.error.retry_after)
        heard = [
            answer
            for answer in answers
            if not answer.was_dropped and not isinstance(answer.error, NotSent | RateLimited)
        ]
        unclear = sum(is_unclear(answer) for answer in heard)
        if unclear < len(heard):
            if is_troubled:
                note_readable(self.account.pk)
        elif unclear and note_uncertain(account_id=self.account.pk, count=unclear):
            self.lanes.halted.set()

    def _look_around(self) -> None:
        """What need not be done for each settle."""
        now = time.monotonic()
        if now >= self.match_due:
            self._match_pending()
            self.match_due = now + MATCH_SECONDS
        if now >= self.book_due:
            self.book.write_telling()
            self.book_due = now + BOOK_SECONDS

    def _match_pending(self) -> None:
        """Reports that came before their message was settled."""
        ids, self.told_ids = self.told_ids, []
        match_pending(account=self.account, provider_message_ids=ids)


def _one_transaction(answers: list[Answer]) -> AbstractContextManager[None]:
    """What the answers say of the account is stored with the rows; plain ones are one statement on PostgreSQL."""
    if connection.vendor == "postgresql" and all(is_plain(answer) for answer in answers):
        return nullcontext()
    return transaction.atomic()


def _account_refusal(answer: Answer) -> str:
    """Why the account must stop, in words; "" when it need not."""
    if isinstance(answer.error, AccountRefused):
        return " ".join(filter(None, (answer.error.message, answer.error.code and f"({answer.error.code})")))
    refused = next((result for result in answer.results if result.account_refusal), None)
    return " ".join(filter(None, (refused.code, refused.text))) or "refused" if refused else ""
