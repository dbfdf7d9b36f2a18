"""TCASTSMS: one text to a comma list of numbers, JSON answers with a status, and the inbox of a dedicated SIM."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from providers.sandbox.desk import STARTING_BALANCE, Desk, Entry, Route
from providers.sandbox.outcomes import Outcome
from providers.sandbox.state import Draft, Message, Report
from providers.sandbox.wire import JAKARTA, Answer, Outgoing, Request, json_answer, wire_digits
from providers.types import ReportStatus

PRICE = 350
MAX_NUMBERS_GET = 100
MAX_NUMBERS_POST = 10_000
MAX_TEXT = 1024
MAX_IDS = 200
MAX_INBOX = 50

# What a poll says of a message: (status, deliverStatus), the counter it belongs to.
POLLED: dict[ReportStatus, tuple[int, int, str]] = {
    ReportStatus.NOTHING_NEW: (2, 0, "sending"),
    ReportStatus.SENT: (0, 1, "success"),
    ReportStatus.DELIVERED: (0, 3, "success"),
    ReportStatus.UNDELIVERED: (0, 2, "success"),
    ReportStatus.EXPIRED: (0, 4, "success"),
    ReportStatus.REJECTED: (1005, 0, "fail"),
}


class Tcast(Desk):
    slug = "tcast"
    ok = "0"
    codes = {Outcome.CREDENTIALS: "-1", Outcome.ADDRESS: "-2", Outcome.CREDIT: "-10", Outcome.REFUSED: "-9"}
    whole_call = Desk.whole_call | {Outcome.CREDIT}
    # Result and reason of a push; an older report after the last one can only be a failure here.
    words: ClassVar = {
        ReportStatus.NOTHING_NEW: (0, "success"),
        ReportStatus.SENT: (1, "no route"),
        ReportStatus.DELIVERED: (0, "success"),
        ReportStatus.UNDELIVERED: (1, "phone out of reach"),
        ReportStatus.EXPIRED: (1006, "expired"),
        ReportStatus.REJECTED: (1005, "rejected"),
    }
    report_batch = 50
    has_inbox = True

    def routes(self) -> dict[str, Route]:
        return {
            "/sendsms": Route(self.send, is_send=True),
            "/getbalance": Route(self.balance),
            "/getreport": Route(self.report),
            "/getsms": Route(self.inbox),
        }

    def send(self, request: Request) -> Answer:
        fields = request.values
        if not self._knows(fields):
            return status_answer("-1")
        numbers = [number for number in fields.get("numbers", "").split(",") if number.strip()]
        text = fields.get("content", "")
        limit = MAX_NUMBERS_POST if request.method == "POST" else MAX_NUMBERS_GET
        flaw = "-4" if not text else "-5" if len(text) > MAX_TEXT else "-7" if len(numbers) > limit else ""
        if flaw or not numbers:
            return status_answer(flaw or "-8")
        return self.process(request, [self._read_draft(number, text, fields) for number in numbers])

    def _read_draft(self, number: str, text: str, fields: dict[str, str]) -> Draft:
        digits = wire_digits(number)
        flaw = "" if digits else "-9"
        return Draft(digits or number, text, flaw, username=fields["account"], sender=fields.get("sender", ""))

    def render(self, request: Request, entries: Sequence[Entry], outcome: Outcome | None) -> Answer:
        """Only the accepted are listed; a list that was cut short does not count what it left out."""
        if len(entries) == 1 and not entries[0].message:
            return status_answer(entries[0].code)
        rows = [[int(entry.draft.number), int(entry.id)] for entry in entries if entry.message]
        failed = sum(entry.code == self.codes[Outcome.REFUSED] for entry in entries)
        return json_answer({"status": 0, "array": rows, "success": len(rows), "fail": failed})

    def balance(self, request: Request) -> Answer:
        if not self._knows(request.values):
            return status_answer("-1")
        amount = STARTING_BALANCE - self.accepted * PRICE
        return json_answer({"status": 0, "balance": f"{amount}.000000", "gift": "2500.000000"})

    def report(self, request: Request) -> Answer:
        """Rows of seven columns; the document's four say "sent" and never "delivered"."""
        fields = request.values
        ids = [identifier.strip() for identifier in fields.get("ids", "").split(",") if identifier.strip()]
        if not self._knows(fields) or len(ids) > MAX_IDS:
            return status_answer("-7" if self._knows(fields) else "-1")
        found = [message for identifier in ids if (message := self.state.find_message(self.slug, identifier))]
        counters = dict.fromkeys(("success", "fail", "unsent", "sending"), 0)
        for message in found:
            counters[POLLED[message.status][2]] += 1
        rows = [report_row(message) for message in found]
        return json_answer({"status": 0, "array": rows, **counters, "nofound": len(ids) - len(found)})

    def inbox(self, request: Request) -> Answer:
        """At most 50 messages, each handed out once only, their text in base64."""
        if not self._knows(request.values):
            return status_answer("-1")
        rows = [
            [
                inbound.id,
                number_value(inbound.sender),
                stamp(inbound.at),
                base64.b64encode(inbound.text.encode()).decode(),
            ]
            for inbound in self.state.take_inbound(self.slug, MAX_INBOX)
        ]
        return json_answer({"status": 0, "cnt": len(rows), "array": rows})

    def answer_code(self, request: Request, code: str) -> Answer:
        return status_answer(code)

    def write_reports(self, url: str, reports: Sequence[Report]) -> Outgoing:
        """PUT JSON with at most 50 rows."""
        rows = [
            [int(report.message.id), report.message.number, stamp(report.message.at), *self.words[report.status]]
            for report in reports
        ]
        body = json.dumps({"type": "report", "cnt": len(rows), "array": rows})
        return Outgoing("PUT", url, body.encode(), "application/json")

    def untidy(self, body: bytes) -> bytes:
        """Numbers as strings, and a list of one as the bare object."""
        content = json.loads(body)
        rows = [[str(value) for value in row] for row in content.get("array", [])]
        texts = {name: str(value) for name, value in content.items() if name != "array"}
        return json.dumps({**texts, "array": rows[0] if len(rows) == 1 else rows}).encode()

    def _knows(self, fields: dict[str, str]) -> bool:
        return all(fields.get(name) == value for name, value in self.credentials.items())


def status_answer(code: str) -> Answer:
    return json_answer({"status": int(code)})


def report_row(message: Message) -> list[Any]:
    status, deliver_status, _counter = POLLED[message.status]
    at = stamp(message.at)
    return [int(message.id), int(message.number), at, status, "", at if deliver_status else 0, deliver_status]


def number_value(sender: str) -> int | str:
    return int(sender) if sender.isdigit() else sender


def stamp(moment: datetime) -> int:
    """`YYYYMMDDhhmmss` in Jakarta, as an integer."""
    return int(f"{moment.astimezone(JAKARTA):%Y%m%d%H%M%S}")
