"""Unified Communications bulksms: one text to a comma list; the answer is a comma list of `code|number|id`."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar
from urllib.parse import urlencode

from providers.sandbox.desk import STARTING_BALANCE, Desk, Entry, Route
from providers.sandbox.outcomes import Outcome
from providers.sandbox.state import Draft, Report
from providers.sandbox.wire import JAKARTA, Answer, Outgoing, Request, from_utf16_hex, wire_digits
from providers.types import ReportStatus

PRICE = 300
REQUIRED = ("username", "password", "type", "dlr", "destination", "source", "message")
TYPES = frozenset("0124567")
UNICODE_TYPES = frozenset("26")
SOURCE = re.compile(r"\+?\d{1,18}|[\w .&-]{1,11}")
WHOLE_REQUEST_CODES = frozenset({"1702", "1703", "1704", "1705", "1707", "1708"})


class Unified(Desk):
    slug = "unified"
    ok = "1701"
    # The document says 1725 for empty credit; the server says 1025.
    codes = {
        Outcome.CREDENTIALS: "1703",
        Outcome.ADDRESS: "18",
        Outcome.CREDIT: "1025",
        Outcome.REFUSED: "1706",
        Outcome.VALIDATION_FAILED: "1709",
        Outcome.RESPONSE_TIMEOUT: "1715",
    }
    words: ClassVar = {
        ReportStatus.NOTHING_NEW: "ENROUTE",
        ReportStatus.SENT: "ENROUTE",
        ReportStatus.DELIVERED: "DELIVRD",
        ReportStatus.UNDELIVERED: "UNDELIV",
        ReportStatus.EXPIRED: "EXPIRED",
        ReportStatus.REJECTED: "REJECTD",
    }

    def routes(self) -> dict[str, Route]:
        return {
            "/bulksms/bulksms": Route(self.send, is_send=True),
            "/bulksms/schedulemsg": Route(self.schedule, is_send=True),
            "/CreditCheck/checkcredits": Route(self.credits),
        }

    def send(self, request: Request) -> Answer:
        fields = request.values
        code = self._flaw(fields)
        return text_answer(code) if code else self.process(request, read_drafts(fields, None))

    def schedule(self, request: Request) -> Answer:
        fields = request.values
        when = read_time(fields)
        code = self._flaw(fields) or ("" if when else "1702")
        return text_answer(code) if code else self.process(request, read_drafts(fields, when))

    def _flaw(self, fields: dict[str, str]) -> str:
        """The code for a request that is refused before any number is looked at."""
        if any(not fields.get(name) for name in REQUIRED) or (fields["type"] == "4" and not fields.get("url")):
            return "1702"
        if any(fields[name] != value for name, value in self.credentials.items()):
            return "1703"
        if fields["type"] not in TYPES or fields["dlr"] not in ("0", "1"):
            return "1704" if fields["dlr"] in ("0", "1") else "1708"
        return "" if SOURCE.fullmatch(fields["source"]) else "1707"

    def enter_each(self, drafts: Sequence[Draft], outcome: Outcome | None) -> list[Entry]:
        """The server stops at the first error that is not a bad number."""
        entries: list[Entry] = []
        for draft in drafts:
            entries += super().enter_each([draft], outcome)
            if entries[-1].code not in (self.ok, "1706"):
                break
        return entries

    def enter(self, draft: Draft, outcome: Outcome) -> Entry:
        """After 1715 the message may be on its way: here it is."""
        if outcome is Outcome.RESPONSE_TIMEOUT:
            return Entry(draft, self.codes[outcome], self.take(draft, outcome))
        return super().enter(draft, outcome)

    def render(self, request: Request, entries: Sequence[Entry], outcome: Outcome | None) -> Answer:
        lines = [entry_text(entry.draft.number, entry.code, entry.id) for entry in until_abort(entries)]
        return text_answer(",".join(lines))

    def credits(self, request: Request) -> Answer:
        fields = request.values
        if any(fields.get(name) != value for name, value in self.credentials.items()):
            return text_answer("1703")
        return text_answer(f"Credits: {(STARTING_BALANCE - self.accepted * PRICE) // PRICE}")

    def answer_code(self, request: Request, code: str) -> Answer:
        """The bare code for a bad request, else `code|number` for the first number, where the server stops."""
        destination = request.values.get("destination", "").split(",")[0]
        return text_answer(code if code in WHOLE_REQUEST_CODES or not destination else f"{code}|{destination}")

    def next_id(self) -> str:
        return str(uuid.uuid4())

    def write_reports(self, url: str, reports: Sequence[Report]) -> Outgoing:
        """POST form."""
        message, status = reports[0].message, reports[0].status
        form = {
            "sSender": message.draft.sender,
            "sMobileNo": message.number,
            "sStatus": self.words[status],
            "dtSubmit": f"{message.at.astimezone(JAKARTA):%Y-%m-%d %H:%M:%S}",
            "dtDone": f"{datetime.now(JAKARTA):%Y-%m-%d %H:%M:%S}",
            "sMessageId": message.id,
            "iCostPerSms": "0.02",
            "iCharge": "0.02",
            "iMCCMNC": "51010",
            "iErrCode": "0" if status in (ReportStatus.DELIVERED, ReportStatus.SENT) else "11",
        }
        return Outgoing("POST", url, urlencode(form).encode(), "application/x-www-form-urlencoded")

    def cut(self, body: bytes) -> bytes:
        """End inside the number of the last entry; a cut id could not be told from a whole one."""
        return body[: max(body.rfind(b"|") - 4, 3)]

    def untidy(self, body: bytes) -> bytes:
        """Braces around the entries, line breaks for commas, a colon before the id; all of it has been seen."""
        lines = [re.sub(r"^(\d+\|[^|]*)\|", r"\1:", line) for line in body.decode().split(",")]
        return "\r\n".join("{" + line + "}" for line in lines).encode() + b"\r\n"


def read_drafts(fields: dict[str, str], when: datetime | None) -> list[Draft]:
    """One draft a destination. Types 2 and 6 carry UTF-16BE in hexadecimal; some servers take UTF-8 there."""
    text = fields["message"]
    if fields["type"] in UNICODE_TYPES:
        text = from_utf16_hex(text) or text
    if fields["type"] == "4":
        text = f"{text} {fields['url']}"
    return [
        Draft(
            wire_digits(number) or number,
            text,
            "" if wire_digits(number) else "1706",
            username=fields["username"],
            sender=fields["source"],
            scheduled_for=when,
            wants_report=fields["dlr"] == "1",
        )
        for number in fields["destination"].split(",")
    ]


def read_time(fields: dict[str, str]) -> datetime | None:
    """`date` MM/DD/YYYY, `time` hh:mm am/pm and `gmt` GMT +hh:mm (or +hh:mm) as a moment."""
    found = re.fullmatch(r"(?:GMT )?([+-])(\d{1,2}):(\d{2})", fields.get("gmt", "").strip())
    if not found:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3])) * (-1 if found[1] == "-" else 1)
    try:
        moment = datetime.strptime(f"{fields.get('date')} {fields.get('time')}", "%m/%d/%Y %I:%M %p")
        return moment.replace(tzinfo=timezone(offset)).astimezone(UTC)
    except ValueError:
        return None


def until_abort(entries: Sequence[Entry]) -> list[Entry]:
    """The entries up to and including the first abort."""
    stops = [index for index, entry in enumerate(entries) if entry.code not in ("1701", "1706")]
    return list(entries[: stops[0] + 1] if stops else entries)


def entry_text(number: str, code: str, identifier: str) -> str:
    return f"{code}|{number}|{identifier}" if code == "1701" else f"{code}|{number}"


def text_answer(text: str) -> Answer:
    return Answer(text.encode())
