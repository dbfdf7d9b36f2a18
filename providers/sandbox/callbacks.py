"""The courier: reports and inbound messages leave the sandbox here, a little later than they happened.

A message's reports go one after the other, never side by side, so that their order is what its outcome says.
Whatever is answered by anything but 200, or not at all, is tried again a few times.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import urllib3

from providers.sandbox.outcomes import DELIVERED_STEPS, REPORT_STEPS, Step
from providers.sandbox.state import CallbackRecord, Inbound, Kind, Message, Report, State
from providers.sandbox.wire import Outgoing
from providers.types import ReportStatus

if TYPE_CHECKING:
    from providers.sandbox.desk import Desk

WORKERS = 4
CALL_TIMEOUT = urllib3.Timeout(connect=2, read=10)
UrlFinder = Callable[["Desk", Kind, Message | None], str]


@dataclass(slots=True)
class Job:
    """One callback that is due at `due` (monotonic seconds), and the reports of the same message after it."""

    desk: Desk
    kind: Kind
    item: Report | Inbound
    due: float
    then: tuple[Step, ...] = ()
    attempt: int = 1

    @property
    def message(self) -> Message | None:
        return self.item.message if isinstance(self.item, Report) else None

    @property
    def envelope(self) -> tuple[object, ...]:
        """What jobs must have in common to travel in one call."""
        draft = self.message.draft if self.message else None
        return (self.desk, self.kind, self.attempt, draft and (draft.username, draft.callback_url))


class Courier:
    """A heap of jobs and a few threads that work it off."""

    def __init__(self, state: State, *, delay: float, retries: Sequence[float], find_url: UrlFinder) -> None:
        self._state = state
        self._delay = delay
        self._retries = tuple(retries)
        self._find_url = find_url
        self._jobs: list[tuple[float, int, Job]] = []
        self._serial = itertools.count()
        self._changed = threading.Condition()
        self._busy = 0
        self._running = False
        self._threads: list[threading.Thread] = []
        self._pool = urllib3.PoolManager(maxsize=WORKERS, retries=False, timeout=CALL_TIMEOUT)

    def start(self) -> None:
        self._running = True
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(WORKERS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        with self._changed:
            self._running = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=1)
        self._pool.clear()

    def clear(self) -> None:
        """Forget every callback that has not left yet."""
        with self._changed:
            self._jobs.clear()
            self._changed.notify_all()

    def wait_idle(self, timeout: float) -> bool:
        """Wait until no callback is left; False where `timeout` seconds were not enough."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._jobs and not self._busy, timeout)

    def plan_reports(self, desk: Desk, message: Message) -> None:
        """Put the reports of a message that has just been taken on the timetable."""
        steps = REPORT_STEPS.get(message.outcome, DELIVERED_STEPS)
        wait = 0.0
        if message.draft.scheduled_for is not None:
            wait = max(0.0, (message.draft.scheduled_for - datetime.now(UTC)).total_seconds())
        if wait and desk.announces_schedule:
            self._put(Job(desk, "reports", Report(message, ReportStatus.NOTHING_NEW), time.monotonic()))
        self._put_step(desk, message, steps, wait)

    def report_now(self, desk: Desk, message: Message) -> None:
        """Send the first report in this very thread, before the answer to the send is written."""
        for _delay, status in REPORT_STEPS[message.outcome]:
            self._fire([Job(desk, "reports", Report(message, status), time.monotonic())])

    def push_inbound(self, desk: Desk, inbound: Inbound) -> None:
        self._put(Job(desk, "inbox", inbound, time.monotonic()))

    def _put_step(self, desk: Desk, message: Message, steps: tuple[Step, ...], wait: float = 0) -> None:
        if steps:
            (factor, status), *rest = steps
            due = time.monotonic() + wait + factor * self._delay
            self._put(Job(desk, "reports", Report(message, status), due, tuple(rest)))

    def _put(self, job: Job) -> None:
        with self._changed:
            heapq.heappush(self._jobs, (job.due, next(self._serial), job))
            self._changed.notify()

    def _work(self) -> None:
        while batch := self._take():
            try:
                self._fire(batch)
                self._continue(batch)
            finally:
                with self._changed:
                    self._busy -= 1
                    self._changed.notify_all()

    def _take(self) -> list[Job]:
        """Wait for the next job that is due and take those that may travel with it; empty when we stop."""
        with self._changed:
            while self._running:
                wait = self._jobs[0][0] - time.monotonic() if self._jobs else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                self._busy += 1
                return self._pop_batch()
        return []

    def _pop_batch(self) -> list[Job]:
        batch = [heapq.heappop(self._jobs)[2]]
        first = batch[0]
        limit = first.desk.report_batch if first.kind == "reports" else 1
        while len(batch) < limit and self._jobs and self._jobs[0][0] <= time.monotonic():
            if self._jobs[0][2].envelope != first.envelope:
                break
            batch.append(heapq.heappop(self._jobs)[2])
        return batch

    def _fire(self, batch: list[Job]) -> None:
        """Make one call for a batch; what fails goes back on the timetable."""
        settle_status(batch)
        first = batch[0]
        url = self._find_url(first.desk, first.kind, first.message)
        if not url:
            return
        status = self._call(write_call(url, batch))
        ids = tuple(id_of(job.item) for job in batch)
        at = datetime.now(UTC).isoformat()
        self._state.add_callback(CallbackRecord(first.desk.slug, first.kind, ids, status, first.attempt, at))
        if status != 200 and first.attempt <= len(self._retries):
            self._try_again(batch)

    def _try_again(self, batch: list[Job]) -> None:
        for job in batch:
            due = time.monotonic() + self._retries[job.attempt - 1]
            self._put(Job(job.desk, job.kind, job.item, due, job.then, job.attempt + 1))
            job.then = ()

    def _continue(self, batch: list[Job]) -> None:
        for job in batch:
            if isinstance(job.item, Report):
                self._put_step(job.desk, job.item.message, job.then)

    def _call(self, call: Outgoing) -> int:
        """The HTTP status of one call, 0 where no answer came."""
        headers = {"Content-Type": call.content_type} if call.content_type else {}
        try:
            reply = self._pool.request(call.method, call.url, body=call.body or None, headers=headers, redirect=False)
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            return 0
        return reply.status


def settle_status(batch: list[Job]) -> None:
    """Let a poll see what the reports say; a stale report does not undo a final one."""
    for job in batch:
        if isinstance(job.item, Report) and job.item.message.status in (ReportStatus.NOTHING_NEW, ReportStatus.SENT):
            job.item.message.status = job.item.status


def write_call(url: str, batch: list[Job]) -> Outgoing:
    first = batch[0]
    if isinstance(first.item, Inbound):
        return first.desk.write_inbound(url, first.item)
    return first.desk.write_reports(url, [job.item for job in batch if isinstance(job.item, Report)])


def id_of(item: Report | Inbound) -> str:
    return item.message.id if isinstance(item, Report) else str(item.id)
