"""NusaSMS: WhatsApp texts out, credits, delivery reports, and SMS in by push.

Every answer may be JSON, XML or a bare word, whatever was asked for and whatever its Content-Type claims.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from providers.base import USER_AND_PASSWORD, CallbackRequest, Provider
from providers.codes import CodeMeaning, ReportMeaning, accepted, account, look_up, refused, uncertain
from providers.errors import ProviderError, Uncertain
from providers.reading import MAX_RAW, Unreadable, as_list, digits, find_json, to_amount, to_date, to_text
from providers.transport import Call, Reply
from providers.types import (
    AccountTrouble,
    Balance,
    Capabilities,
    Channel,
    DeliveryReport,
    Encoding,
    InboundText,
    OptionField,
    OutboundMessage,
    ReportStatus,
    SubmitResult,
)

OK = "0"
ID_LENGTH = 18

CODES: dict[str, CodeMeaning] = {
    "0": accepted(_("The message was taken.")),
    "-1": uncertain(_("The provider failed to process the request.")),
    "-2": account(AccountTrouble.CREDIT, _("There is not enough credit.")),
    "-3": refused(_("The number's network is not covered.")),
    "-5": account(AccountTrouble.CREDENTIALS, _("The user name or the password is wrong.")),
    "-6": refused(_("The number is missing.")),
    "-7": account(AccountTrouble.EXPIRED, _("The balance has expired.")),
    "-10": refused(_("OTP messages must go over an OTP route.")),
    "-11": refused(_("The provider does not know the number.")),
    "-12": refused(_("The text is missing.")),
    "-13": refused(_("The provider does not know the number.")),
    "-22": refused(_("The request was malformed.")),
    "-23": uncertain(_("A general error; the provider gives no reason.")),
    "-26": uncertain(_("A general error of the API; the provider gives no reason.")),
    "-27": refused(_("The scheduled time is invalid.")),
    "-28": refused(_("The report address is invalid.")),
    "-30": account(AccountTrouble.OTHER, _("The application id is invalid.")),
    "-33": refused(_("The message id was used before.")),
    "-34": refused(_("The sender name is not allowed.")),
    "-40": account(AccountTrouble.ADDRESS, _("Our IP address is not on the provider's list.")),
    "-77": refused(_("The same message went to this number more than ten times today."), never_resend=True),
    "-78": refused(_("This number has had its limit of messages in 24 hours."), never_resend=True),
    "-88": refused(_("The operator rejected the message.")),
    "-99": uncertain(_("A general error; the provider gives no reason.")),
}
REPORT_CODES: dict[str, ReportMeaning] = {"D": ReportMeaning(ReportStatus.DELIVERED)}
# Of any other letter nobody knows the meaning; only an error code beside it proves a failure.
FAILED = ReportMeaning(ReportStatus.UNDELIVERED)
NOTHING = ReportMeaning(ReportStatus.NOTHING_NEW)


class NusaSms(Provider):
    """One WhatsApp text a call; credits; reports by poll and callback; received SMS by push."""

    slug = "nusasms"
    cured_elsewhere = frozenset({"-3", "-34"})
    label = "NusaSMS"
    default_base_url = "https://api.nusasms.com"
    codes = CODES
    report_codes = REPORT_CODES
    credential_fields = USER_AND_PASSWORD
    option_fields = (
        OptionField("output", _("Form of the answers"), "json", _("Either is understood."), ("json", "xml")),
    )
    callback_help = _(
        "At app.nusasms.com: the reports' address under Account Setting, the inbox's under SMS Inbox > Activity with "
        "the type push inbox."
    )

    @classmethod
    def capabilities_for(cls, options: Mapping[str, Any]) -> Capabilities:
        return Capabilities(
            channels=frozenset({Channel.WHATSAPP}),
            encodings=frozenset({Encoding.GSM7, Encoding.UCS2}),
            max_text=1000,
            balance=True,
            check=True,
            report_poll=True,
            report_push=True,
            inbox_push=True,
        )

    # --- sending -----------------------------------------------------------------------------------------------

    def build_submit(self, messages: Sequence[OutboundMessage]) -> Call:
        form = {
            "username": self.config.credentials["username"],
            "password": self.config.credentials["password"],
            "GSM": digits(messages[0].recipient),
            "text": messages[0].text,
            "output": str(self.option("output")),
        }
        return Call("sendwa", self.path("sendwa", "/api/v3/sendwa/plain"), method="POST", form=form)

    def read_submit(self, reply: Reply, messages: Sequence[OutboundMessage]) -> list[SubmitResult]:
        """The one message's result; an exception where it was refused for the account's sake."""
        result = _read_result(reply.text)
        code = to_text(result["status"])
        meaning = look_up(CODES, code)
        if meaning.trouble is not None:
            raise meaning.refusal(code)
        return [meaning.result(code, provider_message_id=to_text(result.get("messageid")) if code == OK else "")]

    # --- asking ------------------------------------------------------------------------------------------------

    def _ask(self, command: str, **parameters: str) -> Reply:
        login = {"user": self.config.credentials["username"], "password": self.config.credentials["password"]}
        query = {**login, "cmd": command, **parameters, "output": str(self.option("output"))}
        return self.call(Call(command, self.path(command, "/api/command"), query=query))

    def fetch_balance(self) -> Balance:
        reply = self._ask("CREDITS", type="wa")
        return self.read(lambda: self._read_balance(reply.text))

    def _read_balance(self, text: str) -> Balance:
        """`value` and `expiredDate`, or a bare number; one of the negative codes is an error, not a balance."""
        answer = _read_document(text)
        status, value = to_text(_find(answer, "status")), to_text(_find(answer, "value") or answer.get("bare"))
        if status not in ("", OK):
            raise _error(status)
        if value != OK and value in CODES:
            raise _error(value)
        amount = to_amount(value)
        if amount is None or "messageid" in answer:
            raise Unreadable(gettext_noop("no balance in the answer"))
        return Balance(amount, expires_on=to_date(_find(answer, "expireddate")), raw=self.masker.mask(text)[:MAX_RAW])

    def fetch_reports(self, message_ids: Sequence[str]) -> list[DeliveryReport]:
        if not message_ids:
            return []
        (message_id,) = message_ids
        reply = self._ask("DR", ref_no=message_id)
        return [self.read(lambda: self._read_polled(message_id, reply.text))]

    def _read_polled(self, message_id: str, text: str) -> DeliveryReport:
        entry = _read_result(text)
        status = to_text(entry["status"])
        if status != OK and status in CODES:
            raise _error(status)
        return self._report(message_id, entry, self.masker.mask(text)[:MAX_RAW])

    def _report(self, message_id: str, entry: Mapping[str, Any], raw: str) -> DeliveryReport:
        status, error = to_text(entry["status"]), to_text(entry.get("err_code"))
        has_failed = re.fullmatch(r"-?0*[1-9]\d*", error) is not None
        meaning = REPORT_CODES.get(status.upper(), FAILED if has_failed else NOTHING)
        moment = self._moment(entry.get("sent_date"))
        code = f"{status} {error}" if has_failed else status
        return DeliveryReport(message_id, meaning.status, at=moment, code=code, raw=raw)

    def _moment(self, value: Any) -> datetime | None:
        """`2017-09-25 17:49:05.0`, the fraction optional, in the account's time zone; None where there is none."""
        with suppress(ValueError):
            moment = datetime.strptime(to_text(value)[:19], "%Y-%m-%d %H:%M:%S")
            return moment.replace(tzinfo=self.config.time_zone)
        return None

    # --- being told --------------------------------------------------------------------------------------------

    def parse_reports(self, request: CallbackRequest) -> list[DeliveryReport]:
        """`?ref_no=…&status=D&sent_date=…&err_code=0`."""
        fields = request.fields()
        message_id = fields["ref_no"].strip()
        if not message_id:
            raise Unreadable(gettext_noop("a report without an id"))
        names = ("ref_no", "status", "sent_date", "err_code")
        raw = " ".join(f"{name}={fields[name]}" for name in names if name in fields)
        return [self._report(message_id, fields, raw[:MAX_RAW])]

    def parse_inbound(self, request: CallbackRequest) -> list[InboundText]:
        """`id, gateway_number, originator, msg, receive_date`: an SMS, though all we send here is WhatsApp."""
        fields = request.fields()
        inbound = InboundText(
            fields["id"].strip(),
            fields["originator"].strip(),
            fields["msg"],
            self._moment(fields.get("receive_date")),
            fields.get("gateway_number", "").strip(),
        )
        return [inbound]

    @classmethod
    def id_forms(cls, provider_message_id: str) -> tuple[str, ...]:
        """As given, without leading zeros, and filled up again to the document's eighteen digits."""
        bare = provider_message_id.lstrip("0")
        if not bare.isdigit():
            return (provider_message_id,)
        return tuple(dict.fromkeys((provider_message_id, bare, bare.zfill(ID_LENGTH))))


