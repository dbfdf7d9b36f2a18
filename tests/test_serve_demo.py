"""`make run` as a newcomer meets it: it announces itself, sends a message end to end, and ends without a trace."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 90


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def start(var, port, sandbox_port):
    demo = {
        "DEBUG": "1",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SMSOPS_VAR": str(var),
        "DATABASE_URL": f"sqlite:///{var}/smsops.sqlite3",
        "CELERY_BROKER_URL": "filesystem://",
        "DJANGO_SETTINGS_MODULE": "smsops.settings",
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "manage.py", "serve_demo", "--port", str(port), "--sandbox-port", str(sandbox_port)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | demo,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def read_until(process, word):
    """What it printed up to a line with the word."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if word in line:
            return "".join(lines)
    raise AssertionError("".join(lines))


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def eventually(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.fixture
def running(tmp_path):
    port, sandbox_port = free_port(), free_port()
    process = start(tmp_path, port, sandbox_port)
    try:
        yield process, port, sandbox_port
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


def test_it_announces_itself_delivers_a_message_and_ends_with_ctrl_c(running, tmp_path):
    process, port, sandbox_port = running
    printed = read_until(process, "Ctrl-C ends")
    assert f"http://127.0.0.1:{port}/" in printed
    assert (tmp_path / "demo_password").read_text() in printed
    assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=30).json()["database"] == "ok"
    pids = [int(pid) for pid in re.findall(r"started \(pid=(\d+)\)", printed)]
    assert len(pids) == 4

    send(tmp_path, port)
    eventually(lambda: statuses(tmp_path) == ["delivered"])

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert is_free(port)
    assert is_free(sandbox_port)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.killpg(pid, 0)


def send(var, port):
    environment = {
        "DEBUG": "1",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SMSOPS_VAR": str(var),
        "DATABASE_URL": f"sqlite:///{var}/smsops.sqlite3",
        "DJANGO_SETTINGS_MODULE": "smsops.settings",
    }
    command = [sys.executable, "manage.py", "send", "--account", "demo-smsmasking", "--to", "0812 3456 7001"]
    subprocess.run([*command, "--text", "Halo"], cwd=ROOT, env=os.environ | environment, check=True, timeout=PATIENCE)


def statuses(var):
    with sqlite3.connect(var / "smsops.sqlite3") as database:
        rows = database.execute("SELECT status FROM messaging_message").fetchall()
    database.close()
    return [row[0] for row in rows]


@pytest.mark.parametrize("taken", ["PORT", "SANDBOX_PORT"])
def test_a_taken_port_is_a_clear_error_before_anything_starts(tmp_path, taken):
    with socket.create_server(("127.0.0.1", 0)) as server:
        ports = {"PORT": free_port(), "SANDBOX_PORT": free_port()} | {taken: server.getsockname()[1]}
        process = start(tmp_path, ports["PORT"], ports["SANDBOX_PORT"])
        printed, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert f"make run {taken}=" in printed
    assert "Traceback" not in printed
    assert not (tmp_path / "smsops.sqlite3").exists()
