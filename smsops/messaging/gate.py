"""The one function through which every way of sending passes: compose, `send`, reply, resend, retry, campaign.

`examine` asks a fixed list of checks about a draft and answers with a verdict: why it may not be sent, what the person
should know, who gets it and what it costs. Nothing is written here. Rows are made from verdicts only (`compose.py`),
so nothing can be queued that has not been through here. A later rule (opt-out, quiet hours, approval, limits) is one
more function in `CHECKS`, `WARNINGS` or `RECIPIENT_CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from providers.models import Account
from providers.types import Capabilities, Channel, Encoding, Kind
from smsops.messaging import gate_checks, gate_warnings
from smsops.messaging.models import Message
from smsops.messaging.recipients import as_mobile
from smsops.messaging.text import TextMeasure, clean_text, measure


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What somebody wants to send. `recipients`: numbers in any spelling. `actor` None: the command line.

    `encoding` None chooses by the text. `send_after` None is now. `provider_schedule`: hand it over at once and let
    the provider's own scheduler wait until `send_after`.
    """

    account: Account
    recipients: Sequence[str]
    text: str
    channel: Channel = Channel.SMS
    kind: Kind = Kind.TRANSACTIONAL
    sender_id: str = ""
    encoding: Encoding | None = None
    is_flash: bool = False
    wants_url: bool = False
    wap_url: str = ""
    send_after: datetime | None = None
    provider_schedule: bool = False
    actor: User | None = None
    resend_of: Message | None = None

    @cached_property
    def capabilities(self) -> Capabilities:
        return self.account.adapter.capabilities_for(self.account.options)

    @cached_property
    def measure(self) -> TextMeasure:
        """Segments of the text. WhatsApp knows none: one message is one."""
        measured = measure(self.text, self.encoding, is_flash=self.is_flash)
        return measured if self.channel is Channel.SMS else replace(measured, segments=1)


@dataclass(frozen=True, kw_only=True)
class Invalid:
    """One entry that gets no message, as it was written, and why."""

    spelling: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """Numbers as they were given, sorted out. `recipients`: E.164, each once, in the given order."""

    recipients: tuple[str, ...]
    invalid: tuple[Invalid, ...]
    duplicates: int


@dataclass(frozen=True, kw_only=True)
class Verdict(Sorted):
    """What the gate says of a draft. `cost` is in the account's currency; None where no price is known."""

    draft: Draft
    examined_at: datetime
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return not self.refusals

    @property
    def measure(self) -> TextMeasure:
        return self.draft.measure

    @property
    def total_segments(self) -> int:
        return self.measure.segments * len(self.recipients)

    @property
    def cost(self) -> Decimal | None:
        price = self.draft.account.price_per_segment
        return None if price is None else price * self.total_segments


RecipientCheck = Callable[[Draft, str], str]
RECIPIENT_CHECKS: tuple[RecipientCheck, ...] = ()


def examine(draft: Draft) -> Verdict:
    """All that speaks against sending a draft, and all that is worth knowing before. Reads, never writes."""
    draft = replace(draft, text=clean_text(draft.text))
    found = sort_recipients(draft.recipients, partial(_why_not, draft))
    verdict = Verdict(
        draft=draft,
        examined_at=timezone.now(),
        recipients=found.recipients,
        invalid=found.invalid,
        duplicates=found.duplicates,
    )
    refusals = tuple(_sentences(gate_checks.CHECKS, verdict))
    return replace(verdict, refusals=refusals, warnings=tuple(_sentences(gate_warnings.WARNINGS, verdict)))


def _sentences(checks: Sequence[Callable[[Any], str]], verdict: Verdict) -> Iterator[str]:
    return (sentence for check in checks if (sentence := check(verdict)))


def sort_recipients(spellings: Iterable[str], why_not: Callable[[str], str] = lambda _number: "") -> Sorted:
    """Each number once, in order, and the rest with its reason; `why_not` speaks against a number of its own."""
    accepted: dict[str, None] = {}
    invalid: dict[str, Invalid] = {}
    duplicates = 0
    for spelling in spellings:
        number = as_mobile(spelling)
        reason = why_not(number) if number else gate_checks.why_no_mobile(spelling)
        if number is None or reason:
            invalid.setdefault(spelling, Invalid(spelling=spelling, reason=reason))
            continue
        duplicates += number in accepted
        accepted[number] = None
    return Sorted(recipients=tuple(accepted), invalid=tuple(invalid.values()), duplicates=duplicates)


def _why_not(draft: Draft, number: str) -> str:
    return next((reason for check in RECIPIENT_CHECKS if (reason := check(draft, number))), "")
