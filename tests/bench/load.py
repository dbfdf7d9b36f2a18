"""Asks a server for many paths over kept-alive connections: `python -m tests.bench.load PORT THREADS` reads the paths
from stdin, an empty line begins it, and prints how long they took."""

import json
import re
import socket
import sys
import threading
import time

REQUEST = "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def ask(port, paths):
    with socket.create_connection(("127.0.0.1", port)) as client:
        for path in paths:
            client.sendall(REQUEST.format(path).encode())
            read_answer(client)


def read_answer(client):
    """Read one whole answer; raises ValueError when it is not 200."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = client.recv(65536)
        if not chunk:
            raise ValueError("the server closed the connection")
        received += chunk
    head, body = received.split(b"\r\n\r\n", 1)
    if b" 200 " not in head[:20]:
        raise ValueError(head.decode())
    length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
    while len(body) < length:
        body += client.recv(65536)


def main(port, threads):
    print("ready", flush=True)
    paths = list(iter(lambda: sys.stdin.readline().strip(), ""))
    workers = [threading.Thread(target=ask, args=(port, paths[n::threads])) for n in range(threads)]
    started = time.monotonic()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(json.dumps({"count": len(paths), "seconds": time.monotonic() - started}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
