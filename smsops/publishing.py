"""Handing work to the queue's engine, so that a dead or silent engine delays nobody for more than two seconds.

A task that is lost here costs seconds: beat finds what is due in the database.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from typing import Any

from celery import Task
from django.conf import settings
from django.db import transaction
from kombu import Connection

from smsops.celery import AMQP, broker_scheme, transport_options

logger = logging.getLogger(__name__)

# Seconds for one wait on the socket; an idle connection that went silent, a new one and its first answer are three.
TIMEOUT = 0.6
# After a failure the engine is left alone for as many seconds, so that a page with many tasks waits once.
PAUSE = 5.0


class _Line(threading.local):
    """This thread's connection to the engine."""

    connection: Connection | None = None
    engine: tuple[object, ...] = ()


class _Pause:
    """Until when this process does not even try."""

    until = 0.0


_line = _Line()


def publish(task: Task, *args: Any, **options: Any) -> None:
    """Run `task(*args)` in a worker once the current transaction is committed; `options` as for `apply_async`.

    Never raises and never waits longer than two seconds: failure is logged.
    """

    def publish_now() -> None:
        _publish(task, args, options)

    transaction.on_commit(publish_now, robust=True)


def _publish(task: Task, args: tuple[Any, ...], options: dict[str, Any]) -> None:
    if time.monotonic() < _Pause.until:
        logger.warning("task %s left to beat: the broker failed a moment ago", task.name)
        return
    try:
        _send(task, args, options)
    except Exception as error:
        # Whatever the broker's library raises, the caller's page must not fail of it.
        _Pause.until = time.monotonic() + PAUSE
        logger.warning("task %s left to beat: the broker does not answer (%s)", task.name, type(error).__name__)


def _send(task: Task, args: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Once more over a new connection where the old one may have been closed while it lay idle."""
    if _line.engine != _engine():
        hang_up()
    if (kept := _line.connection) is not None:
        with suppress(Exception):
            return _send_over(kept, task, args, options)
    _send_over(_connect(), task, args, options)


def _send_over(connection: Connection, task: Task, args: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Keeps the connection for this thread's next task; a failed one is dropped without a farewell."""
    try:
        task.apply_async(args, connection=connection, retry=False, **options)
    except Exception:
        _line.connection = None
        connection.collect(TIMEOUT)
        raise
    _line.connection, _line.engine = connection, _engine()


def hang_up() -> None:
    """Close this thread's kept connection."""
    kept, _line.connection = _line.connection, None
    if kept is not None:
        with suppress(Exception):
            kept.release()


def _engine() -> tuple[object, ...]:
    """What a kept connection leads to: the engine, and the folder of the built-in one."""
    return settings.CELERY_BROKER_URL, settings.SMSOPS_VAR


def _connect() -> Connection:
    url = settings.CELERY_BROKER_URL
    options: dict[str, Any] = transport_options(url, TIMEOUT) | {"max_retries": 0}
    if broker_scheme(url) in AMQP:
        options |= {"read_timeout": TIMEOUT, "write_timeout": TIMEOUT}
    return Connection(url, connect_timeout=TIMEOUT, transport_options=options)
