"""The normalised vocabulary between us and every provider: enums and frozen dataclasses, no behaviour.

The provider's words stay on the provider's side of this module; past it there are only these types.
Numbers are E.164 with `+`, money is `Decimal`, moments are aware datetimes, ids are opaque strings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo


class Channel(StrEnum):
    """The way a message travels to the phone."""

    SMS = "sms"
    WHATSAPP = "whatsapp"


class Kind(StrEnum):
    """Why a message is sent; decides quiet hours, expiry and priority."""

    PROMOTIONAL = "promotional"
    TRANSACTIONAL = "transactional"
    OTP = "otp"


class Encoding(StrEnum):
    """How the text is coded on the air."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"
    LATIN1 = "latin1"


class Outcome(StrEnum):
    """What a submission did to one message."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_PROCESSED = "not_processed"
    UNCERTAIN = "uncertain"


class ReportStatus(StrEnum):
    """What a delivery report says. The values are those of `Message.status`."""

    NOTHING_NEW = ""
    SENT = "sent"
    EXPIRED = "expired"
    UNDELIVERED = "undelivered"
    REJECTED = "rejected"
    DELIVERED = "delivered"


class AccountTrouble(StrEnum):
    """Why a whole account must stop until a person has acted."""

    CREDENTIALS = "credentials"
    ADDRESS = "address"
    CREDIT = "credit"
    EXPIRED = "expired"
    LOCKED = "locked"
    SENDER = "sender"
    ENDPOINT = "endpoint"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """What an adapter may know of an account. `credentials` and `callback_url` never appear in a repr."""

    name: str
    base_url: str
    credentials: Mapping[str, str] = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sender_id: str = ""
    timeout_seconds: float = 30
    time_zone: ZoneInfo = ZoneInfo("Asia/Jakarta")
    callback_url: str = field(default="", repr=False)


class OutboundMessage(NamedTuple):
    """One message to one number, ready for the wire. A tuple, as `SubmitResult`: both are made for every message, and
    a frozen dataclass takes four times as long.

    `is_resubmission`: an earlier submission under this `reference` may have gone out already.
    `scheduled_for`: the provider's own scheduler is to send it then (aware), else None.
    """

    reference: str
    recipient: str
    text: str
    channel: Channel = Channel.SMS
    kind: Kind = Kind.TRANSACTIONAL
    encoding: Encoding = Encoding.GSM7
    is_flash: bool = False
    wap_url: str = ""
    sender_id: str = ""
    scheduled_for: datetime | None = None
    is_resubmission: bool = False


class SubmitResult(NamedTuple):
    """What the provider's answer means for one message; `code` and `text` are the provider's own words.

    `account_refusal`: the account must stop, whatever became of this message.
    `send_alone`: try again, but not in one call with others. `retry_once`: a second such answer is final.
    `never_resend`: the document forbids sending it again, even by a person's hand.
    """

    outcome: Outcome
    provider_message_id: str = ""
    price: Decimal | None = None
    code: str = ""
    text: str = ""
    account_refusal: AccountTrouble | None = None
    send_alone: bool = False
    retry_once: bool = False
    never_resend: bool = False
    report_asked: bool = True


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """One delivery report, pushed or polled. `recipient` is digits as the provider gave them, `raw` its own words."""

    provider_message_id: str
    status: ReportStatus
    recipient: str = ""
    at: datetime | None = None
    code: str = ""
    text: str = ""
    price: Decimal | None = None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class InboundText:
    """One message that a phone sent to us. `sender` and `recipient` stand as the provider gave them."""

    provider_message_id: str
    sender: str
    text: str
    received_at: datetime | None = None
    recipient: str = ""
    channel: Channel = Channel.SMS


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account still has. An unknown figure is None, never 0."""

    amount: Decimal | None
    bonus: Decimal | None = None
    expires_on: date | None = None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class RemoteEntry:
    """One entry of a provider's phone book; `mobile` as the provider wrote it, "" in `group` for none.

    `birth_text`: the provider's own words where they are no readable date, else None. A field that the answer did
    not carry is None, and then `is_complete` is False; a field that is empty there is "" (no birthday: None).
    """

    remote_id: str
    name: str
    mobile: str
    group: str
    address: str | None = None
    birth_date: date | None = None
    birth_text: str | None = None
    description: str | None = None
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class RemoteGroup:
    """One group of a provider's phone book."""

    remote_id: str
    name: str


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One credential of a provider: its key in `Account.credentials` and how the account form shows it."""

    name: str
    label: Any
    is_secret: bool = False
    help_text: Any = ""


@dataclass(frozen=True, slots=True)
class OptionField:
    """One key of `Account.options`. `choices` limits it; else the type of `default` decides the form's field."""

    name: str
    label: Any
    default: Any = ""
    help_text: Any = ""
    choices: tuple[str, ...] = ()


# An account's option: after how many hours a sent message says "no report".
REPORT_HOURS = "report_hours"
DEFAULT_REPORT_HOURS = 72

# An account's option: which kinds of messages go out even to those who opted out.
OPT_OUT_EXEMPT_KINDS = "opt_out_exempt_kinds"
# When promotional messages wait, by the recipient's clock: `20:00-08:00`.
QUIET_HOURS = {Channel.SMS: "quiet_hours_sms", Channel.WHATSAPP: "quiet_hours_whatsapp"}
# Above so many recipients, or so much money, a second person approves; 0: never.
APPROVE_RECIPIENTS, APPROVE_COST = "approve_above_recipients", "approve_above_cost"
# Under so much money its people are told; 0: never.
LOW_BALANCE = "low_balance"
# Accounts of one platform under several names bear the same.
UPSTREAM = "upstream"


def read_kinds(written: Any) -> list[str]:
    """Kinds of messages as a person writes them (`otp, transactional`) or a script does (`["otp"]`)."""
    text = written if isinstance(written, str) else " ".join(map(str, written))
    return text.lower().replace(",", " ").split()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an account can do, and its limits; drives compose, dispatch, the README's matrix and the tests.

    `max_text`: characters as the provider counts them. `max_batch`: messages in one call.
    `batch_shares_text`: the messages of one call must have the same text, sender and kind.
    `sender_pattern`: a regular expression the sender ID must match in full ("" = no sender in the request).
    """

    channels: frozenset[Channel] = frozenset({Channel.SMS})
    encodings: frozenset[Encoding] = frozenset({Encoding.GSM7})
    max_text: int = 1000
    max_batch: int = 1
    batch_shares_text: bool = True
    sender_pattern: str = ""
    flash: bool = False
    wap_push: bool = False
    provider_schedule: bool = False
    group_send: bool = False
    max_group_text: int = 0
    balance: bool = False
    check: bool = False
    report_poll: bool = False
    report_push: bool = False
    max_report_ids: int = 1
    inbox_poll: bool = False
    inbox_push: bool = False
    change_password: bool = False
    phonebook: bool = False
    keeps_duplicates_out: bool = False
