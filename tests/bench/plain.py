"""The plain limit of sending: a bare loop of `requests` as it comes, each thread with its own session.

`python -m tests.bench.plain URL COUNT THREADS` prints "ready", waits for a line, and prints how long it took.
"""

import json
import sys
import threading
import time

import requests


def send(url, count):
    form = {"username": "demo", "password": "demo-secret", "GSM": "6281200000000", "text": "Halo", "output": "json"}
    with requests.Session() as session:
        for _ in range(count):
            if session.post(url, data=form, timeout=30).json()["results"][0]["status"] != "0":
                raise ValueError("not accepted")


def main(url, count, threads):
    workers = [threading.Thread(target=send, args=(url, count // threads)) for _ in range(threads)]
    print("ready", flush=True)
    sys.stdin.readline()
    started, used = time.monotonic(), time.process_time()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    figures = {"count": count // threads * threads, "seconds": time.monotonic() - started}
    print(json.dumps(figures | {"cpu_seconds": time.process_time() - used}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
