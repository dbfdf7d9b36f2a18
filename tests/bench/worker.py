"""One worker process: `python -m tests.bench.worker ACCOUNT` prints "ready", waits for a line, sends all that is due,
and prints how many it settled, how long it took, and the most memory that it ever had."""

import json
import re
import sys
import time
from pathlib import Path

import django


def main(account_id):
    django.setup()
    from django.db import connection

    from smsops.messaging.dispatch import dispatch_account
    from smsops.messaging.sending.collector import collect_rarely

    connection.ensure_connection()
    collect_rarely()
    print("ready", flush=True)
    sys.stdin.readline()
    started, used, count = time.monotonic(), time.process_time(), 0
    while settled := dispatch_account(account_id=account_id, seconds=15):
        count += settled
    figures = {"count": count, "seconds": time.monotonic() - started, "cpu_seconds": time.process_time() - used}
    print(json.dumps(figures | {"peak_kib": peak_memory()}), flush=True)


def peak_memory():
    """KiB. Not `getrusage`, which begins with what the parent had."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1])


if __name__ == "__main__":
    main(int(sys.argv[1]))
