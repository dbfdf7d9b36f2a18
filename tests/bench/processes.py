"""The processes of a benchmark: each says a line when it is ready, begins at a line, and ends with a line of JSON."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager

from tests.processes import ROOT


def start(module, *arguments, **environment):
    """Start `python -m module` and wait for its first line."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | environment
    )
    process.greeting = process.stdout.readline().strip()
    if not process.greeting:
        raise RuntimeError(f"{module} did not start")
    return process


def run_together(processes):
    """Let ready processes begin at once; what each of them reports."""
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    results = [json.loads(process.stdout.readline()) for process in processes]
    for process in processes:
        process.communicate()
    return results


def ask(process, line):
    """What a process that answers line by line says to this one."""
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise RuntimeError(f"no answer to {line}")
    return json.loads(answer)


@contextmanager
def provider_server():
    """The fast server in a process of its own; its base URL."""
    process = start("tests.bench.server")
    try:
        yield f"http://127.0.0.1:{process.greeting}"
    finally:
        process.terminate()
        process.communicate()
