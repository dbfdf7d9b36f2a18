"""TCAST (TCASTSMS OTP): one text to up to 100 numbers, reports by poll and push, an inbox that answers once only.

A send's `array` holds only what was accepted, without a reason for what is not in it. The SMPP connection that the
provider also offers is not described in its document and not built.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from providers.base import CallbackRequest, Provider
from providers.codes import CodeMeaning, ReportMeaning, accepted, account, look_up, refused, uncertain
from providers.errors import Uncertain
from providers.reading import MAX_RAW, Unreadable, as_list, decode, digits, find_json, read_each, to_amount, to_text
from providers.transport import Call, Reply
from providers.types import (
    AccountTrouble,
    Balance,
    Capabilities,
    CredentialField,
    DeliveryReport,
    Encoding,
    InboundText,
    OptionField,
    OutboundMessage,
    Outcome,
    ReportStatus,
    SubmitResult,
)

OK = "0"
MAX_NUMBERS = 100
TIME_FORMAT = "%Y%m%d%H%M%S"

CODES: dict[str, CodeMeaning] = {
    "0": accepted(_("The request was taken.")),
    "-1": account(AccountTrouble.CREDENTIALS, _("The account or the password is wrong.")),
    "-2": account(AccountTrouble.ADDRESS, _("Our IP address is not allowed.")),
    "-3": refused(_("The text has words that the provider does not carry.")),
    "-4": refused(_("The text is empty.")),
    "-5": refused(_("The text is longer than 1024 characters.")),
    "-6": refused(_("The text fits no approved template.")),
    "-7": CodeMeaning(Outcome.NOT_PROCESSED, _("Too many numbers in one request."), send_alone=True),
    "-8": CodeMeaning(Outcome.NOT_PROCESSED, _("A number is invalid."), send_alone=True),
    "-9": CodeMeaning(Outcome.NOT_PROCESSED, _("A number is not allowed."), send_alone=True),
    "-10": account(AccountTrouble.CREDIT, _("The balance is too low.")),
    "-11": refused(_("The time is not allowed.")),
    "-12": uncertain(_("The provider's platform failed.")),
    "-13": account(AccountTrouble.LOCKED, _("The account is locked.")),
}
LEFT_OUT = refused(_("The provider did not take this number and gave no reason."))
MISSING = uncertain(_("The provider's answer does not mention this message."))

# "status" is column 4 of a polled report, "deliver" its column 7, "push" column 4 of a pushed one.
REPORT_CODES: dict[str, ReportMeaning] = {
    "status 0": ReportMeaning(ReportStatus.SENT),
    "status 1": ReportMeaning(ReportStatus.NOTHING_NEW, _("Not sent yet.")),
    "status 2": ReportMeaning(ReportStatus.NOTHING_NEW, _("Being sent.")),
    "status 1001": ReportMeaning(ReportStatus.UNDELIVERED, _("No route to the number.")),
    "status 1003": ReportMeaning(ReportStatus.UNDELIVERED, _("The balance was empty.")),
    "status 1005": ReportMeaning(ReportStatus.REJECTED),
    "status 1006": ReportMeaning(ReportStatus.EXPIRED),
    "status 1007": ReportMeaning(ReportStatus.EXPIRED),
    "status 1011": ReportMeaning(ReportStatus.REJECTED),
    "status 1012": ReportMeaning(ReportStatus.REJECTED),
    "status 1013": ReportMeaning(ReportStatus.UNDELIVERED, _("The daily limit was reached.")),
    "deliver 0": ReportMeaning(ReportStatus.NOTHING_NEW),
    "deliver 1": ReportMeaning(ReportStatus.NOTHING_NEW),
    "deliver 2": ReportMeaning(ReportStatus.UNDELIVERED),
    "deliver 3": ReportMeaning(ReportStatus.DELIVERED),
    "deliver 4": ReportMeaning(ReportStatus.EXPIRED),
    "deliver 5": ReportMeaning(ReportStatus.NOTHING_NEW),
    "push 0": ReportMeaning(ReportStatus.SENT),
    "push 1": ReportMeaning(ReportStatus.UNDELIVERED),
}
# Of the levels "status" and "push" every other number is a failure; of "deliver" it says nothing.
FAILED = ReportMeaning(ReportStatus.UNDELIVERED)
NOTHING = ReportMeaning(ReportStatus.NOTHING_NEW)


class Tcast(Provider):
    """One text to up to 100 numbers a call; balance with a bonus, reports by poll and push, inbox by poll."""

    slug = "tcast"
    label = "TCASTSMS"
    codes = CODES
    report_codes = REPORT_CODES
    credential_fields = (
        CredentialField("account", _("Account")),
        CredentialField("password", _("Password"), is_secret=True),
    )
    option_fields = (
        OptionField("http_method", _("Send by"), "post", _("get for servers that take nothing else."), ("post", "get")),
        OptionField(
            "zero_means_delivered",
            _("Status 0 means delivered"),
            False,
            _("Off: 0 is only “sent”. Turn on if the provider confirms that its 0 comes from the phone."),
        ),
        OptionField(
            "has_inbox", _("Fetch the inbox"), False, _("For dedicated SIM hosting: ask for received SMS regularly.")
        ),
    )
    callback_help = _("Send this address to the provider's support as the address for pushed reports.")

    @classmethod
    def capabilities_for(cls, options: Mapping[str, Any]) -> Capabilities:
        return Capabilities(
            encodings=frozenset({Encoding.GSM7, Encoding.UCS2}),
            max_text=1024,
            max_batch=MAX_NUMBERS,
            sender_pattern=r"[A-Za-z0-9 ._&-]{0,11}",
            balance=True,
            check=True,
            report_poll=True,
            report_push=True,
            max_report_ids=200,
            inbox_poll=True,
        )

    # --- sending -----------------------------------------------------------------------------------------------

    def build_submit(self, messages: Sequence[OutboundMessage]) -> Call:
        fields = {
            **self._login(),
            "sender": messages[0].sender_id or self.config.sender_id,
            "numbers": ",".join(digits(message.recipient) for message in messages),
            "content": messages[0].text,
        }
        path = self.path("sendsms", "/sendsms")
        if self.option("http_method") == "get":
            return Call("sendsms", path, query=fields)
        return Call("sendsms", path, method="POST", json={**fields, "smstype": 0})

    def _login(self) -> dict[str, str]:
        return {name: self.config.credentials[name] for name in ("account", "password")}

    def read_submit(self, reply: Reply, messages: Sequence[OutboundMessage]) -> list[SubmitResult]:
        """One result a message; an exception where the whole request was refused for the account's sake."""
        answer = find_json(reply.text)
        code = to_text(answer["status"])
        if code == OK:
            return _read_accepted(answer, [digits(message.recipient) for message in messages])
        meaning = look_up(CODES, code)
        if meaning.trouble is not None:
            raise meaning.refusal(code)
        if meaning.send_alone and len(messages) == 1:
            meaning = refused(meaning.meaning)
        return [meaning.result(code) for _message in messages]

    # --- asking ------------------------------------------------------------------------------------------------

    def fetch_balance(self) -> Balance:
        reply = self.call(Call("getbalance", self.path("getbalance", "/getbalance"), query=self._login()))
        return self.read(lambda: self._read_balance(reply.text))

    def _read_balance(self, text: str) -> Balance:
        answer = _read_answer(text)
        bonus = to_amount(answer.get("gift"))
        return Balance(to_amount(answer["balance"]), bonus=bonus, raw=self.masker.mask(text)[:MAX_RAW])

    def fetch_reports(self, message_ids: Sequence[str]) -> list[DeliveryReport]:
        """Ids that the answer does not mention have no report yet."""
        if not message_ids:
            return []
        query = {**self._login(), "ids": ",".join(message_ids)}
        reply = self.call(Call("getreport", self.path("getreport", "/getreport"), query=query))
        return self.read(lambda: read_each(_rows(_read_answer(reply.text)), self._read_report))

    def fetch_inbox(self) -> list[InboundText]:
        """At most 50 messages; the provider hands each out once only, so the raw reply is kept before it is read."""
        call = Call("getsms", self.path("getsms", "/getsms"), query=self._login(), precious=True)
        reply = self.call(call)
        return self.read(lambda: self.read_inbox(reply.body))

    def read_inbox(self, body: bytes) -> list[InboundText]:
        return read_each(_rows(_read_answer(decode(body))), self._read_inbound)

    def _read_inbound(self, row: Sequence[Any]) -> InboundText:
        message_id, sender, moment, content = row[:4]
        return InboundText(to_text(message_id), to_text(sender), _plain_text(content), self._moment(moment))

    def _moment(self, value: Any) -> datetime | None:
        """A `YYYYMMDDhhmmss` in the account's time zone; None where there is none."""
        with suppress(ValueError):
            return datetime.strptime(to_text(value), TIME_FORMAT).replace(tzinfo=self.config.time_zone)
        return None

    def _read_report(self, row: Sequence[Any]) -> DeliveryReport:
        """`[id, number, time, status]`, or with `label, deliverTime, deliverStatus` behind it."""
        message_id, number, moment, status = row[:4]
        label, delivered_at, delivery = row[4:7] if len(row) >= 7 else ("", None, None)
        level, code = ("status", to_text(status)) if delivery is None else _deciding(status, delivery)
        meaning = self._meaning(level, code)
        return DeliveryReport(
            _required(message_id),
            meaning.status,
            recipient=digits(to_text(number)),
            at=self._moment(delivered_at) or self._moment(moment),
            code=code,
            text=to_text(label) or str(meaning.meaning),
            raw=json.dumps(row)[:MAX_RAW],
        )

    def _meaning(self, level: str, code: str) -> ReportMeaning:
        if code == OK and level != "deliver" and self.option("zero_means_delivered"):
            return ReportMeaning(ReportStatus.DELIVERED)
        is_failure = level != "deliver" and re.fullmatch(r"-?\d+", code)
        return REPORT_CODES.get(f"{level} {code}", FAILED if is_failure else NOTHING)

    # --- being told --------------------------------------------------------------------------------------------

    def parse_reports(self, request: CallbackRequest) -> list[DeliveryReport]:
        """`{"type": "report", "array": [[id, number, time, result, reason]]}`; other types say nothing of delivery."""
        push = find_json(decode(request.body))
        if to_text(push.get("type", "report")) != "report":
            return []
        return read_each(_rows(push), self._read_pushed)

    def _read_pushed(self, row: Sequence[Any]) -> DeliveryReport:
        message_id, number, moment, result = row[:4]
        code = to_text(result)
        meaning = self._meaning("push", code)
        return DeliveryReport(
            _required(message_id),
            meaning.status,
            recipient=digits(to_text(number)),
            at=self._moment(moment),
            code=code,
            text=to_text(row[4]) if len(row) > 4 else "",
            raw=json.dumps(row)[:MAX_RAW],
        )

    @classmethod
    def callback_answer(cls) -> tuple[str, str]:
        return '{"status":0}', "application/json"


