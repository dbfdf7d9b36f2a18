"""The fast HTTP server that stands for a provider: one thread, epoll, one write per answer.

`python -m tests.bench.server` prints its port. It answers as NusaSMS and as RajaSMS do when all is accepted, each
message with an id of its own.
"""

import itertools
import re
import select
import socket
import sys

HEAD = b"HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
ONE = b'{"results":[{"status":"0","messageid":"%018d","destination":"%b"}]}'
PACKET = b'{"packet":{"number":"%b","sendingid":"%d","sendingstatus":10,"sendingstatustext":"success","price":320}}'
MANY = b'{"sending_respon":[{"globalstatus":10,"globalstatustext":"Success","datapacket":[%b]}]}'
IDS = itertools.count(1)


def answer(head, body):
    if b"/sms/" in head[:40]:
        numbers = re.findall(rb'"number": ?"(\d+)"', body)
        content = MANY % b",".join(PACKET % (number, next(IDS)) for number in numbers)
    else:
        content = ONE % (next(IDS), b"6281200000000")
    return HEAD % len(content) + content


def requests_in(buffer):
    """Cut whole requests off a buffer: their heads and bodies."""
    while (end := buffer.find(b"\r\n\r\n")) >= 0:
        head = bytes(buffer[:end])
        found = re.search(rb"(?i)content-length: *(\d+)", head)
        total = end + 4 + (int(found[1]) if found else 0)
        if len(buffer) < total:
            return
        body = bytes(buffer[end + 4 : total])
        del buffer[:total]
        yield head, body


def serve(listener):
    """Answer for ever."""
    poller = select.epoll()
    poller.register(listener, select.EPOLLIN)
    clients = {}
    while True:
        for number, _event in poller.poll():
            if number == listener.fileno():
                client, _address = listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                clients[client.fileno()] = (client, bytearray())
                poller.register(client, select.EPOLLIN)
            elif not converse(*clients[number]):
                clients.pop(number)[0].close()


def converse(client, buffer):
    """Read what is there and answer what is whole; False when the client has gone."""
    try:
        received = client.recv(1 << 18)
        buffer += received
        for head, body in requests_in(buffer):
            client.sendall(answer(head, body))
    except ConnectionError:
        return False
    return bool(received)


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0), backlog=128) as bound:
        print(bound.getsockname()[1], flush=True)
        try:
            serve(bound)
        except KeyboardInterrupt:
            sys.exit(0)
