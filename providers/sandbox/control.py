"""The control API under `/_sandbox/`: JSON in, JSON out, for tests and `make`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from providers.sandbox.wire import Answer, Request, json_answer

if TYPE_CHECKING:
    from providers.sandbox.service import Sandbox

ASSETS = {"phones.css": "text/css; charset=utf-8", "phones.js": "text/javascript; charset=utf-8"}
FOLDER = Path(__file__).parent / "assets"


class Control:
    """state, health, faults, callbacks, inbound, phonebook, reset; and the files of the pages."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._routes: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", "state"): self.show_state,
            ("GET", "health"): lambda request: json_answer({"status": "ok"}),
            ("POST", "faults"): self.set_fault,
            ("POST", "callbacks"): self.register_callbacks,
            ("POST", "inbound"): self.receive,
            ("GET", "phonebook"): self.show_phonebook,
            ("POST", "phonebook"): self.steer_phonebook,
            ("POST", "reset"): self.reset,
        }

    def answer(self, request: Request) -> Answer:
        name = request.path.removeprefix("/_sandbox/")
        if name in ASSETS and request.method == "GET":
            return Answer((FOLDER / name).read_bytes(), 200, ASSETS[name])
        handler = self._routes.get((request.method, name))
        if handler is None or is_foreign(request):
            return json_answer({"error": "no such call"}, status=403 if handler else 404)
        try:
            return handler(request)
        except (ValueError, KeyError, TypeError) as error:
            return json_answer({"error": f"{type(error).__name__}: {error}"}, status=400)

    def show_state(self, request: Request) -> Answer:
        """Counters and lists per provider; `?lists=0` leaves the lists out."""
        return json_answer({"providers": self.sandbox.state.snapshot(lists="lists=0" not in request.query)})

    def set_fault(self, request: Request) -> Answer:
        body = request.json()
        count = None if body.get("count") is None else int(body["count"])
        everywhere = bool(body.get("everywhere", False))
        self.sandbox.set_fault(body["provider"], body["fault"], count, everywhere=everywhere)
        return done()

    def register_callbacks(self, request: Request) -> Answer:
        body = request.json()
        reports, inbox = str(body.get("reports") or ""), str(body.get("inbox") or "")
        self.sandbox.register_callbacks(body["provider"], reports=reports, inbox=inbox)
        return done()

    def receive(self, request: Request) -> Answer:
        body = request.json()
        inbound = self.sandbox.receive(body["provider"], str(body["sender"]), str(body["text"]))
        return done(id=inbound.id)

    def show_phonebook(self, request: Request) -> Answer:
        """Entries, groups and calls of `?username=`, or of the given credentials."""
        return json_answer(self.sandbox.phonebook(request.values.get("username", "")).snapshot())

    def steer_phonebook(self, request: Request) -> Answer:
        """Any of `entries` and `groups` to put in, the settings of a Book, `clear_faults`, and a `fault`."""
        body = request.json()
        book = self.sandbox.phonebook(str(body.get("username") or ""))
        book.configure(body)
        if body.get("clear_faults"):
            book.clear_faults()
        if fault := body.get("fault"):
            after, times = int(fault.get("after", 0)), int(fault.get("times", 1))
            book.fault(str(fault["call"]), str(fault["kind"]), after=after, times=times)
        return done(ids=book.seed(entries=body.get("entries", []), groups=map(str, body.get("groups", []))))

    def reset(self, request: Request) -> Answer:
        self.sandbox.reset()
        return done()


def is_foreign(request: Request) -> bool:
    """Whether a web page of another site sends this: browsers name it in Origin."""
    origin = request.headers.get("origin", "")
    return bool(origin) and origin.partition("://")[2] != request.headers.get("host", "")


def done(**values: Any) -> Answer:
    return json_answer({"status": "ok", **values})
