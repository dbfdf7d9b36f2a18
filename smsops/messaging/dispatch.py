"""Claim → mark → submit → settle: the only place that calls an adapter to send.

One `Dispatcher` runs an account in one process for some seconds. The main thread touches the database, and where
batches are large two more settle beside it; the lanes do the HTTP. No transaction is open during a call.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator

from django.db import connection
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
from smsops.messaging.opt_outs import stop_claimed_surely
from smsops.messaging.outbox import get_outbox
from smsops.messaging.sending import hotpath, queue
from smsops.messaging.sending.batches import Pair, make_batches
from smsops.messaging.sending.beside import Beside
from smsops.messaging.sending.hotpath import Settlement
from smsops.messaging.sending.lanes import MOST_LANES, Answer, Lanes, clock
from smsops.messaging.sending.lease import lease_seconds
from smsops.messaging.sending.settling import Settler
from smsops.messaging.sending.verdicts import is_plain, why_not_again
from smsops.messaging.status import Status

CLAIM_SECONDS = 5
CLAIM_ROWS = 1000
BURST_SECONDS = 0.25
POLL_SECONDS = 0.5
# A settle waits for the disk half of its time.
SETTLING_THREADS = 2

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
        self.size = 1 if limit else min(account.max_connections, MOST_LANES)
        self.window = 1 if limit else self.size * (4 if self.provider.capabilities.max_batch == 1 else 1)
        self.claim_id = uuid.uuid4()
        self.settler = Settler(account, self.provider, self.claim_id)
        # Where every batch takes whatever comes, one claim is one batch, and claiming may mark it as well.
        packets = self.provider.capabilities.max_batch > 1 and not self.provider.capabilities.batch_shares_text
        self.marks_on_claim = packets and not self.rate and connection.vendor == "postgresql"
        # A transaction of the caller's would be invisible to another connection.
        is_on = self.marks_on_claim and not limit and not connection.in_atomic_block
        self.beside = Beside(threads=SETTLING_THREADS if is_on else 0)
        self.batches: deque[list[Pair]] = deque()
        self.marked_at = 0.0
        self.is_exhausted = False
        self.is_over = False

    def run(self) -> int:
        together = max(1, self.window // 4) if self.window > self.size else 1
        open_provider, half_lease = self.account.open_provider, self.half_lease
        self.lanes = Lanes(open_provider=open_provider, size=self.size, half_lease=half_lease, together=together)
        try:
            while self._goes_on():
                self._settle(self.lanes.collect(timeout=self._patience()))
        finally:
            self._drain()
            self.beside.close()
            self._give_back()
            queue.release(claim_id=self.claim_id)
            self.lanes.close()
            self.settler.finish()
        return self.settler.settled

    def _goes_on(self) -> bool:
        """Keep the lanes busy; False when there is nothing under way and nothing more to do."""
        if not self._should_end():
            if self._may_claim():
                self._claim()
            if self.batches:
                self._fill()
        return self.lanes.under_way > 0 or not (self._should_end() or (self.is_exhausted and not self.batches))

    def _patience(self) -> float:
        """Seconds to wait for an answer: none while there is more to claim."""
        if not self.lanes.under_way:
            self.beside.wait()
        return 0 if not self.lanes.under_way or self._may_claim() else POLL_SECONDS

    def _may_claim(self) -> bool:
        return not self.batches and not self.is_exhausted and self._room() > 0

    def _room(self) -> int:
        return self.window - self.lanes.under_way - self.beside.load

    def _should_end(self) -> bool:
        return (
            self.is_over
            or stopping.is_set()
            or self.lanes.halted.is_set()
            or time.monotonic() >= self.ends_at
            or (self.limit is not None and self.settler.settled >= self.limit)
        )

    # --- claim -------------------------------------------------------------------------------------------------

    def _claim(self) -> None:
        """Take the next rows; at most five seconds of the account's rate."""
        most = min(CLAIM_ROWS, max(1, int(self.rate * CLAIM_SECONDS))) if self.rate else CLAIM_ROWS
        self.marked_at = clock()
        rows = queue.claim(
            account_id=self.account.pk, limit=self.limit or most, claim_id=self.claim_id, is_marked=self.marks_on_claim
        )
        self.is_exhausted = not rows or self.limit is not None
        self.batches.extend(self._batches(self._sendable(rows)))

    def _batches(self, pairs: list[Pair]) -> Iterator[list[Pair]]:
        most = max(1, int(self.rate * CLAIM_SECONDS)) if self.rate else len(pairs)
        return make_batches(pairs, capabilities=self.provider.capabilities, most=1 if self.limit else most)

    def _sendable(self, rows: list[queue.QueuedRow]) -> list[Pair]:
        """Refuse before the wire what the account cannot carry, or what may not be submitted again."""
        pairs, endings, now = [], [], timezone.now()
        capabilities = self.provider.capabilities
        stopped = stop_claimed_surely(account=self.account, claim_id=self.claim_id, rows=rows)
        for row in rows:
            message = row.outbound()
            if row.id in stopped:
                continue
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

    def _fill(self) -> None:
        """Mark the next batches, at the account's rate, and hand them to the lanes."""
        room = self._room()
        # Few larger marks are cheaper than many small ones.
        if room <= 0 or (self.lanes.under_way and room < min(self.window // 4, len(self.batches))):
            return
        chosen = [self.batches.popleft() for _ in range(min(room, len(self.batches), self._burst()))]
        if self.rate and not self._wait_for_slots(sum(map(len, chosen))):
            self.is_over = True
            return
        if not self.marks_on_claim:
            self.marked_at = clock()
            chosen = self._mark(chosen)
        for batch in chosen:
            self.lanes.submit(batch, marked_at=self.marked_at)

    def _mark(self, chosen: list[list[Pair]]) -> list[list[Pair]]:
        """What of these batches may go on the wire."""
        ids = [row.id for batch in chosen for row, _ in batch]
        marked = hotpath.mark(ids=ids, claim_id=self.claim_id, half_lease=self.half_lease)
        # Something was paused, held or recovered: look again before claiming more.
        self.is_over = self.is_over or len(marked) < len(ids)
        kept = ([pair for pair in batch if pair[0].id in marked] for batch in chosen)
        return [batch for batch in kept if batch]

    def _burst(self) -> int:
        """How many batches may leave at once, so that a window is never marked long before its time."""
        if not self.rate:
            return self.window
        return max(1, int(self.rate * BURST_SECONDS / len(self.batches[0])))

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

    def _give_back(self) -> None:
        """Marked by the claim and never handed to a lane: certainly not sent."""
        if self.batches and self.marks_on_claim:
            self.settler.settle([Answer(batch, was_dropped=True) for batch in self.batches])

    def _settle(self, answers: list[Answer]) -> None:
        if not answers:
            return
        if all(is_plain(answer) for answer in answers):
            self.beside.run(lambda: self.settler.settle(answers), load=len(answers))
            return
        # What it says of the account comes before anything else is sent.
        self.beside.wait()
        self.settler.settle(answers)
        if self.settler.is_silent:
            self.lanes.halted.set()
