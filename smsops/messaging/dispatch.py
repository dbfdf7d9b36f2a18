"""Claim → mark → submit → settle: the only place that calls an adapter to send.

One `Dispatcher` runs an account in one process for some seconds. The main thread alone touches the database; the
lanes do the HTTP. No transaction is open during a call.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator

from django.utils import timezone

from providers.asking import asking
from providers.encryption import UnreadableCredentials
from providers.errors import NotSent, ProviderError, Uncertain
from providers.fit import why_not
from providers.health import (
    ensure_health,
    may_send,
    note_readable,
    take_probe,
    take_slots,
)
from providers.models import Account
from providers.services import suspend_account
from smsops.messaging import hotpath, queue
from smsops.messaging.batches import Pair, make_batches
from smsops.messaging.hotpath import Settlement
from smsops.messaging.lanes import Answer, Lanes, clock
from smsops.messaging.lease import lease_seconds
from smsops.messaging.outbox import get_outbox
from smsops.messaging.settling import Settler
from smsops.messaging.status import Status
from smsops.messaging.verdicts import why_not_again

CLAIM_SECONDS = 5
CLAIM_ROWS = 1000
BURST_SECONDS = 0.25
POLL_SECONDS = 0.5

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
        account.config()
    except UnreadableCredentials as error:
        suspend_account(account_id=account_id, reason=str(error))
        return 0
    if ensure_health(account_id).is_silent:
        return _probe(account, seconds)
    if not may_send(account_id):
        return 0
    return Dispatcher(account, seconds=seconds, limit=limit).run()


def _probe(account: Account, seconds: float) -> int:
    """One harmless call (else one message) a minute to a silent provider; a readable answer lifts the hold."""
    if not take_probe(account.pk):
        return 0
    if not account.adapter.capabilities_for(account.options).check:
        return Dispatcher(account, seconds=seconds, limit=1).run()
    try:
        with asking(account) as provider:
            provider.check()
    except (NotSent, Uncertain):
        return 0
    except ProviderError:
        # Readable, if unwelcome: it answers again.
        pass
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
        self.settler = Settler(account, self.provider, self.claim_id)
        self.is_over = False

    def run(self) -> int:
        open_provider = self.account.open_provider
        together = max(1, self.window // 4) if self.window > self.size else 1
        self.lanes = Lanes(open_provider=open_provider, size=self.size, half_lease=self.half_lease, together=together)
        try:
            while not self._should_end() and (rows := self._claim()):
                self._send(rows)
        finally:
            self._drain()
            queue.release(claim_id=self.claim_id)
            self.lanes.close()
            self.settler.finish()
        return self.settler.settled

    def _should_end(self) -> bool:
        return (
            self.is_over
            or stopping.is_set()
            or self.lanes.halted.is_set()
            or time.monotonic() >= self.ends_at
            or (self.limit is not None and self.settler.settled >= self.limit)
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
            self.settler.store(endings, [])
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
        self.settler.settle(answers)
        if self.settler.is_silent:
            self.lanes.halted.set()
