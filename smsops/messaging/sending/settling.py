"""Settling what came back: rows and events, what it says of the account, the call log, and early reports."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from contextlib import AbstractContextManager, nullcontext

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from providers.base import Provider
from providers.calls import CallBook
from providers.errors import AccountRefused, NotSent, RateLimited
from providers.health import hold_account, note_readable, note_uncertain
from providers.models import Account
from providers.services import suspend_account
from smsops.messaging.delivery import match_pending
from smsops.messaging.sending import hotpath
from smsops.messaging.sending.hotpath import Settlement
from smsops.messaging.sending.lanes import Answer
from smsops.messaging.sending.verdicts import is_plain, is_unclear, settle_answer

logger = logging.getLogger(__name__)

SETTLE_RETRY_SECONDS = 1.0
BOOK_SECONDS = 5
MATCH_SECONDS = 0.5


class Settler:
    """Settles the answers of one claim. `is_silent`: the provider has stopped answering, so that nobody goes on."""

    def __init__(self, account: Account, provider: Provider, claim_id: uuid.UUID) -> None:
        self.account = account
        self.provider = provider
        self.claim_id = claim_id
        self.is_silent = False
        self.settled = 0
        self._can_be_asked = provider.capabilities.report_poll
        self._book = CallBook(account.pk)
        self._book_due = time.monotonic() + BOOK_SECONDS
        self._told_ids: list[str] = []
        # Of what the threads that settle have in common.
        self._guard = threading.Lock()
        self._match_due = 0.0

    def finish(self) -> None:
        """At the end of a run: what need not be done for each settle."""
        self._match_pending()
        self._book.write()

    def settle(self, answers: list[Answer]) -> None:
        refusing = next((answer for answer in answers if _account_refusal(answer)), None)
        settlements = [
            settlement
            for answer in answers
            for settlement in settle_answer(answer, provider=self.provider, suspends=answer is refusing)
        ]
        self.store(settlements, answers)
        with self._guard:
            self.settled += len(settlements)
            self._told_ids += [each.provider_message_id for each in settlements if each.provider_message_id]
            for answer in answers:
                self._book.add(answer.records, is_plain=is_plain(answer))
            self._look_around()

    def store(self, settlements: list[Settlement], answers: list[Answer]) -> None:
        """Repeated while the process lives: a settle may be, a submission never."""
        while not self._try_to_store(settlements, answers):
            connection.close()
            time.sleep(SETTLE_RETRY_SECONDS)

    def _try_to_store(self, settlements: list[Settlement], answers: list[Answer]) -> bool:
        """Whether it is settled; False when the database was out of reach."""
        try:
            with _one_transaction(answers):
                is_troubled = self._settle_rows(settlements)
                self._note_account(answers, is_troubled=is_troubled)
        except (OperationalError, InterfaceError):
            logger.exception("settling failed; trying again", extra={"account": self.account.name})
            return False
        except DatabaseError:
            logger.exception("settling was refused; row by row", extra={"account": self.account.name})
            asked = self._can_be_asked
            hotpath.settle_singly(claim_id=self.claim_id, settlements=settlements, can_be_asked=asked)
            self._note_account(answers, is_troubled=True)
        return True

    def _settle_rows(self, settlements: list[Settlement]) -> bool:
        account, asked = self.account.pk, self._can_be_asked
        return hotpath.settle(account_id=account, claim_id=self.claim_id, settlements=settlements, can_be_asked=asked)

    def _note_account(self, answers: list[Answer], *, is_troubled: bool) -> None:
        """What the answers say of the account: suspended, held, silent, or well."""
        for answer in answers:
            if answer.was_dropped:
                continue
            if refusal := _account_refusal(answer):
                suspend_account(account_id=self.account.pk, reason=refusal)
            elif isinstance(answer.error, NotSent):
                hold_account(account_id=self.account.pk, reason=answer.error.message)
            elif isinstance(answer.error, RateLimited):
                hold_account(account_id=self.account.pk, reason=answer.error.message, seconds=answer.error.retry_after)
        heard = [
            answer
            for answer in answers
            if not answer.was_dropped and not isinstance(answer.error, NotSent | RateLimited)
        ]
        unclear = sum(is_unclear(answer) for answer in heard)
        if unclear < len(heard):
            if is_troubled:
                note_readable(self.account.pk)
        elif unclear and note_uncertain(account_id=self.account.pk, count=unclear):
            self.is_silent = True

    def _look_around(self) -> None:
        """What need not be done for each settle."""
        now = time.monotonic()
        if now >= self._match_due:
            self._match_pending()
            self._match_due = now + MATCH_SECONDS
        if now >= self._book_due:
            self._book.write_telling()
            self._book_due = now + BOOK_SECONDS

    def _match_pending(self) -> None:
        """Reports that came before their message was settled."""
        ids, self._told_ids = self._told_ids, []
        match_pending(account=self.account, provider_message_ids=ids)


def _one_transaction(answers: list[Answer]) -> AbstractContextManager[None]:
    """What the answers say of the account is stored with the rows; plain ones are one statement on PostgreSQL."""
    if connection.vendor == "postgresql" and all(is_plain(answer) for answer in answers):
        return nullcontext()
    return transaction.atomic()


def _account_refusal(answer: Answer) -> str:
    """Why the account must stop, in words; "" when it need not."""
    if isinstance(answer.error, AccountRefused):
        return " ".join(filter(None, (answer.error.message, answer.error.code and f"({answer.error.code})")))
    refused = next((result for result in answer.results if result.account_refusal), None)
    return " ".join(filter(None, (refused.code, refused.text))) or "refused" if refused else ""
