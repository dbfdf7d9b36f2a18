"""smsmasking (web2sms): GET, everything in the query, a four-digit code as the answer; the only one with a trxid."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar
from urllib.parse import urlencode

from providers.sandbox.desk import STARTING_BALANCE, Desk, Entry, Route
from providers.sandbox.outcomes import Outcome
from providers.sandbox.phonebook import Book
from providers.sandbox.phonebook_wire import PhonebookWire
from providers.sandbox.state import Draft, Report
from providers.sandbox.wire import Answer, Outgoing, Request, from_utf16_hex, wire_digits
from providers.types import ReportStatus

API = "/web2sms/api/"
PRICE = 350
ASPX_TAIL = b"\r\n\r\n<!DOCTYPE html><html><body><form id='form1'></form></body></html>"


class SmsMasking(Desk):
    slug = "smsmasking"
    ok = "1701"
    codes = {
        Outcome.CREDENTIALS: "1702",
        Outcome.ADDRESS: "403",
        Outcome.CREDIT: "1708",
        Outcome.REFUSED: "1707",
        Outcome.NOT_ON_WHATSAPP: "1751",
    }
    # There is no word for "on its way": the older report of "out of order" is an EXPIRED.
    words: ClassVar = {
        ReportStatus.NOTHING_NEW: "PENDING",
        ReportStatus.SENT: "EXPIRED",
        ReportStatus.EXPIRED: "EXPIRED",
        ReportStatus.UNDELIVERED: "UNDELIVRD",
        ReportStatus.REJECTED: "REJECTED",
        ReportStatus.DELIVERED: "DELIVRD",
    }

    def routes(self) -> dict[str, Route]:
        """The `.aspx` paths are in lower case: that server does not care for it."""
        return {
            API + "sendsms.aspx": Route(self.send_sms, is_send=True),
            API + "send.aspx": Route(self.send_plain, is_send=True),
            API + "sendwa.aspx": Route(self.send_whatsapp, is_send=True),
            "/~proxy/send.php": Route(self.send_plain, is_send=True),
            "/~proxy/sendwa.php": Route(self.send_whatsapp, is_send=True),
            API + "sendsmsgroup.aspx": Route(self.send_group, is_send=True),
            API + "report.aspx": Route(self.report),
            API + "creditsleft.aspx": Route(self.credits_left),
            API + "changepassword.aspx": Route(self.change_password),
        } | PhonebookWire(self).routes(API)

    def find_book(self, username: str) -> Book | None:
        """The phone book of our own customer, and of everyone who has been given one; all share the password."""
        is_known = username == self.credentials["username"] or username in self.state.books
        return self.state.book(username) if is_known else None

    def send_sms(self, request: Request) -> Answer:
        fields = request.values
        return self._send_one(request, fields, "sms", is_allowed=self._knows_digest(fields, fields.get("mobile", "")))

    def send_plain(self, request: Request) -> Answer:
        fields = request.values
        fields = {name: value for name, value in fields.items() if name not in ("trxid", "type")}
        return self._send_one(request, fields, "sms", is_allowed=self._knows_password(fields))

    def send_whatsapp(self, request: Request) -> Answer:
        """`SendWA.aspx` takes either the digest with trxid and type, or the plain password."""
        fields = request.values
        if "auth" not in fields:
            fields = {name: value for name, value in fields.items() if name not in ("trxid", "type")}
            return self._send_one(request, fields, "whatsapp", is_allowed=self._knows_password(fields))
        is_allowed = self._knows_digest(fields, fields.get("mobile", ""))
        return self._send_one(request, fields, "whatsapp", is_allowed=is_allowed)

    def _send_one(self, request: Request, fields: dict[str, str], channel: str, *, is_allowed: bool) -> Answer:
        if not is_allowed:
            return code_answer("1702")
        return self.process(request, [self._read_draft(fields, channel)])

    def _read_draft(self, fields: dict[str, str], channel: str) -> Draft:
        text: str | None = fields.get("message", "")
        if fields.get("type", "0") == "3":
            text = from_utf16_hex(text or "")
        number = wire_digits(fields.get("mobile", ""))
        flaw = "1706" if not text or len(text) > 5000 else "" if number else "1707"
        reference = fields.get("trxid", "")[:50]
        return Draft(number, text or "", flaw, reference, fields.get("username", ""), channel=channel)

    def refusal(self, draft: Draft, outcome: Outcome) -> str:
        """A repeated trxid is answered as the first time, whatever is wrong by now; 1751 is for WhatsApp only."""
        if draft.reference and self.state.find_reference(self.slug, draft.reference):
            return ""
        if outcome is Outcome.NOT_ON_WHATSAPP and draft.channel != "whatsapp":
            return ""
        return super().refusal(draft, outcome)

    def process(self, request: Request, drafts: Sequence[Draft]) -> Answer:
        """A trxid that has been taken gets the same 1701 again, and nothing is sent."""
        draft = drafts[0]
        known = self.state.find_reference(self.slug, draft.reference) if draft.reference else None
        if known is None or request.fault is not None:
            return super().process(request, drafts)
        return self.render(request, [self.enter(draft, known.outcome)], None)

    def render(self, request: Request, entries: Sequence[Entry], outcome: Outcome | None) -> Answer:
        entry = entries[0]
        has_id = entry.message is not None and entry.id != entry.draft.reference
        return code_answer(entry.code + (entry.id if has_id else ""))

    def send_group(self, request: Request) -> Answer:
        """One code for the whole group; text of at most 160 characters."""
        fields = request.values
        if not self._knows_digest(fields):
            return code_answer("1702")
        book = self.state.book(fields["username"])
        group, text = book.find_group_name(fields.get("group", "")), fields.get("msg", "")
        members = book.members(group) if group else []
        if not any(wire_digits(entry.mobile) for entry in members):
            return code_answer("1709" if group else "1711")
        if not text or len(text) > 160:
            return code_answer("1706")
        numbers = filter(None, (wire_digits(entry.mobile) for entry in members))
        drafts = [Draft(number, text, username=fields["username"]) for number in numbers]
        answer = self.process(request, drafts)
        return replace(answer, body=b"1701") if answer.body.startswith(b"1701") else answer

    def report(self, request: Request) -> Answer:
        message = self.state.find_message(self.slug, request.values.get("msgid", ""))
        return code_answer(f"1701{self.words[message.status]}" if message else "1713")

    def credits_left(self, request: Request) -> Answer:
        if not self._knows_digest(request.values):
            return code_answer("1702")
        return code_answer(str((STARTING_BALANCE - self.accepted * PRICE) // PRICE))

    def change_password(self, request: Request) -> Answer:
        fields = request.values
        new = fields.get("newpasw", "")
        if not self._knows_digest(fields):
            return code_answer("1702")
        if not new:
            return code_answer("1705")
        self.state.credentials[self.slug]["password"] = new
        return code_answer("1701")

    def answer_code(self, request: Request, code: str) -> Answer:
        return Answer(b"Forbidden", 403) if code == "403" else code_answer(code)

    def write_reports(self, url: str, reports: Sequence[Report]) -> Outgoing:
        """GET; `%id` and `%s` in the registered URL are replaced, else the two are added to it."""
        identifier, word = reports[0].message.id, self.words[reports[0].status]
        if "%id" in url:
            return Outgoing("GET", url.replace("%id", identifier).replace("%s", word))
        mark = "&" if "?" in url else "?"
        return Outgoing("GET", url + mark + urlencode({"msgid": identifier, "status": word}))

    def cut(self, body: bytes) -> bytes:
        """Anything longer would still read as a code."""
        return body[:3]

    def untidy(self, body: bytes) -> bytes:
        """A delimiter before the id, and the page that ASP.NET puts after everything."""
        return body[:4] + (b"|" + body[4:] if body[4:] else b"") + ASPX_TAIL

    def _knows_digest(self, fields: dict[str, str], mobile: str = "") -> bool:
        username, password = self.credentials["username"], self.credentials["password"]
        wanted = hashlib.md5(f"{username}{password}{mobile}".encode(), usedforsecurity=False).hexdigest()
        return fields.get("username") == username and fields.get("auth") == wanted

    def _knows_password(self, fields: dict[str, str]) -> bool:
        return all(fields.get(name) == self.credentials[name] for name in ("username", "password"))


def code_answer(text: str) -> Answer:
    return Answer(text.encode())
