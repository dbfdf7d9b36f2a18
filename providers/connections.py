"""Connections that know what they sent: the lean engine of `requests` under the HTTP seam.

Each notes the first byte of a request, and refuses to talk to link-local addresses, where clouds keep their metadata.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection

# Metadata services that clouds keep outside the link-local range.
METADATA_ADDRESSES = frozenset(
    map(
        ipaddress.ip_address,
        ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "255.255.255.255"),
    )
)
# IPv6 networks whose last 32 bits are an IPv4 address.
IPV4_TAILS = [ipaddress.IPv6Network(text) for text in ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96")]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Wire:
    """Whether the current request of this connection has been handed to the socket."""

    touched = False


class _Marking(HTTPConnection):
    """Notes the first byte of a request, and refuses forbidden peers before it."""

    wire: Wire
    _gathered: list[Any] | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Head and body in one write: half the system calls, and one packet for the provider to read."""
        self._gathered = []
        try:
            super().request(*args, **kwargs)
            request = b"".join(self._gathered)
        finally:
            self._gathered = None
        self.send(request)

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        if is_forbidden_address(sock.getpeername()[0]):
            sock.close()
            raise urllib3.exceptions.NewConnectionError(self, "link-local and metadata addresses are refused")
        return sock

    def send(self, data: Any) -> None:
        if self._gathered is not None:
            self._gathered.append(data)
            return
        if self.sock is None:
            self.connect()
        self.wire.touched = True
        super().send(data)


class _MarkingTls(_Marking, HTTPSConnection):
    """The same over TLS: the handshake comes before the mark."""


def is_forbidden_address(host: str) -> bool:
    """Whether an IP address is link-local, a metadata service, multicast or unspecified; names are judged once they
    are resolved."""
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return any(_is_forbidden(each) for each in (address, *_embedded(address)))


def _is_forbidden(address: Address) -> bool:
    return bool(
        address.is_link_local or address.is_multicast or address.is_unspecified or address in METADATA_ADDRESSES
    )


def _embedded(address: Address) -> list[Address]:
    """The IPv4 addresses that an IPv6 one may stand for: mapped, 6to4, NAT64, compatible and translated."""
    if isinstance(address, ipaddress.IPv4Address) or address.is_loopback:
        return []
    tail = [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)] if any(address in net for net in IPV4_TAILS) else []
    return [each for each in (address.ipv4_mapped, address.sixtofour, *tail) if each is not None]


class _LeanResponse(requests.Response):
    """Status, headers and what the body is read from: no cookie jar, no history."""

    def __init__(self, raw: Any) -> None:
        self.status_code, self.headers, self.raw = raw.status, raw.headers, raw


class LeanAdapter(HTTPAdapter):
    """`requests`' engine for exactly one host: no pool look-up, no certificate set-up, no cookies per call."""

    def __init__(self, base_url: str, pool: urllib3.HTTPConnectionPool) -> None:
        super().__init__(max_retries=0)
        self.pool = pool
        # A proxy wants the whole address of a plain request, a server (or a tunnel to it) what stands after the host.
        is_forwarded = pool.proxy is not None and pool.scheme == "http"
        self._prefix = 0 if is_forwarded else len("{0.scheme}://{0.netloc}".format(urlsplit(base_url)))

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> urllib3.HTTPConnectionPool:
        return self.pool

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """The pool's TLS context has it all."""

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        return (request.url or "")[self._prefix :]

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        return _LeanResponse(resp)


def open_pool(
    base_url: str, *, wire: Wire, verify: bool, certificate: str, proxy_url: str
) -> urllib3.HTTPConnectionPool:
    """One kept-alive connection to a host, over the account's proxy where it has one; `wire` notes what it sends."""
    parts = urlsplit(base_url)
    options: dict[str, Any] = {"maxsize": 1, "retries": False}
    if parts.scheme == "https":
        options["ssl_context"] = _tls_context(verify=verify, certificate=certificate)
    pool: urllib3.HTTPConnectionPool
    if proxy_url:
        pool = urllib3.ProxyManager(proxy_url, **options).connection_from_url(base_url)
    elif parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(parts.hostname or "", parts.port, **options)
    else:
        pool = urllib3.HTTPConnectionPool(parts.hostname or "", parts.port, **options)
    base = _MarkingTls if parts.scheme == "https" else _Marking
    pool.ConnectionCls = type(base.__name__, (base,), {"wire": wire})
    return pool


def _tls_context(*, verify: bool, certificate: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=None if certificate else DEFAULT_CA_BUNDLE_PATH)
    if certificate:
        context.load_verify_locations(cadata=certificate)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
