"""What the five simulated providers have in common: one way through which every send passes.

A desk reads a request into drafts, and `process` decides by fault and magic number what becomes of them. Every
provider's own words, codes and formats stay in its module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from providers.sandbox.callbacks import Courier
from providers.sandbox.outcomes import CALL_LEVEL, UNPROCESSED, Outcome, outcome_of
from providers.sandbox.state import Draft, Inbound, Message, Report, State
from providers.sandbox.wire import Answer, Outgoing, Request, spoil_answer, unprocessed_answer
from providers.types import ReportStatus

Handler = Callable[[Request], Answer]
STARTING_BALANCE = 10_000_000


@dataclass(frozen=True, slots=True)
class Route:
    """What serves one path, and whether it sends messages."""

    handler: Handler
    is_send: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What the provider says about one number of a call; `message` where it was taken."""

    draft: Draft
    code: str
    message: Message | None = None

    @property
    def id(self) -> str:
        return self.message.id if self.message else ""


class Desk:
    """One provider. `codes` gives its own code for an outcome, `ok` the one for acceptance.

    `whole_call`: the outcomes that this provider answers for the call and not for one number.
    `words`: its word for a report; `report_batch`: how many reports it puts into one callback.
    """

    slug: ClassVar[str]
    ok: ClassVar[str]
    codes: ClassVar[Mapping[Outcome, str]]
    words: ClassVar[Mapping[ReportStatus, Any]]
    whole_call: ClassVar[frozenset[Outcome]] = frozenset({Outcome.CREDENTIALS, Outcome.ADDRESS})
    report_batch: ClassVar[int] = 1
    announces_schedule: ClassVar[bool] = False
    has_inbox: ClassVar[bool] = False

    def __init__(self, state: State, courier: Courier, *, slow: float) -> None:
        self.state = state
        self.courier = courier
        self.slow = slow

    # --- each provider's own -------------------------------------------------------------------------------------

    def routes(self) -> dict[str, Route]:
        """Every documented path."""
        raise NotImplementedError

    def render(self, request: Request, entries: Sequence[Entry], outcome: Outcome | None) -> Answer:
        """The answer to a send."""
        raise NotImplementedError

    def answer_code(self, request: Request, code: str) -> Answer:
        """The answer of a call that is refused as a whole with one of the provider's codes."""
        raise NotImplementedError

    def write_reports(self, url: str, reports: Sequence[Report]) -> Outgoing:
        """The delivery callback with at most `report_batch` reports."""
        raise NotImplementedError

    def write_inbound(self, url: str, inbound: Inbound) -> Outgoing:
        raise NotImplementedError

    def next_id(self) -> str:
        return str(self.state.next_id())

    def cut(self, body: bytes) -> bytes:
        """The body as it is when the connection ends in the middle of it."""
        return body[: len(body) * 2 // 3]

    def untidy(self, body: bytes) -> bytes:
        """The same answer as a careless server gives it."""
        return body

    # --- common to all -------------------------------------------------------------------------------------------

    @property
    def credentials(self) -> Mapping[str, str]:
        return self.state.credentials[self.slug]

    @property
    def accepted(self) -> int:
        return self.state.counters[self.slug].accepted

    def serve(self, route: Route, request: Request) -> Answer:
        """Answer one request to this provider, under the fault that has been set for it, if any."""
        self.state.count(self.slug, "calls")
        if route.is_send:
            self.state.count(self.slug, "sends")
        fault = self.state.take_fault(self.slug, is_send=route.is_send)
        if fault is None:
            return route.handler(request)
        if fault.outcome is None:
            return self.answer_code(request, fault.code)
        return self._serve_outcome(route, request, fault.outcome)

    def _serve_outcome(self, route: Route, request: Request, outcome: Outcome) -> Answer:
        if outcome in UNPROCESSED:
            return unprocessed_answer(outcome)
        if outcome in self.whole_call | {Outcome.CREDIT}:
            return self.answer_code(request, self.codes[outcome])
        if route.is_send:
            return route.handler(replace(request, fault=outcome))
        return self._spoil(route.handler(request), outcome)

    def process(self, request: Request, drafts: Sequence[Draft]) -> Answer:
        """Take the drafts of one send, as the fault or the magic numbers among them say, and answer it."""
        outcome = request.fault or self._call_outcome(drafts)
        if outcome in UNPROCESSED:
            return unprocessed_answer(outcome)
        if outcome is not None and outcome in self.whole_call:
            return self.answer_code(request, self.codes[outcome])
        entries = self._enter(drafts, outcome)
        self.state.count(self.slug, "refused", sum(entry.message is None for entry in entries))
        self._report_early(entries)
        return self._spoil(self.render(request, entries, outcome), outcome)

    def _call_outcome(self, drafts: Sequence[Draft]) -> Outcome | None:
        outcomes = (outcome_of(draft.number) for draft in drafts)
        return next((outcome for outcome in outcomes if outcome in CALL_LEVEL | self.whole_call), None)

    def _enter(self, drafts: Sequence[Draft], outcome: Outcome | None) -> list[Entry]:
        if outcome is not Outcome.HALF:
            return self.enter_each(drafts, outcome)
        half = (len(drafts) + 1) // 2
        rest = [Entry(draft, self.codes[Outcome.CREDIT]) for draft in drafts[half:]]
        return self.enter_each(drafts[:half], None) + rest

    def enter_each(self, drafts: Sequence[Draft], outcome: Outcome | None) -> list[Entry]:
        """One entry a draft; a fault of the whole provider overrules what the number says."""
        return [self.enter(draft, outcome or outcome_of(draft.number)) for draft in drafts]

    def enter(self, draft: Draft, outcome: Outcome) -> Entry:
        """Take one draft, unless it is flawed or its outcome is a refusal."""
        code = draft.flaw or self.refusal(draft, outcome)
        if code:
            return Entry(draft, code)
        return Entry(draft, self.ok, self.take(draft, outcome))

    def refusal(self, draft: Draft, outcome: Outcome) -> str:
        """The code with which this outcome refuses a message, or nothing."""
        return self.codes.get(outcome, "")

    def take(self, draft: Draft, outcome: Outcome) -> Message:
        """Keep a message and plan its reports; a repeated reference gives the first one again."""
        identifier = draft.reference if outcome is Outcome.NO_ID and draft.reference else self.next_id()
        message, is_new = self.state.add_message(self.slug, draft, identifier, outcome)
        if is_new and draft.wants_report and outcome is not Outcome.EARLY:
            self.courier.plan_reports(self, message)
        return message

    def _report_early(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            message = entry.message
            if message and message.outcome is Outcome.EARLY and message.draft.wants_report and not message.status:
                self.courier.report_now(self, message)

    def _spoil(self, answer: Answer, outcome: Outcome | None) -> Answer:
        if outcome is None:
            return answer
        cut = self.cut(answer.body) if outcome is Outcome.TRUNCATED else b""
        untidy = self.untidy(answer.body) if outcome is Outcome.UNTIDY else b""
        return spoil_answer(answer, outcome, cut=cut, untidy=untidy, slow=self.slow)