def _error(code: str) -> ProviderError:
    """What a code other than 0 says where nothing was to be sent."""
    meaning = look_up(CODES, code)
    if meaning.trouble is not None:
        return meaning.refusal(code)
    return Uncertain(gettext("The provider did not answer the question: %s") % meaning.meaning, code=code)


def _read_result(text: str) -> Mapping[str, Any]:
    """The first result of an answer: `status`, `messageid` and what else it has, under lower-case names."""
    document = _read_document(text)
    if "bare" in document:
        return {**document, "status": document["bare"]}
    entry = as_list(document.get("results", document))[0]
    result: Mapping[str, Any] = as_list(entry.get("result", entry))[0]
    return result


def _read_document(text: str) -> dict[str, Any]:
    """The nested names and values of JSON or XML; `bare` and perhaps `messageid` of plain text. Raises ValueError."""
    for reader in (_read_json, _read_xml):
        with suppress(ValueError):
            return reader(text)
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?|[A-Za-z])(?:[\s|,:;=]+(\d{5,}))?", text.strip())
    if found is None:
        raise Unreadable(gettext_noop("neither JSON nor XML nor a code"))
    return {"bare": found[1]} | ({"messageid": found[2]} if found[2] else {})


def _read_json(text: str) -> dict[str, Any]:
    value = find_json(text, has_any_case=True)
    if not isinstance(value, dict) or ('"results"' in text.lower() and "results" not in value):
        raise Unreadable(gettext_noop("cut-off JSON"))
    return value


def _read_xml(text: str) -> dict[str, Any]:
    """The first element of a known name up to its own end: a warning may stand before and after it."""
    start = re.search(r"<(results?|response|credits?)\b", text, re.IGNORECASE)
    found = start and re.compile(rf".*</{start[1]}\s*>", re.DOTALL | re.IGNORECASE).match(text, start.start())
    if not found:
        raise Unreadable(gettext_noop("no XML in the answer"))
    try:
        root = fromstring(found[0])
    except ParseError as error:
        raise Unreadable(gettext_noop("malformed XML")) from error
    return {root.tag.lower(): _tree(root)}


def _tree(element: Element) -> Any:
    """The children under their lower-case names, or the text of an element that has none."""
    if len(element) == 0:
        return element.text
    return {child.tag.lower(): _tree(child) for child in element}


def _find(value: Any, name: str) -> Any:
    """The first value under `name`, however deep it stands; None where there is none."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        value = list(value.values())
    found = (_find(inner, name) for inner in value) if isinstance(value, list) else ()
    return next((each for each in found if each is not None), None)
