"""What the sandbox remembers: messages, counters, faults, callbacks. Lists are bounded, counters exact."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from providers.sandbox.outcomes import Outcome
from providers.sandbox.phonebook import Book
from providers.types import ReportStatus

Kind = Literal["reports", "inbox"]
PROVIDERS = ("nusasms", "tcast", "rajasms", "smsmasking", "unified")
KINDS: tuple[Kind, ...] = ("reports", "inbox")

DEFAULT_CREDENTIALS: dict[str, dict[str, str]] = {
    "nusasms": {"username": "demo", "password": "demo-secret"},
    "tcast": {"account": "demo", "password": "demo-secret"},
    "rajasms": {"apikey": "demo-apikey-0001"},
    "smsmasking": {"username": "demo", "password": "demo-secret"},
    "unified": {"username": "demo", "password": "demo-secret"},
}


@dataclass(frozen=True, slots=True)
class Draft:
    """One message as a request asks for it. `flaw` is the provider's code for what is wrong with it."""

    number: str
    text: str
    flaw: str = ""
    reference: str = ""
    username: str = ""
    sender: str = ""
    channel: str = "sms"
    callback_url: str = field(default="", repr=False)
    scheduled_for: datetime | None = None
    wants_report: bool = True


@dataclass(slots=True)
class Message:
    """One message that a provider has taken; `status` is what a report would say now."""

    provider: str
    draft: Draft
    id: str
    at: datetime
    outcome: Outcome
    status: ReportStatus = ReportStatus.NOTHING_NEW

    @property
    def number(self) -> str:
        return self.draft.number

    @property
    def text(self) -> str:
        return self.draft.text

    @property
    def reference(self) -> str:
        return self.draft.reference

    def as_dict(self) -> dict[str, Any]:
        """The public figures, for the state page."""
        names = ("number", "text", "reference", "sender", "channel")
        shown = {name: getattr(self.draft, name) for name in names}
        return {"provider": self.provider, "id": self.id, "at": self.at.isoformat(), "status": self.status, **shown}


@dataclass(frozen=True, slots=True)
class Report:
    """One delivery report about to go out."""

    message: Message
    status: ReportStatus


@dataclass(frozen=True, slots=True)
class Inbound:
    """One SMS that a phone sent to the provider."""

    id: int
    provider: str
    sender: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallbackRecord:
    """One call that the sandbox made to us; `status` is the HTTP status, 0 where no answer came."""

    provider: str
    kind: Kind
    ids: tuple[str, ...]
    status: int
    attempt: int
    at: str


@dataclass(slots=True)
class Fault:
    """What every send of a provider does now: an outcome, or one of its own codes; `remaining` calls, or for ever."""

    outcome: Outcome | None
    code: str = ""
    remaining: int | None = None
    everywhere: bool = False


@dataclass(slots=True)
class Counters:
    """How often something happened at one provider since the start."""

    calls: int = 0
    sends: int = 0
    accepted: int = 0
    refused: int = 0
    deduplicated: int = 0


