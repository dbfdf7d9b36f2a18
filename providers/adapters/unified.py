"""Unified Communications bulksms: one text to a list of numbers, seven types of message, a scheduler of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from providers.adapters.unified_answers import CODES, read_results
from providers.base import USER_AND_PASSWORD, CallbackRequest, Provider
from providers.codes import NOTHING_NEW, CodeMeaning, ReportMeaning
from providers.reading import Unreadable, digits
from providers.transport import Call, Reply
from providers.types import (
    Balance,
    Capabilities,
    DeliveryReport,
    Encoding,
    OptionField,
    OutboundMessage,
    ReportStatus,
    SubmitResult,
)

MAX_BATCH = 50
# (encoding, is_flash) → type; 4 is WAP push, 3 is reserved.
TYPES: dict[tuple[Encoding, bool], str] = {
    (Encoding.GSM7, False): "0",
    (Encoding.GSM7, True): "1",
    (Encoding.UCS2, False): "2",
    (Encoding.LATIN1, False): "5",
    (Encoding.UCS2, True): "6",
    (Encoding.LATIN1, True): "7",
}
WAP_PUSH = "4"
UNICODE_TYPES = ("2", "6")

REPORT_CODES: dict[str, ReportMeaning] = {
    "DELIVRD": ReportMeaning(ReportStatus.DELIVERED),
    "EXPIRED": ReportMeaning(ReportStatus.EXPIRED),
    "UNDELIV": ReportMeaning(ReportStatus.UNDELIVERED),
    "DELETED": ReportMeaning(ReportStatus.UNDELIVERED, _("Deleted by the operator.")),
    "REJECTD": ReportMeaning(ReportStatus.REJECTED),
    "ACKED": NOTHING_NEW,
    "ENROUTE": NOTHING_NEW,
    "ACCEPTED": NOTHING_NEW,
    "UNKNOWN": NOTHING_NEW,
}
NO_ERROR = ("", "0", "NULL")
# What hostile callbacks claim beyond these is left out.
FIRST_YEAR = 2000
MAX_AMOUNT_LENGTH = 16

_AMOUNT = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")


class Unified(Provider):
    """Multi-number send by POST or GET, provider-side schedule, reports by callback only."""

    slug = "unified"
    cured_elsewhere = frozenset({"1707"})
    label = "Unified"
    codes: ClassVar[dict[str, CodeMeaning]] = CODES
    report_codes: ClassVar[dict[str, ReportMeaning]] = REPORT_CODES
    credential_fields = USER_AND_PASSWORD
    option_fields = (
        OptionField(
            "http_method",
            _("HTTP method"),
            "post",
            _("get for servers that take only GET; the password then stands in the address."),
            ("post", "get"),
        ),
        OptionField(
            "unicode_as",
            _("Unicode texts as"),
            "hex",
            _("utf8 if phones show rows of digits and letters instead of the text."),
            ("hex", "utf8"),
        ),
        OptionField(
            "request_reports",
            _("Ask for delivery reports"),
            True,
            _("Off: a message ends as sent, and nobody learns whether it arrived."),
        ),
        OptionField(
            "has_balance",
            _("Ask for the credit"),
            False,
            _("Calls /CreditCheck/checkcredits, which is not in the provider's document. Off: the balance is unknown."),
        ),
    )
    callback_help = _("Ask the provider's support to register this address as your delivery report URL.")

    @classmethod
    def capabilities_for(cls, options: Mapping[str, Any]) -> Capabilities:
        has_balance = bool(options.get("has_balance", False))
        return Capabilities(
            encodings=frozenset({Encoding.GSM7, Encoding.UCS2, Encoding.LATIN1}),
            max_batch=MAX_BATCH,
            sender_pattern=r"\+?\d{1,18}|[A-Za-z0-9 ._&-]{1,11}",
            flash=True,
            wap_push=True,
            provider_schedule=True,
            balance=has_balance,
            check=has_balance,
            report_push=True,
        )

    # --- sending -----------------------------------------------------------------------------------------------

    @cached_property
    def _fixed_fields(self) -> dict[str, str]:
        credentials = self.config.credentials
        dlr = "1" if self.option("request_reports") else "0"
        return {"username": credentials["username"], "password": credentials["password"], "dlr": dlr}

    @cached_property
    def _uses_post(self) -> bool:
        return self.option("http_method") != "get"

    @cached_property
    def _unicode_as_hex(self) -> bool:
        return self.option("unicode_as") != "utf8"

    def build_submit(self, messages: Sequence[OutboundMessage]) -> Call:
        first = messages[0]
        fields = self._fixed_fields | self._content(first) | self._schedule(first.scheduled_for)
        fields["destination"] = ",".join(digits(message.recipient) for message in messages)
        name = "bulksms" if first.scheduled_for is None else "schedulemsg"
        path = self.path(name, f"/bulksms/{name}")
        return Call(name, path, "POST", form=fields) if self._uses_post else Call(name, path, query=fields)

    def read_submit(self, reply: Reply, messages: Sequence[OutboundMessage]) -> list[SubmitResult]:
        results = read_results(reply.text, messages)
        if self._fixed_fields["dlr"] == "1":
            return results
        return [result._replace(report_asked=False) for result in results]

    def _content(self, message: OutboundMessage) -> dict[str, str]:
        kind = WAP_PUSH if message.wap_url else TYPES[message.encoding, message.is_flash]
        is_hex = kind in UNICODE_TYPES and self._unicode_as_hex
        text = message.text.encode("utf-16-be").hex().upper() if is_hex else message.text
        content = {"type": kind, "source": message.sender_id or self.config.sender_id, "message": text}
        return content | ({"url": message.wap_url} if message.wap_url else {})

    def _schedule(self, moment: datetime | None) -> dict[str, str]:
        return {} if moment is None else schedule_fields(moment, self.config.time_zone)

    # --- asking ------------------------------------------------------------------------------------------------

    def fetch_balance(self) -> Balance:
        if not self.capabilities.balance:
            self.unsupported("fetch_balance")
        query = {name: self._fixed_fields[name] for name in ("username", "password")}
        reply = self.call(Call("checkcredits", self.path("checkcredits", "/CreditCheck/checkcredits"), query=query))
        return self.read(lambda: read_credit(reply.text))

    # --- being told --------------------------------------------------------------------------------------------

    def parse_reports(self, request: CallbackRequest) -> list[DeliveryReport]:
        """`sMessageId, sMobileNo, sStatus, dtDone, iErrCode, iCharge …` as form, query or JSON."""
        fields = request.fields()
        message_id = fields["smessageid"].strip().strip("{}")
        if not message_id:
            raise Unreadable(gettext_noop("a report without an id"))
        word = fields["sstatus"].strip()
        error = fields.get("ierrcode", "").strip()
        return [
            DeliveryReport(
                provider_message_id=message_id,
                status=REPORT_CODES.get(word.upper(), NOTHING_NEW).status,
                recipient=fields.get("smobileno", "").strip(),
                at=read_time(fields.get("dtdone", ""), self.config.time_zone),
                code="" if error.upper() in NO_ERROR else error,
                text=word,
                price=read_price(fields.get("icharge") or fields.get("icostpersms", "")),
                raw=word,
            )
        ]


def schedule_fields(moment: datetime, zone: ZoneInfo) -> dict[str, str]:
    """`date` MM/DD/YYYY, `time` hh:mm am, `gmt` GMT +7:00, in the account's zone and in English whatever the locale."""
    local = moment.astimezone(zone)
    offset = local.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    half = "am" if local.hour < 12 else "pm"
    return {
        "date": f"{local:%m/%d/%Y}",
        "time": f"{local:%I:%M} {half}",
        "gmt": f"GMT {'-' if minutes < 0 else '+'}{hours}:{rest:02d}",
    }


def read_credit(text: str) -> Balance:
    """The last number of a text such as `Credits: 50000`; a bare code of the account's is an error, not a balance."""
    bare = text.strip()
    if (meaning := CODES.get(bare)) is not None and meaning.trouble is not None and len(bare) > 2:
        raise meaning.refusal(bare)
    if bare[:1] == "<":
        raise Unreadable(gettext_noop("a page instead of a balance"))
    amounts = _AMOUNT.findall(bare)
    return Balance(Decimal(amounts[-1].replace(",", "")), raw=text[:500])


def read_time(text: str, zone: ZoneInfo) -> datetime | None:
    """An ISO moment, in the account's zone where it names none; None for any other form: a guess could be wrong."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        return None
    if moment.year < FIRST_YEAR:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def read_price(text: str) -> Decimal | None:
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or len(found.group()) > MAX_AMOUNT_LENGTH:
        return None
    return Decimal(found.group().replace(",", ""))
