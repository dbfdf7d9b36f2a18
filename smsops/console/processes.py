"""The processes of `make run` under honcho: started together, announced once all answer, ended together."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import honcho.manager
import honcho.printer
import requests
from django.conf import settings
from kombu.exceptions import OperationalError

from smsops.celery import answer

# Seconds that a process has for ending by itself; a worker first settles what is on the wire.
honcho.manager.KILL_WAIT = 40
# Seconds between two looks, and until those who do not answer are named.
LOOK_EVERY = 0.3
PATIENCE = 60


def commands(port: int, sandbox_port: int) -> dict[str, list[str]]:
    """Name → command line of each process."""
    python, var = sys.executable, settings.SMSOPS_VAR
    config = str(Path(__file__).parent.parent / "gunicorn.py")
    celery = [python, "-m", "celery", "--quiet", "-A", "smsops"]
    return {
        "web": [python, "-m", "gunicorn", "smsops.wsgi", "--config", config, "--bind", f"127.0.0.1:{port}"],
        "worker": [*celery, "worker", "-P", "threads", "-c", "8", "-Q", "send,quick,long", "-l", "INFO"],
        "beat": [*celery, "beat", "--pidfile", "", "-s", str(var / "beat-schedule"), "-l", "WARNING"],
        "sandbox": [python, "manage.py", "sandbox", "--port", str(sandbox_port)],
    }


class Printer(honcho.printer.Printer):
    """A reader that went away (`make run | head`) must not keep the processes from being ended."""

    def write(self, message: Any) -> None:
        with suppress(OSError):
            super().write(message)


class Manager(honcho.manager.Manager):
    """Honcho's, with two gaps closed: a signal while processes are still starting, and a closed terminal."""

    def __init__(self, on_started: Callable[[], None]) -> None:
        super().__init__(Printer(sys.stdout))
        self.on_started = on_started

    def _start(self) -> None:
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        super()._start()
        threading.Thread(target=self.on_started, daemon=True).start()

    def terminate(self) -> None:
        """Honcho ends what it knows the process id of; until it knows all of them, ask again."""
        if self._all_started():
            super().terminate()
        else:
            again = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM))
            again.daemon = True
            again.start()


def run(processes: dict[str, list[str]], on_started: Callable[[], None]) -> int:
    """Run all until one ends or a signal comes; then end all. Returns 0 where a signal ended it."""
    manager = Manager(on_started)
    for name, command in processes.items():
        manager.add_process(name, "exec " + shlex.join(command))
    try:
        manager.loop()
    finally:
        manager.kill()
    asked_to_end = {128 + signal.SIGINT, 128 + signal.SIGTERM}
    return 0 if manager.returncode in asked_to_end else int(manager.returncode or 1)


def wait_until_all_answer(port: int, sandbox_port: int, on_delay: Callable[[list[str]], None]) -> None:
    """Return once web, worker and sandbox have answered; name the missing ones now and then."""
    missing: dict[str, Callable[[], Any]] = {
        "web": lambda: _answers(f"http://127.0.0.1:{port}/healthz"),
        "sandbox": lambda: _answers(f"http://127.0.0.1:{sandbox_port}/_sandbox/health"),
        "worker": WorkerSign(),
    }
    started = time.monotonic()
    while missing := {name: sign for name, sign in missing.items() if not sign()}:
        if time.monotonic() - started > PATIENCE:
            on_delay(list(missing))
            started = time.monotonic()
        time.sleep(LOOK_EVERY)


def _answers(url: str) -> bool:
    try:
        return bool(requests.get(url, timeout=2).ok)
    except requests.RequestException:
        return False


class WorkerSign:
    """The worker's sign is a task done: it touches a file."""

    def __init__(self) -> None:
        self.path = settings.SMSOPS_VAR / "worker_answer"
        self.path.unlink(missing_ok=True)
        self.is_asked = False

    def __call__(self) -> Any:
        if not self.is_asked:
            try:
                answer.apply_async(expires=600)
            except OperationalError:
                return False
            self.is_asked = True
        return self.path.exists()
