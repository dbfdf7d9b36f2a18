"""Where the sandbox finds our callback URLs by itself: the accounts in the database that point at it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import Error, connection

from providers.encryption import UnreadableCredentials

if TYPE_CHECKING:
    from providers.models import Account

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
FRESH_SECONDS = 3.0
Urls = tuple[str, str]


class AccountUrls:
    """(provider, username) → (reports URL, inbox URL) of an account whose server address is this sandbox.

    Read anew every few seconds. Without the table, or while the database is locked, the last answer stands.
    """

    def __init__(self) -> None:
        self.port = 0
        self._lock = threading.Lock()
        self._read_at = -FRESH_SECONDS
        self._urls: dict[tuple[str, str], Urls] = {}

    def __call__(self, provider: str, username: str) -> Urls:
        with self._lock:
            if time.monotonic() - self._read_at >= FRESH_SECONDS:
                self._refresh()
            named = self._urls.get((provider, username))
            return named or self._urls.get((provider, ""), ("", ""))

    def _refresh(self) -> None:
        try:
            self._urls = self.read()
        except Error:
            pass
        finally:
            connection.close()
            self._read_at = time.monotonic()

    def read(self) -> dict[tuple[str, str], Urls]:
        """Under each account's own name, and the first of a provider also under no name."""
        from providers.models import Account

        found: dict[tuple[str, str], Urls] = {}
        for account in Account.objects.filter(is_active=True).order_by("pk"):
            if not points_at(account.base_url, self.port):
                continue
            urls = (account.callback_url("reports"), account.callback_url("inbox"))
            for username in (user_of(account), ""):
                found.setdefault((account.provider, username), urls)
        return found


def points_at(base_url: str, port: int) -> bool:
    """Whether an address is this port of this machine."""
    try:
        address = urlsplit(base_url)
        return address.hostname in LOOPBACK and address.port == port
    except ValueError:
        return False


def user_of(account: Account) -> str:
    """The name that the account logs in with; nothing where it has none or its credentials cannot be read."""
    try:
        credentials = account.config().credentials
    except UnreadableCredentials:
        return ""
    return credentials.get("username") or credentials.get("account") or ""
