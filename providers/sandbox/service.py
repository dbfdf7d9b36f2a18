"""The sandbox as one object: five desks, a courier and a door; in a test's own process or in one of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Self

from providers.sandbox.callbacks import Courier
from providers.sandbox.control import Control
from providers.sandbox.desk import Desk, Route
from providers.sandbox.nusasms import NusaSms
from providers.sandbox.outcomes import Outcome
from providers.sandbox.phonebook import Book
from providers.sandbox.phones import Phones
from providers.sandbox.rajasms import RajaSms
from providers.sandbox.server import HOST, Door
from providers.sandbox.smsmasking import API, SmsMasking
from providers.sandbox.state import KINDS, CallbackRecord, Counters, Fault, Inbound, Kind, Message, State
from providers.sandbox.tcast import Tcast
from providers.sandbox.unified import Unified
from providers.sandbox.wire import Answer, Request

DESKS: tuple[type[Desk], ...] = (NusaSms, Tcast, RajaSms, SmsMasking, Unified)

# (provider, username) → (reports URL, inbox URL), each "" where there is none.
CallbackLookup = Callable[[str, str], tuple[str, str]]


class Sandbox:
    """The five providers on one port of 127.0.0.1.

    `port` 0 takes a free one. `delay`: seconds until a message is delivered. `slow`: seconds a slow answer takes.
    `hold`: seconds an answer that never comes keeps the connection. `retries`: seconds before a callback that was
    not answered by 200 is tried again. `keep`: how many messages and callbacks are remembered.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        delay: float = 2,
        slow: float = 3,
        hold: float = 300,
        retries: Sequence[float] = (1, 5, 30),
        keep: int = 20_000,
        credentials: Mapping[str, Mapping[str, str]] | None = None,
        callback_lookup: CallbackLookup | None = None,
    ) -> None:
        self.port = port
        self._hold = hold
        self._lookup = callback_lookup
        self.state = State(credentials=credentials or {}, keep=keep)
        self.courier = Courier(self.state, delay=delay, retries=retries, find_url=self._find_url)
        self.desks: dict[str, Desk] = {desk.slug: desk(self.state, self.courier, slow=slow) for desk in DESKS}
        self._routes: dict[str, tuple[Desk, Route]] = {
            path: (desk, route) for desk in self.desks.values() for path, route in desk.routes().items()
        }
        self._control, self._phones = Control(self), Phones(self)
        self._door: Door | None = None

    # --- running -------------------------------------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> Self:
        """Open the door; OSError where the port is taken. After `stop` it opens on the same port again."""
        self._door = Door(self.port, self.answer, hold_seconds=self._hold)
        self.port = self._door.server_port
        self.courier.start()
        threading.Thread(target=self._door.serve, daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the door and every connection; what has been recorded stays."""
        if self._door is not None:
            self._door.stop()
            self.courier.stop()
            self._door = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def answer(self, request: Request) -> Answer:
        """Answer one request, whoever it is for."""
        path = request.path.lower() if request.path[: len(API)].lower() == API else request.path
        found = self._routes.get(path)
        if found is not None:
            return found[0].serve(found[1], request)
        if path.startswith("/_sandbox/"):
            return self._control.answer(request)
        return self._phones.answer(request)

    # --- looking -------------------------------------------------------------------------------------------------

    @property
    def submissions(self) -> list[Message]:
        """The messages that the providers have taken, oldest first (the last `keep` of them)."""
        with self.state.lock:
            return list(self.state.messages)

    @property
    def callbacks(self) -> list[CallbackRecord]:
        """The calls that the sandbox has made to us, oldest first."""
        with self.state.lock:
            return list(self.state.callbacks)

    def counters(self, provider: str) -> Counters:
        return self.state.counters[provider]

    def phonebook(self, username: str = "") -> Book:
        """A customer's phone book at smsmasking; without a name, that of the credentials given at the start."""
        return self.state.book(username or self.state.credentials[SmsMasking.slug]["username"])

    def wait_idle(self, timeout: float = 10) -> bool:
        """Wait until every callback has left; False where `timeout` seconds were not enough."""
        return self.courier.wait_idle(timeout)

    # --- steering ------------------------------------------------------------------------------------------------

    def set_fault(
        self, provider: str, fault: str | None, count: int | None = None, *, everywhere: bool = False
    ) -> None:
        """Let the next `count` sends of a provider (all, where None) meet a fault; None lifts it.

        `fault` is an `Outcome` ("html", "500", "reset", "credentials" …) or "code:" and a code of the provider's own.
        `everywhere`: calls that send nothing meet it too. ValueError for an unknown fault, KeyError for a provider.
        """
        self.desks[provider]
        self.state.set_fault(provider, read_fault(fault, count, everywhere=everywhere))

    def register_callbacks(self, provider: str, *, reports: str = "", inbox: str = "") -> None:
        """The URLs to call for a provider, as its support would register them; "" takes one back."""
        self.desks[provider]
        for kind, url in zip(KINDS, (reports, inbox), strict=True):
            if url and not url.startswith(("http://", "https://")):
                raise ValueError("a callback URL starts with http:// or https://")
            self.state.urls[provider, kind] = url

    def receive(self, provider: str, sender: str, text: str) -> Inbound:
        """An SMS from a phone: pushed to our inbox URL (nusasms) or kept for `getsms` (tcast)."""
        desk = self.desks[provider]
        if not desk.has_inbox:
            raise ValueError("this provider has no inbox")
        # A lone surrogate, which JSON may carry, cannot go on the wire.
        inbound = self.state.add_inbound(provider, sender, text.encode("utf-8", "replace").decode())
        if provider not in self.state.waiting:
            self.courier.push_inbound(desk, inbound)
        return inbound

    def reset(self) -> None:
        """Forget messages, callbacks, faults, registered URLs and changed passwords."""
        self.courier.clear()
        self.state.reset()

    def _find_url(self, desk: Desk, kind: Kind, message: Message | None) -> str:
        """The request's own URL, else the registered one, else the account's."""
        own = message.draft.callback_url if message else ""
        registered = own or self.state.urls.get((desk.slug, kind), "")
        if registered or self._lookup is None:
            return registered
        return self._lookup(desk.slug, message.draft.username if message else "")[KINDS.index(kind)]


def read_fault(fault: str | None, count: int | None, *, everywhere: bool) -> Fault | None:
    if fault is None:
        return None
    if fault.startswith("code:"):
        return Fault(None, fault.removeprefix("code:"), count, everywhere)
    return Fault(Outcome(fault), "", count, everywhere)
