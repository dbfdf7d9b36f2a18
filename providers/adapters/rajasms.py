"""rajasms, the "JSON version 1.0 / 2017" API: a flat list of messages, each with its own text, in one POST.

The document gives no path: `/sms/api_sms_{product}_send_json.php` and `…_balance_json.php` are what its servers have.
Its sample of a reply is no JSON at all (the braces around the list's entries are missing); it is read nevertheless.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from providers.base import CallbackRequest, Provider
from providers.codes import (
    NOTHING_NEW,
    CodeMeaning,
    ReportMeaning,
    accepted,
    account,
    look_up,
    not_processed,
    refused,
    uncertain,
)
from providers.errors import RateLimited, Uncertain
from providers.reading import (
    MAX_RAW,
    Unreadable,
    as_list,
    decode,
    digits,
    find_json,
    read_each,
    to_amount,
    to_date,
    to_text,
)
from providers.transport import Call, Reply
from providers.types import (
    AccountTrouble,
    Balance,
    Capabilities,
    CredentialField,
    DeliveryReport,
    Encoding,
    OptionField,
    OutboundMessage,
    Outcome,
    ReportStatus,
    SubmitResult,
)

PRODUCTS = ("masking", "reguler", "otp")
JAKARTA = ZoneInfo("Asia/Jakarta")
OK = "10"
BALANCE_LIMIT = "35"
# The document names no interval for "Check Balance Limit".
BALANCE_WAIT_SECONDS = 900

CODES: dict[str, CodeMeaning] = {
    "global 10": accepted(_("The request was taken.")),
    "global 20": not_processed(_("The provider could not read the request."), retry_once=True),
    "global 25": uncertain(_("The provider could not look the balance up.")),
    "global 30": account(AccountTrouble.CREDENTIALS, _("The API key is not registered.")),
    "global 35": uncertain(_("The balance was asked for too often.")),
    "global 40": account(AccountTrouble.ADDRESS, _("Our IP address is not registered with the provider.")),
    "global 50": account(AccountTrouble.EXPIRED, _("The balance has expired.")),
    "global 55": not_processed(_("Too many messages in one request."), retry_once=True),
    "packet 10": accepted(_("The message was taken.")),
    "packet 60": refused(_("The number is invalid.")),
    "packet 70": refused(_("The message is invalid.")),
    "packet 80": account(AccountTrouble.CREDIT, _("The balance is too low.")),
    "packet 90": uncertain(_("A system error at the provider.")),
}
REPORT_CODES: dict[str, ReportMeaning] = {
    "1": ReportMeaning(ReportStatus.SENT, _("Scheduled.")),
    "2": ReportMeaning(ReportStatus.SENT),
    "3": ReportMeaning(ReportStatus.DELIVERED),
    "4": ReportMeaning(ReportStatus.UNDELIVERED),
    "5": ReportMeaning(ReportStatus.UNDELIVERED, _("The system failed.")),
    "6": ReportMeaning(ReportStatus.UNDELIVERED, _("The balance was empty or expired.")),
    "7": ReportMeaning(ReportStatus.REJECTED),
    "8": ReportMeaning(ReportStatus.UNDELIVERED, _("A system error.")),
    "9": ReportMeaning(ReportStatus.REJECTED, _("A duplicate message.")),
    "10": ReportMeaning(ReportStatus.DELIVERED, _("Over the backup route.")),
}
MISSING = uncertain(_("The provider's answer does not mention this message."))


class RajaSms(Provider):
    """Up to 1000 messages a call, each with its own text; a scheduler of its own; reports by callback only."""

    slug = "rajasms"
    label = "RajaSMS"
    codes = CODES
    report_codes = REPORT_CODES
    credential_fields = (CredentialField("apikey", _("API key"), is_secret=True, help_text=_("From the dashboard.")),)
    option_fields = (
        OptionField("product", _("Product"), "masking", _("The kind of SMS this key is for."), PRODUCTS),
        OptionField(
            "urlencode_message",
            _("URL-encode the text"),
            False,
            _("Turn on only if texts arrive cut at special characters; off if + or %20 shows on the phone."),
        ),
    )
    callback_help = _("Nothing to register: the address goes with each request.")

    @classmethod
    def capabilities_for(cls, options: Mapping[str, Any]) -> Capabilities:
        return Capabilities(
            encodings=frozenset({Encoding.GSM7, Encoding.UCS2}),
            max_text=480,
            max_batch=1000,
            batch_shares_text=False,
            provider_schedule=True,
            balance=True,
            check=True,
            report_push=True,
        )

    # --- sending -----------------------------------------------------------------------------------------------

    def build_submit(self, messages: Sequence[OutboundMessage]) -> Call:
        body = {
            "apikey": self.config.credentials["apikey"],
            "callbackurl": self._callback_url(),
            "datapacket": [self._packet(message) for message in messages],
        }
        return Call("send", self._path("send"), method="POST", json=body)

    def _packet(self, message: OutboundMessage) -> dict[str, str]:
        text = quote(message.text, safe="") if self.option("urlencode_message") else message.text
        moment = _jakarta_time(message.scheduled_for)
        return {"number": digits(message.recipient), "message": text, "sendingdatetime": moment}

    def _callback_url(self) -> str:
        """Ours, unless a provider elsewhere could not reach it."""
        ours = self.config.callback_url
        return "" if _is_loopback(ours) and not _is_loopback(self.config.base_url) else ours

    def _path(self, name: str) -> str:
        return self.path(name, f"/sms/api_sms_{self.option('product')}_{name}_json.php")

    def read_submit(self, reply: Reply, messages: Sequence[OutboundMessage]) -> list[SubmitResult]:
        """One result a message; an exception where the whole request was refused for the account's sake."""
        answer = _read_wrapped(reply.text, "sending_respon")
        code, meaning, text = _read_global(answer)
        if meaning.outcome is Outcome.ACCEPTED:
            return _read_packets(answer, messages)
        if meaning.trouble is not None:
            raise meaning.refusal(code, text)
        return [meaning.result(code, text=text) for _message in messages]

    # --- asking ------------------------------------------------------------------------------------------------

    def fetch_balance(self) -> Balance:
        body = {"apikey": self.config.credentials["apikey"]}
        reply = self.call(Call("balance", self._path("balance"), method="POST", json=body))
        return self.read(lambda: self._read_balance(reply))

    def _read_balance(self, reply: Reply) -> Balance:
        answer = _read_wrapped(reply.text, "balance_respon")
        code, meaning, text = _read_global(answer)
        if code == BALANCE_LIMIT:
            # The key is good: nothing is wrong with the account.
            raise RateLimited(text or str(meaning.meaning), retry_after=BALANCE_WAIT_SECONDS, code=code)
        if meaning.trouble is not None:
            raise meaning.refusal(code, text)
        if code != OK:
            raise Uncertain(text or gettext("The provider did not tell the balance."), code=code)
        amount, expires_on = to_amount(answer.get("balance")), to_date(answer.get("expired"))
        return Balance(amount, expires_on=expires_on, raw=self.masker.mask(reply.text)[:MAX_RAW])

    # --- being told --------------------------------------------------------------------------------------------

    def parse_reports(self, request: CallbackRequest) -> list[DeliveryReport]:
        """`{"status_respon": [{"sendingid", "number", "deliverystatus", "deliverystatustext"}]}`."""
        answer = find_json(decode(request.body), has_any_case=True)
        entries = as_list(answer.get("status_respon", answer))
        return read_each(entries, self._read_report)

    def _read_report(self, entry: Mapping[str, Any]) -> DeliveryReport:
        message_id, code = to_text(entry["sendingid"]), to_text(entry["deliverystatus"])
        if not message_id:
            raise Unreadable(gettext_noop("a report without an id"))
        meaning = REPORT_CODES.get(code, NOTHING_NEW)
        return DeliveryReport(
            message_id,
            meaning.status,
            recipient=digits(to_text(entry.get("number"))),
            code=code,
            text=to_text(entry.get("deliverystatustext")) or str(meaning.meaning),
            raw=json.dumps(entry)[:MAX_RAW],
        )


