"""Handing a task to a worker, from below the project: who publishes is told from above (`smsops.console`).

Until somebody is, nothing is published, and beat finds the work in the database.
"""

from __future__ import annotations

from typing import Any, Protocol


class Publisher(Protocol):
    def __call__(self, task: Any, *args: Any) -> None: ...


class _Chosen:
    publisher: Publisher | None = None


def use_publisher(publisher: Publisher) -> None:
    _Chosen.publisher = publisher


def publish(task: Any, *args: Any) -> None:
    """Run `task(*args)` in a worker once the current transaction is committed."""
    if _Chosen.publisher is not None:
        _Chosen.publisher(task, *args)
