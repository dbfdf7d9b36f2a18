"""A real HTTP counterpart on loopback that records what it is sent and answers the bytes it is told."""

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.people import client_of, make_person


@dataclass
class WireRequest:
    """One request as it came over the socket."""

    method: str
    path: str
    raw_query: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Wire:
    """Answers are given in the order of `answer()`; the last one given stays for all further calls."""

    base_url: str = ""
    requests: list[WireRequest] = field(default_factory=list)
    answers: deque[tuple[int, bytes, dict[str, str]]] = field(default_factory=deque)
    last: tuple[int, bytes, dict[str, str]] = (200, b"", {})

    def answer(self, body: bytes | str, status: int = 200, **headers: str) -> None:
        payload = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, payload, named))

    def next_answer(self) -> tuple[int, bytes, dict[str, str]]:
        if self.answers:
            self.last = self.answers.popleft()
        return self.last

    @property
    def request(self) -> WireRequest:
        """The only request so far."""
        (request,) = self.requests
        return request


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body in one segment: else Nagle and the delayed acknowledgement cost 40 ms a call.
    wbufsize = -1
    disable_nagle_algorithm = True
    wire: Wire

    def handle_one_call(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        self.wire.requests.append(WireRequest(self.command, parts.path, parts.query, dict(self.headers), body))
        status, payload, headers = self.wire.next_answer()
        self.send_response(status)
        for name, value in ({"Content-Type": "text/html"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = handle_one_call

    def log_message(self, format, *args):
        """The tests read `wire.requests` instead."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True


@pytest.fixture
def wire():
    """A provider's stand-in: `wire.answer(body, status=200)`, `wire.requests`, `wire.base_url`."""
    wire = Wire()
    handler = type("WireHandler", (_Handler,), {"wire": wire})
    with _Server(("127.0.0.1", 0), handler) as server:
        wire.base_url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield wire
        server.shutdown()
        thread.join()


@pytest.fixture
def administrator(db):
    return client_of(make_person("Administrator"))


@pytest.fixture
def editor(db):
    """May change accounts, but not see or change credentials."""
    return client_of(make_person(None, "providers.view_account", "providers.change_account"))
