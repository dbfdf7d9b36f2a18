"""Work beside the caller's: a second thread, and so a second database connection."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connections


class Beside:
    """Runs one job at a time beside the caller, or at once where `is_on` is false. `load` is the caller's figure for
    the job under way."""

    def __init__(self, *, is_on: bool) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1) if is_on else None
        self._job: Future[None] | None = None
        self._load = 0

    @property
    def load(self) -> int:
        return self._load if self._job is not None and not self._job.done() else 0

    def run(self, job: Callable[[], None], *, load: int) -> None:
        """Begin a job once the one before it has ended; what that one raised is raised here."""
        self.wait()
        if self._thread is None:
            return job()
        self._load = load
        self._job = self._thread.submit(job)
        return None

    def wait(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.result()

    def close(self) -> None:
        try:
            self.wait()
        finally:
            if self._thread is not None:
                self._thread.submit(connections.close_all)
                self._thread.shutdown()
