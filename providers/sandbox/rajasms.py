"""rajasms: JSON by POST, up to 1,000 messages a call, each with a text and a time of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from providers.sandbox.desk import STARTING_BALANCE, Desk, Entry, Route
from providers.sandbox.outcomes import Outcome
from providers.sandbox.state import Draft, Report
from providers.sandbox.wire import JAKARTA, Answer, Outgoing, Request, json_answer, wire_digits
from providers.types import ReportStatus

PRICE = 70
MAX_PACKETS = 1000
MAX_TEXT = 480
PRODUCTS = ("reguler", "masking", "otp")
GLOBAL_TEXTS = {
    "10": "Success",
    "20": "Json Post Error",
    "25": "Error Check Balance",
    "30": "ApiKey not register",
    "35": "Check Balance Limit",
    "40": "Ip address not register",
    "50": "Expired Balance",
    "55": "Maximum Data",
}
PACKET_TEXTS = {
    "10": "success",
    "60": "Invalid Number",
    "70": "Invalid Message",
    "80": "Minimum Balance",
    "90": "System Error",
}
DELIVERY_TEXTS = {
    1: "Schedule",
    2: "Sent",
    3: "Delivered Success",
    4: "Delivered Error",
    5: "System Failed",
    7: "Reject",
}
PHP_WARNING = b"<br />\n<b>Warning</b>:  Undefined variable $route in <b>/var/www/api.php</b> on line <b>17</b><br />\n"


class RajaSms(Desk):
    slug = "rajasms"
    ok = "10"
    codes = {Outcome.CREDENTIALS: "30", Outcome.ADDRESS: "40", Outcome.CREDIT: "80", Outcome.REFUSED: "60"}
    words: ClassVar = {
        ReportStatus.NOTHING_NEW: 1,
        ReportStatus.SENT: 2,
        ReportStatus.DELIVERED: 3,
        ReportStatus.UNDELIVERED: 4,
        ReportStatus.EXPIRED: 5,
        ReportStatus.REJECTED: 7,
    }
    report_batch = 50
    announces_schedule = True

    def routes(self) -> dict[str, Route]:
        routes = {}
        for product in PRODUCTS:
            routes[f"/sms/api_sms_{product}_send_json.php"] = Route(self.send, is_send=True)
            routes[f"/sms/api_sms_{product}_balance_json.php"] = Route(self.balance)
        return routes

    def send(self, request: Request) -> Answer:
        try:
            body = request.json()
            packets = [dict(packet) for packet in body["datapacket"]]
        except (ValueError, KeyError, TypeError):
            return self.answer_code(request, "20")
        if body.get("apikey") != self.credentials["apikey"]:
            return self.answer_code(request, "30")
        if not packets or len(packets) > MAX_PACKETS:
            return self.answer_code(request, "55" if packets else "20")
        callback_url = str(body.get("callbackurl") or "")
        return self.process(request, [read_packet(packet, callback_url) for packet in packets])

    def balance(self, request: Request) -> Answer:
        try:
            apikey = request.json().get("apikey")
        except ValueError:
            return self.answer_code(request, "20")
        if apikey != self.credentials["apikey"]:
            return self.answer_code(request, "30")
        expires = datetime.now(JAKARTA) + timedelta(days=180)
        figures = {"Balance": STARTING_BALANCE - self.accepted * PRICE, "Expired": f"{expires:%Y-%m-%d}"}
        return page({"balance_respon": [{**global_status("10"), **figures}]})

    def render(self, request: Request, entries: Sequence[Entry], outcome: Outcome | None) -> Answer:
        packets = [packet_answer(entry.draft.number, entry.code, entry.id) for entry in entries]
        return page({"sending_respon": [{**global_status("10"), "datapacket": packets}]})

    def answer_code(self, request: Request, code: str) -> Answer:
        """A global status, or the same status for every packet of the request."""
        if "_balance_" in request.path:
            return page({"balance_respon": [{**global_status(code), "Balance": "", "Expired": ""}]})
        if code in GLOBAL_TEXTS or code not in PACKET_TEXTS:
            return page({"sending_respon": [{**global_status(code), "datapacket": []}]})
        packets = [packet_answer(read_packet(packet, "").number, code) for packet in request.json()["datapacket"]]
        return page({"sending_respon": [{**global_status("10"), "datapacket": packets}]})

    def write_reports(self, url: str, reports: Sequence[Report]) -> Outgoing:
        """POST JSON with one entry a report."""
        entries = [self._report_entry(report) for report in reports]
        return Outgoing("POST", url, json.dumps({"status_respon": entries}).encode(), "application/json")

    def _report_entry(self, report: Report) -> dict[str, Any]:
        status = self.words[report.status]
        return {
            "sendingid": int(report.message.id),
            "number": report.message.number,
            "deliverystatus": status,
            "deliverystatustext": DELIVERY_TEXTS[status],
        }

    def untidy(self, body: bytes) -> bytes:
        """A PHP warning before it, the object without its list, integers as strings."""
        content = json.loads(body)["sending_respon"][0]
        content["globalstatus"] = str(content["globalstatus"])
        content["datapacket"] = [packet["packet"] for packet in content["datapacket"]]
        return PHP_WARNING + json.dumps({"sending_respon": content}).encode() + b"\n"


def read_packet(packet: dict[str, Any], callback_url: str) -> Draft:
    """One entry of a request; the text stays as it came, so that a wrong URL encoding shows on the phone."""
    number = wire_digits(str(packet.get("number", "")))
    text = str(packet.get("message", ""))
    flaw = "60" if not number else "70" if not text or len(text) > MAX_TEXT else ""
    when = read_time(str(packet.get("sendingdatetime") or ""))
    return Draft(number or str(packet.get("number", "")), text, flaw, callback_url=callback_url, scheduled_for=when)


def read_time(text: str) -> datetime | None:
    """`YYYY-MM-DD HH:MM:SS` in Jakarta; anything else is sent at once."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=JAKARTA)
    except ValueError:
        return None


def global_status(code: str) -> dict[str, Any]:
    return {"globalstatus": int(code), "globalstatustext": GLOBAL_TEXTS.get(code, "Error")}


def packet_answer(number: str, code: str, identifier: str = "") -> dict[str, Any]:
    return {
        "packet": {
            "number": number,
            "sendingid": int(identifier) if identifier else 0,
            "sendingstatus": int(code),
            "sendingstatustext": PACKET_TEXTS[code],
            "price": PRICE if identifier else 0,
        }
    }


def page(value: Any) -> Answer:
    """PHP pages claim to be HTML."""
    return json_answer(value, content_type="text/html; charset=UTF-8")
