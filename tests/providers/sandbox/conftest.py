"""A running sandbox, a plain HTTP client that speaks to it as the documents say, and a receiver of its callbacks."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from providers.sandbox import Sandbox

NUMBER = "6281210100055"
SLUGS = ("nusasms", "tcast", "rajasms", "smsmasking", "unified")
LISTS = ("tcast", "rajasms", "unified")


def await_true(condition, seconds=30):
    """Wait for a condition; the assertion is the caller's."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


@dataclass
class Received:
    method: str
    path: str
    query: dict
    content_type: str
    body: bytes

    def form(self):
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}

    def json(self):
        return json.loads(self.body)


@dataclass
class Receiver:
    """Takes any request; answers the statuses given beforehand, then 200."""

    url: str = ""
    requests: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def take(self, count, seconds=30):
        """Wait for at least so many requests and return them all."""
        await_true(lambda: len(self.requests) >= count, seconds)
        return list(self.requests)


@pytest.fixture
def receiver():
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            kind = self.headers.get("Content-Type", "")
            receiver.requests.append(Received(self.command, parts.path, query, kind, body))
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_PUT = do_any

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/callbacks/token/reports/"
    yield receiver
    server.shutdown()
    server.server_close()


@pytest.fixture
def make_sandbox():
    opened = []

    def make(**options):
        options = {"delay": 0.01, "slow": 0.3, "retries": (0.01, 0.01, 0.01)} | options
        opened.append(Sandbox(**options).start())
        return opened[-1]

    yield make
    for sandbox in opened:
        sandbox.stop()


@pytest.fixture
def sandbox(make_sandbox):
    return make_sandbox()


class Client:
    """One call per provider, as its document has it; nothing is read."""

    def __init__(self, sandbox, timeout=30):
        self.sandbox = sandbox
        self.timeout = timeout
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path, **query):
        return self.session.get(self.sandbox.base_url + path, params=query, timeout=self.timeout)

    def post(self, path, *, data=None, json=None, **options):
        url = self.sandbox.base_url + path
        return self.session.post(url, data=data, json=json, timeout=self.timeout, allow_redirects=False, **options)

    def send(self, provider, numbers, text="Halo dunia", **extra):
        numbers = [numbers] if isinstance(numbers, str) else list(numbers)
        return getattr(self, f"send_{provider}")([number.lstrip("+") for number in numbers], text, **extra)

    def send_nusasms(self, numbers, text, **extra):
        fields = {"username": "demo", "password": "demo-secret", "GSM": numbers[0], "text": text, "output": "json"}
        return self.post("/api/v3/sendwa/plain", data=fields | extra)

    def send_tcast(self, numbers, text, **extra):
        fields = {"account": "demo", "password": "demo-secret", "sender": "TOKO", "numbers": ",".join(numbers)}
        return self.post("/sendsms", json=fields | {"content": text, "smstype": 0} | extra)

    def send_rajasms(self, numbers, text, callbackurl="", **extra):
        packets = [{"number": number, "message": text, "sendingdatetime": ""} | extra for number in numbers]
        body = {"apikey": "demo-apikey-0001", "callbackurl": callbackurl, "datapacket": packets}
        return self.post("/sms/api_sms_masking_send_json.php", json=body)

    def send_smsmasking(self, numbers, text, path="/web2sms/api/sendSMS.aspx", **extra):
        auth = md5("demo" + "demo-secret" + numbers[0])
        fields = {"username": "demo", "mobile": numbers[0], "message": text, "auth": auth, "type": "0"}
        return self.get(path, **fields | extra)

    def send_unified(self, numbers, text, path="/bulksms/bulksms", **extra):
        fields = {"username": "demo", "password": "demo-secret", "type": "0", "dlr": "1", "source": "TOKO"}
        return self.post(path, data=fields | {"destination": ",".join(numbers), "message": text} | extra)


@pytest.fixture
def client(sandbox):
    client = Client(sandbox)
    yield client
    client.session.close()
