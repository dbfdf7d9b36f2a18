"""The line to a phone book during one stretch of a run: every call passes here, one at a time, outside transactions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.db.models import F

from contacts.syncing.lease import MOST_WAITED, renew
from contacts.syncing.models import SyncRun
from providers.asking import keep_calls
from providers.base import Provider
from providers.errors import ProviderError, RateLimited
from providers.phonebook import Phonebook

T = TypeVar("T")

FLUSH_AFTER = 50
BREATH = 5.0


class Line:
    """`seconds`: how long this stretch may last, one call at least; None: to the end. An account's rate holds, too."""

    def __init__(self, run: SyncRun, provider: Provider, seconds: float | None = None) -> None:
        self.run = run
        self.provider = provider
        self.book: Phonebook = provider.phonebook
        self._until = None if seconds is None else time.monotonic() + seconds
        rate = run.account.messages_per_second
        self._gap = 1 / rate if rate else 0.0
        self._next = 0.0
        self._has_asked = False
        self._waited = 0.0

    @property
    def is_late(self) -> bool:
        return self._has_asked and self._until is not None and time.monotonic() >= self._until

    def ask(self, question: Callable[[], T]) -> T:
        """One call. Raises `providers.errors`, StopAsked and LeaseLost (then nothing was sent)."""
        while True:
            renew(self.run, calls=F("calls") + 1)
            self._pace()
            self._has_asked = True
            try:
                return self._kept(question)
            except RateLimited as error:
                # Nothing was processed: the same call is harmless once the provider has had its pause. A stretch among
                # several leaves that to the next one.
                if self._until is not None or self._waited + error.retry_after > MOST_WAITED:
                    raise
                self._sit_out(error.retry_after)

    def _sit_out(self, seconds: float) -> None:
        self._waited += seconds
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, BREATH))
            self.breathe()

    def breathe(self) -> None:
        """A sign of life between long pieces of work here."""
        renew(self.run)

    def _pace(self) -> None:
        now = time.monotonic()
        if self._gap and now < self._next:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + self._gap

    def _kept(self, question: Callable[[], T]) -> T:
        """The plain answers go to the log now and then; a telling one stays for whoever closes the line."""
        records = self.provider.transport.records
        try:
            answer = question()
        except ProviderError:
            telling = records[-1:]
            del records[-1:]
            self.hang_up()
            self.provider.transport.records = telling
            raise
        if len(records) >= FLUSH_AFTER:
            self.hang_up()
        return answer

    def hang_up(self) -> None:
        """Write down the plain calls so far."""
        keep_calls(self.run.account, self.provider, is_plain=True)
