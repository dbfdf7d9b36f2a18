"""How smsmasking's calls are signed: the lower-case MD5 over the UTF-8 bytes of exactly what is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from providers.base import Provider
from providers.transport import Call

API = "/web2sms/api/"


def digest(*parts: str) -> str:
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def signed_call(provider: Provider, name: str, query: Mapping[str, str], *, signs: str | None = None) -> Call:
    """A call of `name`.aspx, signed with md5(`signs`+password): of the user name where not told otherwise."""
    username, password = provider.config.credentials["username"], provider.config.credentials["password"]
    auth = digest(username if signs is None else signs, password)
    path = provider.path(name, f"{API}{name}.aspx")
    return Call(name, path, query={**query, "username": username, "auth": auth}, secrets=(auth,))
