"""The threads that talk to a provider. They know no database: batches come in, answers go out."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue

from django.utils.translation import gettext_noop

from providers.base import Provider
from providers.errors import AccountRefused, NotSent, ProviderError, RateLimited, Uncertain
from providers.transport import CallRecord
from providers.types import SubmitResult
from smsops.messaging.sending.batches import Pair

logger = logging.getLogger(__name__)

# How long an answer may lie before it is settled, for the company of others.
LINGER_SECONDS = 0.05
# The account form allows as many; a row written by other hands may say more.
MOST_LANES = 100


def clock() -> float:
    """Seconds that go on while the process, or the whole machine, is stopped."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(slots=True)
class Answer:
    """What came back for one batch: results in order, or the error that stands for all of them.

    `was_dropped`: the batch never went on the wire, since the run was halted or its mark had grown too old.
    """

    batch: list[Pair]
    results: list[SubmitResult] = field(default_factory=list)
    error: ProviderError | None = None
    was_dropped: bool = False
    records: list[CallRecord] = field(default_factory=list)


class Lanes:
    """`size` threads, each with a kept-alive connection of its own; answers are handed back `together` at a time,
    or as many as there are when the threads have nothing left to do or the first has lain for long."""

    def __init__(
        self, *, open_provider: Callable[[], Provider], size: int, half_lease: float, together: int = 1
    ) -> None:
        self._half_lease = half_lease
        self._together = together
        self._open_provider = open_provider
        self._batches: SimpleQueue[tuple[float, list[Pair]] | None] = SimpleQueue()
        self._answers: deque[Answer] = deque()
        self._ready = threading.Event()
        self.halted = threading.Event()
        self.under_way = 0
        self._threads: list[threading.Thread] = []
        for _ in range(min(size, MOST_LANES)):
            self._start_thread()

    def _start_thread(self) -> None:
        """One lane fewer where the machine has no thread left; without any at all nothing has been sent yet."""
        thread = threading.Thread(target=self._work, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            if not self._threads:
                raise
            logger.warning("no more threads: %s lanes instead", len(self._threads))
            return
        self._threads.append(thread)

    def submit(self, batch: list[Pair], *, marked_at: float) -> None:
        self.under_way += 1
        self._batches.put((marked_at, batch))

    def collect(self, *, timeout: float) -> list[Answer]:
        """Wait for answers, then take all that are there; empty when none came in time."""
        self._ready.wait(min(timeout, LINGER_SECONDS))
        self._ready.clear()
        answers = [self._answers.popleft() for _ in range(len(self._answers))]
        self.under_way -= len(answers)
        return answers

    def close(self) -> None:
        for _ in self._threads:
            self._batches.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        provider = self._open_provider()
        while (item := self._batches.get()) is not None:
            marked_at, batch = item
            # Given to another worker meanwhile, perhaps: a process that was stopped must not go on where it was.
            if self.halted.is_set() or clock() - marked_at > self._half_lease:
                self._hand_back(Answer(batch, was_dropped=True))
            else:
                self._hand_back(self._submit(provider, batch))
        provider.close()

    def _hand_back(self, answer: Answer) -> None:
        """Without waking the main thread for each: it would take the interpreter from the lanes every time."""
        self._answers.append(answer)
        if len(self._answers) >= self._together or self._batches.empty():
            self._ready.set()

    def _submit(self, provider: Provider, batch: list[Pair]) -> Answer:
        answer = Answer(batch)
        try:
            answer.results = provider.submit([message for _, message in batch])
        except ProviderError as error:
            answer.error = error
        except Exception:
            logger.exception("submission failed unexpectedly", extra={"account": provider.config.name})
            answer.error = self._unexpected(provider)
        if _concerns_account(answer):
            self.halted.set()
        answer.records, provider.transport.records = provider.transport.records, []
        return answer

    @staticmethod
    def _unexpected(provider: Provider) -> ProviderError:
        """A fault of our own: without a call on record nothing can have gone out."""
        kind = Uncertain if provider.transport.records else NotSent
        return kind(gettext_noop("An unexpected error while sending; see the log."))


def _concerns_account(answer: Answer) -> bool:
    """Whether the next message would fare no better."""
    if isinstance(answer.error, NotSent | AccountRefused | RateLimited):
        return True
    return any(result.account_refusal for result in answer.results)
