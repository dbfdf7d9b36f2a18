"""The HTTP door of the sandbox: small, kept alive, quiet, on 127.0.0.1 only.

`http.server`'s own handler reads headers with the mail parser, at a fifth of the speed; what calls us here speaks
plain HTTP/1.1 with a Content-Length, and that is all this door understands.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from urllib.parse import unquote

from providers.sandbox.wire import Answer, Manner, Request

HOST = "127.0.0.1"
MAX_LINE = 256 * 1024
MAX_BODY = 16 * 1024 * 1024
IDLE_SECONDS = 75
REASONS = {status.value: status.phrase for status in HTTPStatus}


class BadRequest(ValueError):
    """What came in is no HTTP that we read."""


class Door(ThreadingHTTPServer):
    """A thread a connection. `answer` turns a request into an answer; stopping closes every connection."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, port: int, answer: Callable[[Request], Answer], *, hold_seconds: float) -> None:
        self.answer = answer
        self.hold_seconds = hold_seconds
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        super().__init__((HOST, port), Connection)

    def server_bind(self) -> None:
        """Without `HTTPServer`'s look-up of our own name, which may ask a name server."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        if isinstance(request, socket.socket):
            self._connections.add(request)
        super().process_request_thread(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket):
            self._connections.discard(request)
        super().shutdown_request(request)

    def serve(self) -> None:
        """Take connections until `stop`; without `serve_forever`'s polling, so that stopping takes no time."""
        while not self.stopping.is_set():
            try:
                connection, address = self.socket.accept()
            except OSError:
                self.stopping.wait(0.05)
                continue
            self.process_request(connection, address)

    def stop(self) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            socket.create_connection((HOST, self.server_port), timeout=1).close()
        self.server_close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Connection(socketserver.StreamRequestHandler):
    """One kept-alive connection: request after request until either side ends it."""

    server: Door
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            try:
                while self._serve_one():
                    pass
            except BadRequest as error:
                self._write(Answer(str(error).encode(), 400, "text/plain"), keep_alive=False)

    def _serve_one(self) -> bool:
        """Read one request and answer it; False when the connection ends."""
        request = self._read()
        if request is None or self.server.stopping.is_set():
            return False
        answer = self.server.answer(request)
        if answer.pause:
            self.server.stopping.wait(answer.pause)
        if answer.manner is Manner.HOLD:
            return self._hold()
        if answer.manner is Manner.RESET:
            return self._reset()
        keep_alive = request.headers.get("connection", "").lower() != "close"
        self._write(answer, keep_alive=keep_alive)
        return keep_alive

    def _read(self) -> Request | None:
        line = self.rfile.readline(MAX_LINE)
        if not line:
            return None
        try:
            method, target, _version = line.decode("latin-1").split()
        except ValueError:
            raise BadRequest("not a request line") from None
        headers = self._read_headers()
        path, _, query = target.partition("?")
        return Request(method, unquote(path), query, headers, self._read_body(headers))

    def _read_headers(self) -> dict[str, str]:
        headers = {}
        while (line := self.rfile.readline(MAX_LINE)) not in (b"\r\n", b"\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        return headers

    def _read_body(self, headers: dict[str, str]) -> bytes:
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdigit() or int(length) > MAX_BODY:
            raise BadRequest("a body needs a Content-Length of at most 16 MiB")
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        return self.rfile.read(int(length)) if length != "0" else b""

    def _write(self, answer: Answer, *, keep_alive: bool) -> None:
        """Head and body in one piece."""
        head = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, '')}"]
        head += [f"Content-Type: {answer.content_type}", f"Content-Length: {len(answer.body)}"]
        head += [f"{name}: {value}" for name, value in answer.headers]
        head += [] if keep_alive else ["Connection: close"]
        self.wfile.write("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + answer.body)
        self.wfile.flush()

    def _hold(self) -> bool:
        """Say nothing until the caller gives up, the sandbox stops, or the longest time has passed."""
        waited = 0.0
        while waited < self.server.hold_seconds and not self.server.stopping.is_set():
            if select.select([self.connection], [], [], 0.2)[0]:
                break
            waited += 0.2
        return False

    def _reset(self) -> bool:
        """Close with RST: the caller reads "connection reset by peer"."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        return False
