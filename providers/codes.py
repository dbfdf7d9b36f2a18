"""What a provider's codes mean: the rows of every adapter's tables, read by adapters, the docs page and the tests.

Conventions, all class attributes of an adapter:

- `codes: dict[str, CodeMeaning]` is every documented answer to a send, by the provider's own code as a string
  ("1701", "-5"). Where a provider numbers two levels of an answer apart, the key carries the level before the
  code ("global 30", "packet 60"). A code outside the table is `UNKNOWN_CODE`: uncertain, never refused.
- `report_codes: dict[str, ReportMeaning]` is every documented delivery status, by the provider's own word or
  number, with the same rule for levels. A word outside the table is `NOTHING_NEW`.

An account code (credentials, address, credit …) has outcome NOT_PROCESSED and a `trouble`: the message goes back
to the queue and the account stops. `meaning` is for staff, in plain words, without the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from providers.errors import AccountRefused
from providers.types import AccountTrouble, Outcome, ReportStatus, SubmitResult


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    """One code of a send's answer; the flags are those of `SubmitResult`."""

    outcome: Outcome
    meaning: Any
    trouble: AccountTrouble | None = None
    never_resend: bool = False
    send_alone: bool = False
    retry_once: bool = False

    def result(
        self, code: str, *, text: str = "", provider_message_id: str = "", price: Decimal | None = None
    ) -> SubmitResult:
        """One message's result; without words of the provider's own, a code that is no success gets ours."""
        is_accepted = self.outcome is Outcome.ACCEPTED
        return SubmitResult(
            outcome=self.outcome,
            provider_message_id=provider_message_id,
            price=price,
            code=code,
            text=text or ("" if is_accepted else str(self.meaning)),
            account_refusal=self.trouble,
            send_alone=self.send_alone,
            retry_once=self.retry_once,
            never_resend=self.never_resend,
        )

    def refusal(self, code: str, text: str = "") -> AccountRefused:
        """The exception for a call in which nothing was accepted."""
        trouble = self.trouble or AccountTrouble.OTHER
        return AccountRefused(text or str(self.meaning), trouble=trouble, code=code)


@dataclass(frozen=True, slots=True)
class ReportMeaning:
    """One delivery status; `meaning` is empty where the status itself says it all."""

    status: ReportStatus
    meaning: Any = ""


UNKNOWN_CODE = CodeMeaning(Outcome.UNCERTAIN, _("The provider answered with a code that its document does not list."))
NOTHING_NEW = ReportMeaning(ReportStatus.NOTHING_NEW)


def accepted(meaning: Any) -> CodeMeaning:
    return CodeMeaning(Outcome.ACCEPTED, meaning)


def refused(meaning: Any, *, never_resend: bool = False) -> CodeMeaning:
    return CodeMeaning(Outcome.REFUSED, meaning, never_resend=never_resend)


def uncertain(meaning: Any, *, never_resend: bool = False) -> CodeMeaning:
    return CodeMeaning(Outcome.UNCERTAIN, meaning, never_resend=never_resend)


def not_processed(meaning: Any, *, send_alone: bool = False, retry_once: bool = False) -> CodeMeaning:
    return CodeMeaning(Outcome.NOT_PROCESSED, meaning, send_alone=send_alone, retry_once=retry_once)


def account(trouble: AccountTrouble, meaning: Any) -> CodeMeaning:
    return CodeMeaning(Outcome.NOT_PROCESSED, meaning, trouble=trouble)


def look_up(codes: Mapping[str, CodeMeaning], code: str) -> CodeMeaning:
    return codes.get(code, UNKNOWN_CODE)