def _read_answer(text: str) -> Any:
    """The object of a call other than a send; raises what its status says."""
    answer = find_json(text)
    code = to_text(answer["status"])
    meaning = look_up(CODES, code)
    if meaning.trouble is not None:
        raise meaning.refusal(code)
    if code != OK:
        raise Uncertain(gettext("The provider did not answer the question: %s") % meaning.meaning, code=code)
    return answer


def _rows(answer: Mapping[str, Any]) -> list[list[Any]]:
    """The rows of `array`; a single one may come without its outer list."""
    rows = as_list(answer.get("array"))
    return [row for row in rows if isinstance(row, list)] or ([rows] if rows else [])


def _read_accepted(answer: Mapping[str, Any], numbers: Sequence[str]) -> list[SubmitResult]:
    rows = _rows(answer)
    ids = {digits(to_text(row[0])): to_text(row[1]) for row in rows if len(row) >= 2}
    taken = [number for number in numbers if number in ids]
    counts = to_text(answer.get("success")), to_text(answer.get("fail"))
    is_complete = len(rows) == len(taken) and counts == (str(len(rows)), str(len(numbers) - len(taken)))
    missing = (LEFT_OUT if is_complete else MISSING).result(OK)
    return [CODES[OK].result(OK, provider_message_id=ids[each]) if each in ids else missing for each in numbers]


def _deciding(status: Any, delivery: Any) -> tuple[str, str]:
    """The level and code that decide a row of seven columns: the phone's word, unless the sending itself failed."""
    sent, delivered = to_text(status), to_text(delivery)
    is_settled = REPORT_CODES.get(f"deliver {delivered}", NOTHING).status is not ReportStatus.NOTHING_NEW
    return ("deliver", delivered) if is_settled or sent == OK else ("status", sent)


def _required(message_id: Any) -> str:
    if not to_text(message_id):
        raise Unreadable(gettext_noop("a report without an id"))
    return to_text(message_id)


def _plain_text(content: Any) -> str:
    """Base64 of UTF-8, or the text itself where it does not decode to something that can be read."""
    given = "" if content is None else str(content)
    try:
        text = base64.b64decode(given.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return given
    return given if re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text) else text