class State:
    """Everything the five desks share. Every method is safe to call from any thread."""

    def __init__(self, *, credentials: Mapping[str, Mapping[str, str]], keep: int) -> None:
        self._given_credentials = credentials
        self._keep = keep
        self.lock = threading.Lock()
        # Ids must not come again after a restart: the counterpart's database remembers the old ones.
        self._ids = itertools.count(int(time.time() * 1000) * 1000)
        self.reset()

    def reset(self) -> None:
        """Forget everything but the credentials given at the start."""
        with self.lock:
            self.credentials = {
                slug: {**values, **self._given_credentials.get(slug, {})}
                for slug, values in DEFAULT_CREDENTIALS.items()
            }
            self.counters = {slug: Counters() for slug in PROVIDERS}
            self.messages: deque[Message] = deque()
            self.callbacks: deque[CallbackRecord] = deque(maxlen=self._keep)
            self.inbound: deque[Inbound] = deque(maxlen=1000)
            self.waiting: dict[str, deque[Inbound]] = {"tcast": deque(maxlen=self._keep)}
            self.books: dict[str, Book] = {}
            self.urls: dict[tuple[str, str], str] = {}
            self._by_id: dict[tuple[str, str], Message] = {}
            self._by_reference: dict[tuple[str, str], Message] = {}
            self._faults: dict[str, Fault] = {}

    def next_id(self) -> int:
        return next(self._ids)

    def book(self, username: str) -> Book:
        """The phone book of a customer of smsmasking; asking for it makes him one."""
        with self.lock:
            return self.books.setdefault(username, Book(self.next_id))

    def count(self, provider: str, name: str, amount: int = 1) -> None:
        with self.lock:
            counters = self.counters[provider]
            setattr(counters, name, getattr(counters, name) + amount)

    def add_message(self, provider: str, draft: Draft, identifier: str, outcome: Outcome) -> tuple[Message, bool]:
        """Keep a message; (the earlier one, False) where its reference has been seen already."""
        with self.lock:
            known = self._by_reference.get((provider, draft.reference)) if draft.reference else None
            if known is not None:
                self.counters[provider].deduplicated += 1
                return known, False
            message = Message(provider, draft, identifier, datetime.now(UTC), outcome)
            self._index(message)
            self.counters[provider].accepted += 1
        return message, True

    def _index(self, message: Message) -> None:
        if len(self.messages) >= self._keep:
            self._forget(self.messages.popleft())
        self.messages.append(message)
        self._by_id[message.provider, message.id] = message
        if message.reference:
            self._by_reference[message.provider, message.reference] = message

    def _forget(self, message: Message) -> None:
        self._by_id.pop((message.provider, message.id), None)
        self._by_reference.pop((message.provider, message.reference), None)

    def find_message(self, provider: str, identifier: str) -> Message | None:
        with self.lock:
            return self._by_id.get((provider, identifier))

    def find_reference(self, provider: str, reference: str) -> Message | None:
        with self.lock:
            return self._by_reference.get((provider, reference))

    def add_inbound(self, provider: str, sender: str, text: str) -> Inbound:
        inbound = Inbound(self.next_id(), provider, sender, text, datetime.now(UTC))
        with self.lock:
            self.inbound.append(inbound)
            if provider in self.waiting:
                self.waiting[provider].append(inbound)
        return inbound

    def take_inbound(self, provider: str, limit: int) -> list[Inbound]:
        """Hand out waiting inbound messages, each once only."""
        with self.lock:
            queue = self.waiting[provider]
            return [queue.popleft() for _ in range(min(limit, len(queue)))]

    def set_fault(self, provider: str, fault: Fault | None) -> None:
        with self.lock:
            self._faults.pop(provider, None)
            if fault is not None:
                self._faults[provider] = fault

    def take_fault(self, provider: str, *, is_send: bool) -> Fault | None:
        """The fault that this call meets; counts it down."""
        if provider not in self._faults:
            return None
        with self.lock:
            fault = self._faults.get(provider)
            if fault is None or not (is_send or fault.everywhere):
                return None
            if fault.remaining is not None:
                fault.remaining -= 1
                if fault.remaining <= 0:
                    del self._faults[provider]
            return fault

    def add_callback(self, record: CallbackRecord) -> None:
        with self.lock:
            self.callbacks.append(record)

    def snapshot(self, *, lists: bool = True) -> dict[str, Any]:
        """Per provider its counters and, with `lists`, its submissions and callbacks, oldest first."""
        with self.lock:
            counters = {slug: asdict(figures) for slug, figures in self.counters.items()}
            messages = list(self.messages) if lists else []
            callbacks = list(self.callbacks) if lists else []
        if not lists:
            return counters
        for slug, figures in counters.items():
            figures["submissions"] = [message.as_dict() for message in messages if message.provider == slug]
            figures["callbacks"] = [asdict(record) for record in callbacks if record.provider == slug]
        return counters
