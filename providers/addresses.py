"""Which addresses an account may point at: a server's root, and never where clouds keep their metadata."""

from __future__ import annotations

import socket
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from providers.connections import is_forbidden_address
from providers.masking import MASK

METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "metadata.goog", "instance-data"})


def clean_base_url(value: str) -> str:
    """`http(s)://host[:port]` without a slash at its end; raises ValidationError with what to do."""
    parts = _split(value)
    if parts.username is not None or parts.password is not None:
        raise ValidationError(_("Write the user name and the password into their own fields, not into the address."))
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValidationError(_("Only the server: https://host or https://host:port, with no path behind it."))
    refuse_forbidden_host(parts.hostname or "")
    return f"{parts.scheme}://{parts.netloc}"


def clean_proxy_url(value: str) -> str:
    """`http(s)://[user:password@]host[:port]` or nothing."""
    if not value.strip():
        return ""
    parts = _split(value)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValidationError(_("Only the proxy's address, e.g. http://10.0.0.1:3128."))
    if MASK in value:
        raise ValidationError(_("Type the proxy's password again."))
    refuse_forbidden_host(parts.hostname or "")
    return value.strip().rstrip("/")


def mask_proxy(value: str) -> str:
    """A proxy's address as the form shows it: its password blanked out."""
    login, at, host = value.rpartition("@")
    scheme, colon, _password = login.rpartition(":")
    return f"{scheme}:{MASK}@{host}" if at and colon and not scheme.endswith(("http", "https")) else value


def refuse_forbidden_host(host: str) -> None:
    """Link-local and metadata addresses, and names that lead to them; a name that leads nowhere may pass."""
    name = host.rstrip(".").lower()
    if name in METADATA_NAMES or any(map(is_forbidden_address, [name, *_addresses(name)])):
        raise ValidationError(_("This address is not allowed: it belongs to the machine's own network services."))


def _split(value: str) -> SplitResult:
    try:
        parts = urlsplit(value.strip())
        is_whole = bool(parts.scheme in ("http", "https") and parts.hostname and parts.port != 0)
    except ValueError:
        is_whole = False
    if not is_whole or any(character.isspace() or character == "\\" for character in value.strip()):
        raise ValidationError(_("Write an address such as https://host or http://host:8080."))
    return parts


def _addresses(name: str) -> list[str]:
    """Where a name leads today, odd spellings of numbers included; the transport looks again at each connection."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []
