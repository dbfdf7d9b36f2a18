"""NusaSMS: WhatsApp text in XML or JSON, the command API, and the push inbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from providers.sandbox.desk import STARTING_BALANCE, Desk, Entry, Route
from providers.sandbox.outcomes import Outcome
from providers.sandbox.state import Draft, Inbound, Report
from providers.sandbox.wire import JAKARTA, Answer, Outgoing, Request, json_answer, wire_digits
from providers.types import ReportStatus

PRICE = 500
MAX_TEXT = 1000
GATEWAY_NUMBER = "6281190001234"
SEND_PATH = "/api/v3/sendwa/plain"


class NusaSms(Desk):
    slug = "nusasms"
    ok = "0"
    codes = {
        Outcome.CREDENTIALS: "-5",
        Outcome.ADDRESS: "-40",
        Outcome.CREDIT: "-2",
        Outcome.REFUSED: "-11",
        Outcome.NOT_ON_WHATSAPP: "-13",
    }
    # Letter and error code; D is the only letter that the document names.
    words: ClassVar = {
        ReportStatus.NOTHING_NEW: ("P", "0"),
        ReportStatus.SENT: ("S", "0"),
        ReportStatus.DELIVERED: ("D", "0"),
        ReportStatus.UNDELIVERED: ("U", "8"),
        ReportStatus.EXPIRED: ("U", "5"),
        ReportStatus.REJECTED: ("U", "11"),
    }
    has_inbox = True

    def routes(self) -> dict[str, Route]:
        return {SEND_PATH: Route(self.send, is_send=True), "/api/command": Route(self.command)}

    def send(self, request: Request) -> Answer:
        fields = request.values
        if not self._knows(fields):
            return self.answer_code(request, "-5")
        given, text = fields.get("GSM", ""), fields.get("text", fields.get("SMSText", ""))
        flaw = "-6" if not given else "" if wire_digits(given) == given else "-13"
        flaw = flaw or ("" if 0 < len(text) <= MAX_TEXT else "-12")
        return self.process(request, [Draft(given, text, flaw, username=self._username(fields), channel="whatsapp")])

    def render(self, request: Request, entries: Sequence[Entry], outcome: Outcome | None) -> Answer:
        entry = entries[0]
        return result_answer(request.values, entry.code, entry.id, entry.draft.number)

    def command(self, request: Request) -> Answer:
        fields = request.values
        if not self._knows(fields):
            return command_answer(fields, {"status": "-5"})
        if fields.get("cmd") == "CREDITS":
            expires = datetime.now(JAKARTA) + timedelta(days=90)
            value = f"{STARTING_BALANCE - self.accepted * PRICE}"
            return command_answer(fields, {"value": value, "expiredDate": f"{expires:%Y-%m-%d %H:%M:%S}"})
        message = self.state.find_message(self.slug, fields.get("ref_no", ""))
        if fields.get("cmd") != "DR" or message is None:
            return command_answer(fields, {"status": "-22" if fields.get("cmd") != "DR" else "-1"})
        letter, error = self.words[message.status]
        return command_answer(fields, {"ref_no": message.id, "status": letter, "err_code": error})

    def answer_code(self, request: Request, code: str) -> Answer:
        fields = request.values
        if request.path == SEND_PATH:
            return result_answer(fields, code, "", fields.get("GSM", ""))
        return command_answer(fields, {"status": code})

    def next_id(self) -> str:
        """Eighteen digits with a leading zero, as in the document's sample."""
        return f"0{self.state.next_id():017d}"

    def write_reports(self, url: str, reports: Sequence[Report]) -> Outgoing:
        """GET."""
        letter, error = self.words[reports[0].status]
        sent = f"{datetime.now(JAKARTA):%Y-%m-%d %H:%M:%S}.0"
        query = urlencode({"ref_no": reports[0].message.id, "status": letter, "sent_date": sent, "err_code": error})
        return Outgoing("GET", f"{url}{'&' if '?' in url else '?'}{query}")

    def write_inbound(self, url: str, inbound: Inbound) -> Outgoing:
        """POST form."""
        form = {
            "id": str(inbound.id),
            "gateway_number": GATEWAY_NUMBER,
            "originator": inbound.sender,
            "msg": inbound.text,
            "receive_date": f"{inbound.at.astimezone(JAKARTA):%Y-%m-%d %H:%M:%S}",
        }
        return Outgoing("POST", url, urlencode(form).encode(), "application/x-www-form-urlencoded")

    def untidy(self, body: bytes) -> bytes:
        """A byte order mark, and for JSON the bare object instead of a list of one."""
        if body.startswith(b"{"):
            body = json.dumps({"results": json.loads(body)["results"][0]}).encode()
        return b"\xef\xbb\xbf" + body

    def _username(self, fields: dict[str, str]) -> str:
        """The document says `user` here and `username` there."""
        return fields.get("username", fields.get("user", ""))

    def _knows(self, fields: dict[str, str]) -> bool:
        has_password = fields.get("password") == self.credentials["password"]
        return has_password and self._username(fields) == self.credentials["username"]


def result_answer(fields: dict[str, str], code: str, identifier: str, destination: str) -> Answer:
    """The answer to a send, in XML where no `output` is asked for."""
    result = {"status": code, "messageid": identifier, "destination": destination}
    if fields.get("output", "xml").lower() == "json":
        return json_answer({"results": [result]})
    return xml_answer("<results><result>" + xml_fields(result) + "</result></results>")


def command_answer(fields: dict[str, str], values: dict[str, Any]) -> Answer:
    if fields.get("output", "xml").lower() == "json":
        return json_answer(values)
    return xml_answer("<results>" + xml_fields(values) + "</results>")


def xml_fields(values: dict[str, Any]) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())


def xml_answer(content: str) -> Answer:
    return Answer(f'<?xml version="1.0" encoding="UTF-8"?>\n{content}'.encode(), content_type="text/xml")
