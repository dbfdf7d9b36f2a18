"""What every provider can be asked.

An adapter translates: it builds a `Call` and reads a `Reply`. It makes one HTTP call per method, never repeats one,
and knows no models, no settings and no clock. One instance belongs to one thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any, ClassVar, NoReturn, TypeVar
from urllib.parse import parse_qsl

from django.core.exceptions import SuspiciousOperation
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from providers.errors import ProviderError, Uncertain, UnsupportedFeature
from providers.limits import require_supported
from providers.masking import Masker
from providers.options import COMMON_OPTIONS
from providers.phonebook import Phonebook as Phonebook
from providers.reading import ANSWER_UNREAD, UNREADABLE, Unreadable, decode, why_unreadable
from providers.transport import Call, Reply, Transport
from providers.types import (
    AccountConfig,
    Balance,
    Capabilities,
    CredentialField,
    DeliveryReport,
    InboundText,
    OptionField,
    OutboundMessage,
    SubmitResult,
)

T = TypeVar("T")

USER_AND_PASSWORD = (
    CredentialField("username", _("User name")),
    CredentialField("password", _("Password"), is_secret=True),
)


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """A callback as it came: method, raw query string, content type and body."""

    method: str = "POST"
    query: str = field(default="", repr=False)
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)

    def fields(self) -> dict[str, str]:
        """Query and form (or flat JSON object) values under lower-case names, values untouched; the body wins."""
        pairs = parse_qsl(self.query, keep_blank_values=True)
        text = decode(self.body)
        if text.lstrip()[:1] == "{":
            pairs += [(str(k), "" if v is None else str(v)) for k, v in json.loads(text).items()]
        elif self.content_type.lower().startswith("multipart/"):
            pairs += self._multipart()
        else:
            pairs += parse_qsl(text, keep_blank_values=True)
        return {name.strip().lower(): value for name, value in pairs}

    def _multipart(self) -> list[tuple[str, str]]:
        """The values of a form sent in parts, without its files; raises ValueError where they cannot be told apart."""
        length = {"CONTENT_TYPE": self.content_type, "CONTENT_LENGTH": len(self.body)}
        try:
            fields, _files = MultiPartParser(length, BytesIO(self.body), [], "utf-8").parse()
        except (MultiPartParserError, SuspiciousOperation) as error:
            raise Unreadable(gettext_noop("a form in parts that is broken")) from error
        return [(name, values[-1]) for name, values in fields.lists()]


class Provider:
    """The interface of an adapter. What a provider lacks raises `UnsupportedFeature`, and `capabilities` says so."""

    slug: ClassVar[str]
    label: ClassVar[str]
    credential_fields: ClassVar[tuple[CredentialField, ...]]
    option_fields: ClassVar[tuple[OptionField, ...]] = ()
    default_base_url: ClassVar[str] = ""
    callback_help: ClassVar[Any] = ""
    # A change of these leads to calls that may not know the references of earlier ones.
    reference_options: ClassVar[tuple[str, ...]] = ("paths",)
    # Definite refusals that another account may cure: a network not covered, a sender not allowed.
    cured_elsewhere: ClassVar[frozenset[str]] = frozenset()
    # Definite refusals that mean: this number has no WhatsApp.
    no_whatsapp: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, config: AccountConfig) -> None:
        self.config = config

    @cached_property
    def masker(self) -> Masker:
        return Masker(self.secrets())

    @cached_property
    def transport(self) -> Transport:
        return Transport(
            base_url=self.config.base_url,
            masker=self.masker,
            timeout_seconds=self.config.timeout_seconds,
            tls_verify=bool(self.option("tls_verify")),
            ca_certificate=str(self.option("ca_certificate")),
            proxy_url=str(self.option("proxy_url")),
            keep_alive_seconds=float(self.option("keep_alive_seconds")),
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.config.name}>"

    @classmethod
    def all_options(cls) -> tuple[OptionField, ...]:
        return cls.option_fields + COMMON_OPTIONS

    @classmethod
    def capabilities_for(cls, options: Mapping[str, Any]) -> Capabilities:
        """What an account with these options can do."""
        raise NotImplementedError

    @cached_property
    def capabilities(self) -> Capabilities:
        return self.capabilities_for(self.config.options)

    def option(self, name: str) -> Any:
        return self.config.options.get(name, self._defaults[name])

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return {field.name: field.default for field in self.all_options()}

    def secrets(self) -> tuple[str, ...]:
        """Values that may never be shown: every credential, the callback URL's token, a proxy's password."""
        token = self.config.callback_url.split("/callbacks/")[-1].split("/")[0] if self.config.callback_url else ""
        proxy = str(self.config.options.get("proxy_url", ""))
        proxy_password = proxy.rsplit("@", 1)[0].rsplit(":", 1)[-1] if "@" in proxy else ""
        return (*self.config.credentials.values(), token, proxy_password)

    def close(self) -> None:
        self.transport.close()

    # --- sending -----------------------------------------------------------------------------------------------

    def submit(self, messages: Sequence[OutboundMessage]) -> list[SubmitResult]:
        """Submit one batch in exactly one HTTP call: one result per message, in order. Raises `providers.errors`."""
        require_supported(self.capabilities, messages)
        reply = self.call(self.build_submit(messages))
        with_results = self.read(lambda: self.read_submit(reply, messages))
        if len(with_results) != len(messages):
            raise Uncertain(gettext_noop("The answer does not fit the request."))
        return self._masked(with_results)

    def _masked(self, results: list[SubmitResult]) -> list[SubmitResult]:
        """Most results of a batch say the same."""
        masked = {text: self.masker.mask(text) for text in {result.text for result in results}}
        return [
            result if masked[result.text] == result.text else result._replace(text=masked[result.text])
            for result in results
        ]

    def build_submit(self, messages: Sequence[OutboundMessage]) -> Call:
        raise NotImplementedError

    def read_submit(self, reply: Reply, messages: Sequence[OutboundMessage]) -> list[SubmitResult]:
        raise NotImplementedError

    def keeps_duplicates_out(self, message: OutboundMessage) -> bool:
        """Whether submitting this message again under the same reference is harmless."""
        return False

    def send_to_group(self, group: str, text: str) -> list[SubmitResult]:
        self.unsupported("send_to_group")

    # --- asking ------------------------------------------------------------------------------------------------

    def check(self) -> Balance | None:
        """The cheapest harmless call that proves the account works; a balance where there is one."""
        if self.capabilities.balance:
            return self.fetch_balance()
        self.unsupported("check")

    def fetch_balance(self) -> Balance:
        self.unsupported("fetch_balance")

    def fetch_reports(self, message_ids: Sequence[str]) -> list[DeliveryReport]:
        """Reports for at most `max_report_ids` of the provider's ids, in one call."""
        self.unsupported("fetch_reports")

    def fetch_inbox(self) -> list[InboundText]:
        """One call's worth of received messages, each handed out once only; empty when there are no more."""
        self.unsupported("fetch_inbox")

    def read_inbox(self, body: bytes) -> list[InboundText]:
        """Read a kept reply of `fetch_inbox` again."""
        self.unsupported("fetch_inbox")

    def change_password(self, new: str) -> None:
        self.unsupported("change_password")

    @property
    def phonebook(self) -> Phonebook:
        self.unsupported("phonebook")

    # --- being told --------------------------------------------------------------------------------------------

    def parse_reports(self, request: CallbackRequest) -> list[DeliveryReport]:
        """Read a callback's delivery reports; raises one of `UNREADABLE` on nonsense."""
        self.unsupported("parse_reports")

    def parse_inbound(self, request: CallbackRequest) -> list[InboundText]:
        self.unsupported("parse_inbound")

    @classmethod
    def id_forms(cls, provider_message_id: str) -> tuple[str, ...]:
        """The spellings under which this id may stand in our rows: the likeliest first."""
        return (provider_message_id,)

    @classmethod
    def callback_answer(cls) -> tuple[str, str]:
        """Body and content type that the provider wants to see once a callback is stored."""
        return "OK", "text/plain"

    # --- helpers for adapters ----------------------------------------------------------------------------------

    def call(self, call: Call) -> Reply:
        return self.transport.call(call)

    def path(self, name: str, default: str) -> str:
        """The documented path, or the account's own for that call."""
        return str((self.option("paths") or {}).get(name, default))

    def read(self, reader: Callable[[], T]) -> T:
        """Read foreign data: whatever it trips over is an answer that nobody can read, and what it says of us is
        masked (a provider may quote the credentials that it refuses)."""
        try:
            return reader()
        except ProviderError as error:
            error.message = self.masker.mask(error.message)
            error.args = (error.message,)
            raise
        except UNREADABLE as error:
            message = ANSWER_UNREAD % {"reason": self.masker.mask(why_unreadable(error))}
            self.transport.note(message)
            raise Uncertain(message) from None

    def unsupported(self, feature: str) -> NoReturn:
        raise UnsupportedFeature(f"{self.label} does not offer {feature}")
