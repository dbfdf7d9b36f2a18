"""Callbacks stored and applied, against a view that only answers, under the same gunicorn and the same middleware."""

import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from statistics import median

from tests.bench.bench_sending import rate
from tests.bench.processes import run_together, start
from tests.bench.rows import THREADS, empty_queue, make_account, queue_messages
from tests.processes import ROOT

CALLBACKS = 4_000


@contextmanager
def web_server():
    """gunicorn as in production, with one address more; its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--config", "smsops/gunicorn.py", "--bind", f"127.0.0.1:{port}", "--log-level", "error"]
    process = subprocess.Popen([sys.executable, "-m", "gunicorn", "tests.bench.wsgi", *options], cwd=ROOT)
    try:
        await_port(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def await_port(port, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise RuntimeError("gunicorn did not start")


def paths(prefix, account, count):
    query = "?ref_no={:018d}&status=D&sent_date=2026-01-31+10:00:00.0&err_code=0"
    return [f"{prefix}/{account.callback_token}/reports/{query.format(n)}" for n in range(count)]


def ask(port, wanted):
    """Requests a second."""
    process = start("tests.bench.load", port, THREADS)
    process.stdin.write("\n".join(wanted) + "\n")
    return rate(run_together([process]))


def applied_rate(port, account, count):
    from smsops.messaging.models import Message

    empty_queue()
    queue_messages(account, count, status="sent")
    rows = Message.objects.order_by("id")
    for number, row in enumerate(rows):
        row.provider_message_id = f"{number:018d}"
    Message.objects.bulk_update(rows, ["provider_message_id"], batch_size=1000)
    figure = ask(port, paths("/callbacks", account, count))
    if (delivered := Message.objects.filter(status="delivered").count()) != count:
        raise RuntimeError(f"{delivered} of {count} reports were applied")
    return figure


def main(count=CALLBACKS, rounds=3):
    """Medians of some rounds, both in turns; requests a second."""
    account = make_account("nusasms", "http://127.0.0.1:9")
    with web_server() as port:
        ask(port, paths("/callbacks/plain", account, min(count, 500)))
        taken = [
            (ask(port, paths("/callbacks/plain", account, count)), applied_rate(port, account, count))
            for _round in range(rounds)
        ]
    return {name: median(figures) for name, figures in zip(("plain", "applied"), zip(*taken, strict=True), strict=True)}
