"""Real processes for tests: workers on the test's own database, killed, stopped and asked to end as in real life."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
DISPATCH = (
    "from smsops.messaging.dispatch import dispatch_account; dispatch_account(account_id={id}, seconds={seconds})"
)
SETUP = """
import signal, django; django.setup()
from smsops.messaging import dispatch
signal.signal(signal.SIGTERM, lambda *_: dispatch.stopping.set())
"""


def database_url() -> str:
    """The test's own database, as another process names it."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    host, port = settings["HOST"] or "127.0.0.1", settings["PORT"] or "5432"
    return f"postgres://{settings['USER']}:{settings['PASSWORD']}@{host}:{port}/{settings['NAME']}"


def start_python(code: str, **environment: str) -> subprocess.Popen:
    """A Python process with this product's settings on the test's database."""
    env = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "smsops.settings"} | environment
    return subprocess.Popen([sys.executable, "-c", SETUP + code], cwd=ROOT, env=env, stderr=subprocess.PIPE)


def start_worker(account, seconds=30) -> subprocess.Popen:
    """A worker process that runs one account; SIGTERM asks it to end."""
    return start_python(DISPATCH.format(id=account.pk, seconds=seconds))


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def end(process: subprocess.Popen, seconds=60) -> str:
    """Wait for a process to end by itself; returns what it wrote to stderr."""
    return process.communicate(timeout=seconds)[1].decode()


def await_true(condition, seconds=60):
    """Wait for a condition; the assertion is the caller's."""
    until = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < until:
        time.sleep(0.01)
    return met
