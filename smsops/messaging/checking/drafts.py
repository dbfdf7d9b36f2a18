"""What somebody wants to send, and what the gate says of it (no rules in here)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User

from providers.models import Account
from providers.types import Capabilities, Channel, Encoding, Kind
from smsops.messaging.models import Message
from smsops.messaging.text import TextMeasure, measure


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What somebody wants to send. `recipients`: numbers in any spelling. `actor` None: the command line.

    `encoding` None chooses by the text. `send_after` None is now. `provider_schedule`: hand it over at once and let
    the provider's own scheduler wait until `send_after`. `day_and_night`: why it may go out in quiet hours.
    `answers_opt_out`: the one message that tells a number that it gets no more.
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
    day_and_night: str = ""
    actor: User | None = None
    resend_of: Message | None = None
    answers_opt_out: bool = False

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

    def told_invalid(self) -> dict[str, Any]:
        """For a sentence: how many get nothing, and the first with its reason; there must be one."""
        first = self.invalid[0]
        return {"count": len(self.invalid), "first": first.spelling[:40], "reason": first.reason}


@dataclass(frozen=True, kw_only=True)
class Verdict(Sorted):
    """What the gate says of a draft. `cost` is in the account's currency; None where no price is known."""

    draft: Draft
    examined_at: datetime
    cost: Decimal | None = None
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
