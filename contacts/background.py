"""Handing a task to a worker, from below the project: who publishes is told from above (`smsops.console`).

Until somebody is, nothing is published, and beat finds the work in the database.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Protocol

from django.db.models import QuerySet
from django.utils import timezone

# In seconds: what a page does before it answers, leaving the rest to a worker, and what a task does at a stretch.
AT_ONCE_SECONDS = 1.0
RUN_SECONDS = 12
LOST_AFTER = timedelta(seconds=40)


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


def wake(task: Any, at_work: QuerySet[Any]) -> None:
    """Begin again with rows whose task was lost: nobody has touched them for longer than it takes."""
    for pk in at_work.filter(touched_at__lt=timezone.now() - LOST_AFTER).values_list("pk", flat=True):
        publish(task, pk)
