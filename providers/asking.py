"""Asking a provider something on an account's behalf: what every such question does beside its call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from providers.base import Provider
from providers.calls import CallBook
from providers.encryption import UnreadableCredentials
from providers.errors import AccountRefused
from providers.models import Account
from providers.services import suspend_account


@contextmanager
def asking(account: Account) -> Iterator[Provider]:
    """An adapter for questions; a refusal of the account suspends it, and every call is kept.

    Raises one of `providers.errors`: AccountRefused also where the credentials cannot be read.
    """
    try:
        provider = account.open_provider()
    except UnreadableCredentials as error:
        suspend_account(account_id=account.pk, reason=str(error))
        raise AccountRefused(str(error)) from None
    try:
        yield provider
    except AccountRefused as error:
        suspend_account(account_id=account.pk, reason=error.message)
        raise
    finally:
        keep_calls(account, provider, is_plain=False)
        provider.close()


def keep_calls(account: Account, provider: Provider, *, is_plain: bool) -> None:
    """Write down the calls made so far; of plain answers the log keeps the last thousand."""
    book = CallBook(account.pk)
    book.add(provider.transport.records, is_plain=is_plain)
    provider.transport.records = []
    book.write()
