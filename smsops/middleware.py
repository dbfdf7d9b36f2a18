"""What stands before every request: the caller's true address."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_network(word: str) -> Network | None:
    """`10.0.0.5` or `10.0.0.0/24` as a network; None when it is neither."""
    try:
        return ipaddress.ip_network(word.strip(), strict=False)
    except ValueError:
        return None


class RealAddressMiddleware:
    """Behind `TRUSTED_PROXIES`, X-Forwarded-For and -Proto tell the caller's address and scheme; else they are
    whatever a stranger wrote, and are dropped."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        parsed = map(parse_network, settings.TRUSTED_PROXIES)
        # One that cannot be read is trusted in nothing; the system check smsops.E001 names it.
        self.networks = [network for network in parsed if network is not None]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        scheme = request.META.pop("HTTP_X_FORWARDED_PROTO", "")
        if self._is_trusted(request.META.get("REMOTE_ADDR", "")):
            request.META["REMOTE_ADDR"] = self._caller(forwarded) or request.META["REMOTE_ADDR"]
            if scheme.strip() == "https":
                request.META["wsgi.url_scheme"] = "https"
        return self.get_response(request)

    def _caller(self, forwarded: str) -> str:
        """The last address that is not one of our own proxies: only that one was written by somebody we trust."""
        hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
        return next((hop for hop in reversed(hops) if not self._is_trusted(hop)), "")

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.networks)
