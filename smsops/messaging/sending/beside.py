"""Work beside the caller's: further threads, and so further database connections."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle

from django.db import connections

Job = Callable[[], None]


class Beside:
    """Runs as many jobs beside the caller as there are `threads`, or each at once where there are none. `load` is the
    sum of the caller's figures for the jobs under way."""

    def __init__(self, *, threads: int) -> None:
        # A pool for each, so that each can close its own connection in the end.
        self._threads = [ThreadPoolExecutor(max_workers=1) for _ in range(threads)]
        self._turns = cycle(self._threads)
        self._jobs: deque[tuple[Future[None], int]] = deque()

    @property
    def load(self) -> int:
        return sum(load for job, load in self._jobs if not job.done())

    def run(self, job: Job, *, load: int) -> None:
        """Begin a job, once a thread is free; what an earlier one raised is raised here."""
        if not self._threads:
            return job()
        while len(self._jobs) >= len(self._threads):
            self._end_oldest()
        self._jobs.append((next(self._turns).submit(job), load))
        return None

    def _end_oldest(self) -> None:
        job, _load = self._jobs.popleft()
        job.result()

    def wait(self) -> None:
        while self._jobs:
            self._end_oldest()

    def close(self) -> None:
        try:
            self.wait()
        finally:
            for thread in self._threads:
                thread.submit(connections.close_all)
                thread.shutdown()
