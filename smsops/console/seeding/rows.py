"""What a company's messages of some months look like, row by row (pure): the same plan gives the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from providers.numbers import operator_of
from smsops.messaging.lookup import reference_at

# Ten lines of a hundred people each look like the market.
PREFIXES = (
    "+62812", "+62813", "+62852", "+62811", "+62857", "+62856", "+62817", "+62878", "+62896", "+62881",
)  # fmt: skip
FIRST_NAMES = ("Siti", "Budi", "Agus", "Dewi", "Nur", "I Made", "Ni Luh", "Yohanes", "Sri", "Ahmad", "Rina", "Joko")
LAST_NAMES = ("Rahmawati", "Santoso", "Prasetyo", "Lestari", "Hidayat", "Wijaya", "Wirawan", "Siregar", "Nasution")
# Of 10,000 messages, up to which one ends how; all others are delivered.
ENDINGS = (
    (400, "undelivered"), (500, "expired"), (600, "rejected"), (800, "failed"), (850, "cancelled"), (900, "suppressed"),
    (950, "lapsed"), (955, "uncertain"),
)  # fmt: skip
NEVER_SENT = {"cancelled", "suppressed", "lapsed", "failed", "queued"}
REASONS = {
    "undelivered": ("1", "Subscriber absent"),
    "rejected": ("5", "Blocked by the operator"),
    "failed": ("20", "Invalid number"),
    "uncertain": ("", "No answer within 30 seconds"),
}
ANSWERS = ("Terima kasih", "Kapan pesanan saya sampai?", "Tolong hubungi saya", "Apakah promo masih berlaku?", "Ya")
PRICE = Decimal(350)
# A prime that divides no audience: a step of it through all people meets each once.
STEP = 7919
MESSAGE_COLUMNS = (
    "id", "reference", "campaign_id", "account_id", "contact_id", "created_by_id", "recipient", "operator", "channel",
    "kind", "text", "segments", "sender_id", "status", "provider_message_id", "error_code", "error_text", "price",
    "send_after", "expires_at", "attempts", "attempted_at", "created_at", "sent_at", "finished_at",
)  # fmt: skip
EVENT_COLUMNS = ("message_id", "at", "status", "told", "source", "code", "text")


@dataclass(frozen=True, slots=True)
class Plan:
    """`first_id`: of the first message. `campaigns`: ids, one for each `campaign_size` messages in their order.
    `accounts`: (id, channel) in turn by campaign. `contacts`: number → id, of those who are contacts."""

    messages: int
    waiting: int
    people: int
    campaign_size: int
    first_id: int
    starts: datetime
    ends: datetime
    campaigns: Sequence[int]
    accounts: Sequence[tuple[int, str]]
    writers: Sequence[int]
    contacts: Mapping[str, int]
    operators: Mapping[str, str]

    def moment(self, place: int) -> datetime:
        return self.starts + (self.ends - self.starts) * (place / self.messages)

    def account(self, place: int) -> tuple[int, str]:
        return self.accounts[place // self.campaign_size % len(self.accounts)]


def number_of(person: int) -> str:
    return f"{PREFIXES[person % len(PREFIXES)]}{10_000_000 + person}"


def name_of(person: int) -> str:
    first, last = FIRST_NAMES[person % len(FIRST_NAMES)], LAST_NAMES[person // 7 % len(LAST_NAMES)]
    return f"{first} {last} {person}"


def operators() -> dict[str, str]:
    """Prefix → the operator's name."""
    return {prefix: operator_of(f"{prefix}10000000") for prefix in PREFIXES}


def number_of_people(messages: int, campaign_size: int) -> int:
    """About 25 messages for each, and never one twice in a campaign."""
    people = max(messages // 25, campaign_size, 1)
    return people if people % STEP else people + 1


def _dice(place: int) -> int:
    """0 to 9,999, the same for the same place."""
    return ((place * 2654435761 & 0xFFFFFFFF) >> 7) % 10_000


def status_of(plan: Plan, place: int) -> str:
    """How it ends. That nobody ever reported happens among the oldest only: lists that look for it look far back."""
    if place >= plan.messages - plan.waiting:
        return "queued"
    dice = _dice(place)
    ending = next((status for limit, status in ENDINGS if dice < limit), "delivered")
    return "sent" if ending == "delivered" and place < plan.messages // 10 and dice % 8 == 0 else ending


def message_row(plan: Plan, place: int) -> tuple[Any, ...]:
    """One message's values, as `MESSAGE_COLUMNS` names them."""
    made, status, dice = plan.moment(place), status_of(plan, place), _dice(place)
    number = number_of(place * STEP % plan.people)
    account, channel = plan.account(place)
    in_campaign = dice % 10 < 7
    leaves = plan.ends + timedelta(days=1) if status == "queued" else made
    sent_at = None if status in NEVER_SENT or status == "uncertain" else made + timedelta(seconds=1)
    ended = None if status in {"queued", "sent", "uncertain"} else made + timedelta(seconds=2 + dice % 90)
    code, words = REASONS.get(status, ("", ""))
    segments = 1 if dice % 5 else 2
    return (
        plan.first_id + place, f"{reference_at(made)}{plan.first_id + place:014x}",
        plan.campaigns[place // plan.campaign_size] if in_campaign else None,
        account, plan.contacts.get(number), plan.writers[place // plan.campaign_size % len(plan.writers)],
        number, plan.operators[number[:6]], channel, kind_of(in_campaign, dice), text_of(in_campaign, dice, place),
        segments, "SMSOPS", status, f"L{plan.first_id + place}" if sent_at else "", code, words,
        PRICE * segments if sent_at else None, leaves, leaves + timedelta(days=1), 1 if sent_at else 0,
        sent_at or (made if status == "uncertain" else None), made, sent_at, ended,
    )  # fmt: skip


def kind_of(in_campaign: bool, dice: int) -> str:
    if in_campaign:
        return "promotional"
    return "otp" if dice % 10 == 7 else "transactional"


def text_of(in_campaign: bool, dice: int, place: int) -> str:
    if in_campaign:
        return f"Promo akhir pekan di toko kami, tunjukkan SMS ini. Info 021-500123. {place // 10_000}"
    if dice % 10 == 7:
        return f"Kode Anda {100_000 + place % 900_000}. Jangan berikan kepada siapa pun."
    return f"Pesanan {place} sudah dikirim. Terima kasih."


def answer_of(place: int) -> str:
    """What somebody writes back."""
    return f"{ANSWERS[_dice(place) % len(ANSWERS)]} {place}"


def event_rows(messages: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """What happened to these messages, as `EVENT_COLUMNS` names it."""
    place = {name: number for number, name in enumerate(MESSAGE_COLUMNS)}
    for row in messages:
        pk, status, sent_at, ended = (row[place[name]] for name in ("id", "status", "sent_at", "finished_at"))
        if sent_at:
            yield pk, sent_at, "sent", "", "submit", "0", "Accepted"
        if ended and status != "sent":
            source = "callback" if sent_at else "system"
            yield pk, ended, status, "", source, row[place["error_code"]], row[place["error_text"]]
