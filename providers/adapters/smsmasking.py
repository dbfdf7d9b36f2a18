"""smsmasking (web2sms): GET calls, four-digit answers, and the only duplicate protection of the five.

A success is `1701` with the message id behind it, with or without a delimiter; a failure is the bare code. Only the
calls with a `trxid` (option `send_with` = md5) let an unclear message be submitted again: the server then answers
1701 at most once for it, and every other answer to a resubmission may be the duplicate's refusal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from providers.adapters.smsmasking_answers import (
    CODES,
    REPORT_CODES,
    SUCCESS,
    raise_for_code,
    read_answer,
    read_balance,
    read_group,
    read_report,
    read_result,
    read_status,
)
from providers.adapters.smsmasking_calls import API, digest, signed_call
from providers.adapters.smsmasking_phonebook import SmsMaskingPhonebook
from providers.base import USER_AND_PASSWORD, CallbackRequest, Provider
from providers.codes import CodeMeaning, ReportMeaning
from providers.errors import AccountRefused, Uncertain, UnsupportedFeature
from providers.reading import Unreadable, digits
from providers.transport import Call, Reply
from providers.types import (
    Balance,
    Capabilities,
    Channel,
    DeliveryReport,
    Encoding,
    OptionField,
    OutboundMessage,
    Outcome,
    SubmitResult,
)

MD5, PLAIN, PROXY = "md5", "plain", "proxy"
# (send_with, channel) → call name and path.
SEND_CALLS: dict[tuple[str, Channel], tuple[str, str]] = {
    (MD5, Channel.SMS): ("sendSMS", f"{API}sendSMS.aspx"),
    (MD5, Channel.WHATSAPP): ("SendWA", "/web2SMS/api/SendWA.aspx"),
    (PLAIN, Channel.SMS): ("Send", f"{API}Send.aspx"),
    (PLAIN, Channel.WHATSAPP): ("SendWA", "/web2SMS/api/SendWA.aspx"),
    (PROXY, Channel.SMS): ("send.php", "/~proxy/send.php"),
    (PROXY, Channel.WHATSAPP): ("sendwa.php", "/~proxy/sendwa.php"),
}
MAX_GROUP_TEXT = 160


class SmsMasking(Provider):
    """One message a call; SMS, WhatsApp, group send, report, change of password."""

    slug = "smsmasking"
    label = "smsmasking"
    default_base_url = "http://send.smsmasking.co.id:8080"
    codes: ClassVar[dict[str, CodeMeaning]] = CODES
    report_codes: ClassVar[dict[str, ReportMeaning]] = REPORT_CODES
    credential_fields = USER_AND_PASSWORD
    option_fields = (
        OptionField(
            "send_with",
            _("Send with"),
            MD5,
            _("md5 keeps duplicates out and knows Unicode; plain and proxy (port 80) are older and know neither."),
            (MD5, PLAIN, PROXY),
        ),
        OptionField(
            "trxid_hours",
            _("Submit again for (hours)"),
            24,
            _("How long an unclear message may be submitted again under the same reference."),
        ),
        OptionField(
            "sender_kind",
            _("Kind of sender"),
            "alpha",
            _("Telkomsel and XL deliver no Unicode from alpha senders; numeric senders deliver it everywhere."),
            ("alpha", "numeric"),
        ),
        OptionField(
            "has_balance",
            _("Ask for the balance"),
            False,
            _("Calls creditsleft.aspx, which is not in the provider's document. Off: the balance is unknown."),
        ),
        OptionField(
            "sync_groups",
            _("Groups to keep in step"),
            [],
            _("The groups that this account's phone book mirrors, one a line. Empty: all."),
        ),
        OptionField(
            "default_group",
            _("Group for the rest"),
            "",
            _("Contacts in none of those groups go here. Empty: they stay out of the phone book, and are listed so."),
        ),
        OptionField(
            "deletion_limit_percent",
            _("Deletions without asking (%)"),
            10,
            _("A run that would delete more than this share of either side stops and asks."),
        ),
        OptionField(
            "sync_every_minutes",
            _("Synchronise every (minutes)"),
            0,
            _("0: only when somebody starts it."),
        ),
    )
    reference_options = ("paths", "send_with")
    no_whatsapp = frozenset({"1751"})
    callback_help = _(
        "Ask the provider's support to register this address, with ?msgid=%id&status=%s at its end, as your delivery "
        "report URL."
    )

    @classmethod
    def capabilities_for(cls, options: Mapping[str, Any]) -> Capabilities:
        is_md5 = options.get("send_with", MD5) == MD5
        return Capabilities(
            channels=frozenset({Channel.SMS, Channel.WHATSAPP}),
            encodings=frozenset({Encoding.GSM7, Encoding.UCS2} if is_md5 else {Encoding.GSM7}),
            max_text=5000,
            group_send=True,
            max_group_text=MAX_GROUP_TEXT,
            balance=bool(options.get("has_balance", False)),
            check=True,
            report_poll=True,
            report_push=True,
            change_password=True,
            phonebook=True,
            keeps_duplicates_out=is_md5,
        )

    @cached_property
    def send_with(self) -> str:
        return str(self.option("send_with"))

    # --- sending -----------------------------------------------------------------------------------------------

    def submit(self, messages: Sequence[OutboundMessage]) -> list[SubmitResult]:
        """As in the base; what HTTP says of the account (401, 404 …) leaves a resubmission uncertain, too."""
        try:
            return super().submit(messages)
        except AccountRefused as error:
            if not messages[0].is_resubmission:
                raise
            refusal = SubmitResult(
                Outcome.UNCERTAIN, code=error.code, text=error.message, account_refusal=error.trouble
            )
            return [refusal]

    def build_submit(self, messages: Sequence[OutboundMessage]) -> Call:
        (message,) = messages
        if message.is_resubmission and not self.keeps_duplicates_out(message):
            raise Uncertain(gettext("Not submitted again: without a trxid the provider would send it twice."))
        name, default = SEND_CALLS[self.send_with, message.channel]
        mobile = digits(message.recipient)
        query = {"username": self.config.credentials["username"], "mobile": mobile, "message": message.text}
        if self.send_with != MD5:
            query["password"] = self.config.credentials["password"]
            return Call(name, self.path(name, default), query=query, base_url=self._plain_base_url())
        is_unicode = message.encoding is Encoding.UCS2
        query["message"] = utf16_hex(message.text) if is_unicode else message.text
        query["auth"] = auth = digest(query["username"], self.config.credentials["password"], mobile)
        query |= {"trxid": message.reference, "type": "3" if is_unicode else "0"}
        return Call(name, self.path(name, default), query=query, secrets=(auth,))

    def read_submit(self, reply: Reply, messages: Sequence[OutboundMessage]) -> list[SubmitResult]:
        result = read_result(reply.text)
        if messages[0].is_resubmission and result.outcome is not Outcome.ACCEPTED:
            return [result._replace(outcome=Outcome.UNCERTAIN)]
        if result.account_refusal is not None:
            raise CODES[result.code].refusal(result.code, result.text)
        return [result]

    def keeps_duplicates_out(self, message: OutboundMessage) -> bool:
        return self.send_with == MD5

    def send_to_group(self, group: str, text: str) -> list[SubmitResult]:
        """Send to a group of the provider's phone book: one result for the call, or one per member."""
        if len(text) > MAX_GROUP_TEXT or not text.isascii():
            raise UnsupportedFeature(gettext("A group message is at most 160 plain characters, without Unicode."))
        reply = self.call(signed_call(self, "SendSMSGroup", {"group": group, "msg": text}))
        return self.read(lambda: read_group(reply.text))

    def _plain_base_url(self) -> str:
        """The proxy pages live on port 80 of the same host; another port is somebody's own arrangement."""
        base_url = self.config.base_url.rstrip("/")
        return base_url.removesuffix(":8080") if self.send_with == PROXY else base_url

    # --- asking ------------------------------------------------------------------------------------------------

    def check(self) -> Balance | None:
        if self.capabilities.balance:
            return self.fetch_balance()
        self.phonebook.list_groups(1, 1)
        return None

    def fetch_balance(self) -> Balance:
        if not self.capabilities.balance:
            self.unsupported("fetch_balance")
        reply = self.call(signed_call(self, "creditsleft", {}))
        return self.read(lambda: read_balance(reply.text))

    def fetch_reports(self, message_ids: Sequence[str]) -> list[DeliveryReport]:
        if not message_ids:
            return []
        (message_id,) = message_ids
        call = Call("Report", self.path("Report", f"{API}Report.aspx"), query={"msgid": message_id})
        reply = self.call(call)
        return [self.read(lambda: read_report(message_id, reply.text))]

    def change_password(self, new: str) -> None:
        """Returns once it is changed. AccountRefused: certainly not changed. Uncertain: either may hold now."""
        call = signed_call(self, "ChangePassword", {"newpasw": new})
        reply = self.call(replace(call, secrets=(*call.secrets, new)))
        code, _rest = self.read(lambda: read_answer(reply.text))
        if code != SUCCESS:
            raise_for_code(code)

    @cached_property
    def phonebook(self) -> SmsMaskingPhonebook:
        return SmsMaskingPhonebook(self)

    # --- being told --------------------------------------------------------------------------------------------

    def parse_reports(self, request: CallbackRequest) -> list[DeliveryReport]:
        """`?msgid=…&status=…`; a message accepted without an id is reported under our own trxid."""
        fields = request.fields()
        message_id = fields["msgid"].strip()
        if not message_id:
            raise Unreadable(gettext_noop("a report without an id"))
        return [read_status(message_id, fields["status"].strip())]


def utf16_hex(text: str) -> str:
    """Upper-case hexadecimal of UTF-16BE, as `type=3` wants it."""
    return text.encode("utf-16-be").hex().upper()
