"""The one HTTP seam, on real sockets: what was handed to the wire decides, and nothing else is followed or kept."""

import socket
import threading
import time
from datetime import UTC, datetime

import pytest

from providers.connections import is_forbidden_address
from providers.errors import AccountRefused, NotSent, RateLimited, Uncertain
from providers.masking import Masker
from providers.transport import HELD, Call, CallRecord, Transport


def transport_to(base_url, **options):
    return Transport(base_url=base_url, masker=Masker(["s3cret&value"]), **{"timeout_seconds": 20} | options)


@pytest.fixture
def peer():
    """A server of raw bytes: `peer(serve)` runs `serve(connection)` for each connection and gives its address."""
    listeners = []

    def listen(serve):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=[connection], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield listen
    for listener in listeners:
        listener.close()


def test_a_refused_connection_was_not_sent():
    with pytest.raises(NotSent):
        transport_to("http://127.0.0.1:1").call(Call("send", "/"))


def test_a_name_that_nobody_knows_was_not_sent():
    with pytest.raises(NotSent):
        transport_to("http://provider.invalid").call(Call("send", "/"))


def test_a_failed_tls_handshake_was_not_sent(peer):
    plain = peer(lambda connection: connection.close())
    with pytest.raises(NotSent):
        transport_to(plain.replace("http://", "https://")).call(Call("send", "/"))


def test_a_connection_closed_after_the_request_is_uncertain(peer):
    def serve(connection):
        connection.recv(65536)
        connection.close()

    with pytest.raises(Uncertain):
        transport_to(peer(serve)).call(Call("send", "/", method="POST", form={"a": "b"}))


def test_an_answer_that_drips_forever_ends_with_the_time_out(peer):
    def serve(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        try:
            while True:
                connection.sendall(b"x")
                threading.Event().wait(0.1)
        except OSError:
            return

    started = time.monotonic()
    with pytest.raises(Uncertain):
        transport_to(peer(serve), timeout_seconds=1).call(Call("send", "/"))
    assert time.monotonic() - started < 30


def test_an_endless_answer_is_cut(peer):
    def serve(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                connection.sendall(b"x" * 65536)
        except OSError:
            return

    with pytest.raises(Uncertain):
        transport_to(peer(serve), timeout_seconds=20).call(Call("send", "/"))


@pytest.mark.parametrize(
    ("status", "error"),
    [(301, AccountRefused), (302, AccountRefused), (401, AccountRefused), (403, AccountRefused),
     (404, AccountRefused), (405, AccountRefused), (429, RateLimited), (400, Uncertain), (500, Uncertain),
     (503, Uncertain)],
)  # fmt: skip
def test_a_status_means_what_the_wire_page_says(wire, status, error):
    wire.answer("", status=status)
    with pytest.raises(error):
        transport_to(wire.base_url).call(Call("send", "/"))
    assert len(wire.requests) == 1


def test_an_idle_connection_is_not_used_again(wire):
    wire.answer("ok")
    transport = transport_to(wire.base_url, keep_alive_seconds=0)
    engines = set()
    for _ in range(3):
        transport.call(Call("send", "/"))
        engines.add(next(iter(transport._engines.values())))
    assert len(engines) == 3


def test_proxies_of_the_environment_are_ignored(wire, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    wire.answer("ok")
    assert transport_to(wire.base_url).call(Call("send", "/")).body == b"ok"


def test_the_accounts_own_proxy_is_used(wire):
    wire.answer("through the proxy")
    transport = transport_to("http://provider.invalid", proxy_url=wire.base_url)
    assert transport.call(Call("send", "/x")).body == b"through the proxy"


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1",
        "::ffff:169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "::",
        "168.63.129.16",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
        "::169.254.169.254",
        "::ffff:0:a9fe:a9fe",
        "255.255.255.255",
    ],
)
def test_link_local_and_metadata_addresses_are_forbidden(address):
    assert is_forbidden_address(address)


def test_ordinary_addresses_are_not():
    assert not any(map(is_forbidden_address, ["127.0.0.1", "10.0.0.1", "8.8.8.8", "::1"]))


def test_records_are_masked_in_every_spelling(wire):
    wire.answer('{"echo": "s3cret%26value s3cret&value"}')
    transport = transport_to(wire.base_url)
    transport.call(Call("send", "/", query={"password": "s3cret&value", "auth": "d1gest"}, secrets=("d1gest",)))
    text = repr(transport.records[0].masked()) + repr(transport.records[0])
    assert "s3cret" not in text
    assert "d1gest" not in text


def test_a_secret_at_the_cut_of_a_long_body_does_not_show_by_half():
    secret = "geheim-" * 9
    record = CallRecord("send", "POST", datetime.now(UTC), Masker([secret]))
    for before in range(HELD - len(secret), HELD):
        record.request = (b"x" * before + secret.encode() * 200)[:HELD]
        assert "geheim" not in record.masked()["request"]
    record.reply = (secret.encode() * 400)[:HELD]
    assert "geheim" not in record.masked()["reply"]