def _read_global(answer: Mapping[str, Any]) -> tuple[str, CodeMeaning, str]:
    code = to_text(answer["globalstatus"])
    text = to_text(answer.get("globalstatustext"))
    return code, look_up(CODES, f"global {code}"), text


def _read_packets(answer: Mapping[str, Any], messages: Sequence[OutboundMessage]) -> list[SubmitResult]:
    packets = _match([digits(message.recipient) for message in messages], _packets(answer))
    results = [MISSING.result("") if packet is None else _read_packet(packet) for packet in packets]
    if all(result.account_refusal is not None for result in results):
        first = results[0]
        raise look_up(CODES, f"packet {first.code}").refusal(first.code, first.text)
    return results


def _read_packet(packet: Mapping[str, Any]) -> SubmitResult:
    code = to_text(packet.get("sendingstatus"))
    return look_up(CODES, f"packet {code}").result(
        code,
        text=to_text(packet.get("sendingstatustext")),
        provider_message_id=to_text(packet.get("sendingid")) if code == OK else "",
        price=to_amount(packet.get("price")),
    )


def _jakarta_time(moment: datetime | None) -> str:
    """The provider's clock is Jakarta's, whatever zone the account keeps."""
    return moment.astimezone(JAKARTA).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _read_wrapped(text: str, wrapper: str) -> dict[str, Any]:
    """The object under `wrapper`, with lower-case keys, in the list that the document shows or without it."""
    try:
        return _find_wrapped(text, wrapper)
    except ValueError:
        return _find_wrapped(_with_braces(text), wrapper)


def _find_wrapped(text: str, wrapper: str) -> dict[str, Any]:
    value = find_json(text, has_any_case=True)
    if wrapper not in value:
        raise Unreadable(gettext_noop("no result in the answer"))
    (answer,) = as_list(value[wrapper])
    return dict(answer)


def _with_braces(text: str) -> str:
    """Add the braces that the document's sample lacks; raises ValueError where none is missing (a cut-off reply)."""
    repaired, opened = re.subn(r'\[\s*(?="\w+"\s*:)', "[{", text)
    if not opened:
        raise Unreadable(gettext_noop("no JSON in the answer"))
    repaired = re.sub(r'\}\s*,\s*(?="packet"\s*:)', "},{", repaired)
    return repaired if repaired.count("{") == repaired.count("}") else f"{repaired}}}"


def _packets(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The packets, in their wrapper `{"packet": {…}}` or without it; what is no object is left out."""
    entries = [entry for entry in as_list(answer.get("datapacket")) if isinstance(entry, dict)]
    unwrapped = [entry.get("packet", entry) for entry in entries]
    return [packet for packet in unwrapped if isinstance(packet, dict)]


def _match(numbers: Sequence[str], packets: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any] | None]:
    """The packet of each number: by order where all agree, else by number, repeated numbers in their order."""
    named = [digits(to_text(packet.get("number"))) for packet in packets]
    if named == list(numbers):
        return list(packets)
    waiting: defaultdict[str, deque[Mapping[str, Any]]] = defaultdict(deque)
    for name, packet in zip(named, packets, strict=True):
        waiting[name].append(packet)
    return [waiting[number].popleft() if waiting[number] else None for number in numbers]
