"""What can go wrong at a provider, seen from the message.

    ProviderError
      x NotSent             never written to the socket, or the document says it is safe to send again
      x Uncertain           something was written and no readable answer came
      x AccountRefused      credentials, address, credit: the account's fault, not the message's
      x RateLimited         asked to wait; nothing was processed
      x EntryRefused        the provider refuses this one entry or group of its phone book
      x UnsupportedFeature  this provider cannot do that; raised before the wire

The class never follows from the exception that Python raised: the seam in `transport.py` notes whether the
request was handed to the socket, and that decides between NotSent and Uncertain.
"""

from __future__ import annotations

from providers.types import AccountTrouble


class ProviderError(Exception):
    """`message` is for the person at the screen and free of secrets; `code` is the provider's own."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class NotSent(ProviderError):
    """Certainly not sent: back to the queue."""


class Uncertain(ProviderError):
    """Nobody knows: never sent again by itself."""


class AccountRefused(ProviderError):
    """The account must stop until a person has acted; the message waits."""

    def __init__(self, message: str, *, trouble: AccountTrouble = AccountTrouble.OTHER, code: str = "") -> None:
        super().__init__(message, code=code)
        self.trouble = trouble


class RateLimited(ProviderError):
    """Wait `retry_after` seconds; nothing was processed."""

    def __init__(self, message: str, *, retry_after: float = 10, code: str = "") -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class EntryRefused(ProviderError):
    """This entry or group of the phone book, not the account; nothing was changed there."""


class UnsupportedFeature(ProviderError):
    """The provider lacks this; `capabilities` says so beforehand."""
