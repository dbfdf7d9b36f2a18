"""The door over real sockets."""

import http.client
import socket

import pytest

from tests.callbacks.calls import FORM, JSON, MIB, door, last_receipt, status_of, write_report

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_a_body_in_chunks_without_a_length_is_read_and_limited(gunicorn, make_sent):
    message = make_sent("rajasms")
    body = write_report("rajasms", "4711")["data"].encode()
    for chunks, status in (([body[:10], body[10:]], 200), ([b"x" * 65536] * 32, 413)):
        caller = http.client.HTTPConnection("127.0.0.1", gunicorn, timeout=20)
        caller.request("POST", door(message.account), iter(chunks), {"Content-Type": JSON}, encode_chunked=True)
        assert caller.getresponse().status == status
        caller.close()
    assert status_of(message) == "delivered"
    assert bytes(last_receipt().body) == body


@pytest.mark.django_db(transaction=True)
def test_a_caller_that_hangs_up_in_the_middle_harms_nobody(gunicorn, make_sent):
    message = make_sent("unified")
    with socket.create_connection(("127.0.0.1", gunicorn), timeout=20) as caller:
        head = f"POST {door(message.account)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\nsMessageId=4711"
        caller.sendall(head.encode())
    caller = http.client.HTTPConnection("127.0.0.1", gunicorn, timeout=20)
    caller.request("POST", door(message.account), write_report("unified", "4711")["data"], {"Content-Type": FORM})
    assert caller.getresponse().status == 200
    caller.close()
    assert status_of(message) == "delivered"


@pytest.mark.django_db(transaction=True)
def test_whoever_sends_too_much_over_a_real_socket_reads_that_it_is_refused(gunicorn, make_account):
    account = make_account()
    for size in (2 * MIB, 6 * MIB):
        caller = http.client.HTTPConnection("127.0.0.1", gunicorn, timeout=20)
        caller.request("POST", door(account), b"x" * size, {"Content-Type": FORM})
        assert caller.getresponse().status == 413
        caller.close()
