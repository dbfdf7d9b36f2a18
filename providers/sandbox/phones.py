"""The page at the sandbox's root: phones, with each message as it would arrive, and a box to send an SMS back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from providers.sandbox.control import is_foreign
from providers.sandbox.outcomes import MAGIC
from providers.sandbox.page import LANGUAGES, SECURITY, language_of
from providers.sandbox.phonebook_page import PATH, PhonebookPage
from providers.sandbox.state import Inbound, Message
from providers.sandbox.wire import JAKARTA, Answer, Request, wire_digits
from providers.types import ReportStatus

if TYPE_CHECKING:
    from providers.sandbox.service import Sandbox

SHOWN = 200
MAX_TEXT = 2000
LABELS = {
    "nusasms": "NusaSMS",
    "tcast": "TCAST",
    "rajasms": "Rajasms",
    "smsmasking": "SMS Masking",
    "unified": "Unified",
}
STATUS_LABELS = {
    ReportStatus.NOTHING_NEW: _("on its way"),
    ReportStatus.SENT: _("sent"),
    ReportStatus.DELIVERED: _("delivered"),
    ReportStatus.UNDELIVERED: _("not delivered"),
    ReportStatus.EXPIRED: _("expired"),
    ReportStatus.REJECTED: _("rejected"),
}


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message on a phone's screen; `is_ours` is what the phone received."""

    at: datetime
    text: str
    provider: str
    is_ours: bool = True
    sender: str = ""
    channel: str = "sms"
    status: ReportStatus = ReportStatus.DELIVERED
    status_label: Any = ""
    scheduled_for: datetime | None = None


@dataclass(slots=True)
class Phone:
    """All messages of one number, newest first."""

    number: str
    bubbles: list[Bubble] = field(default_factory=list)


class Phones:
    """Shows the page on GET / and takes its form on POST /; /phonebook has a page of its own."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._phonebook = PhonebookPage(sandbox)

    def answer(self, request: Request) -> Answer:
        if request.path == PATH:
            return self._phonebook.answer(request)
        if request.path != "/":
            return Answer(b"Not Found", 404, "text/plain")
        if request.method == "POST":
            return self._take_form(request)
        return self._page(language_of(request)) if request.method == "GET" else Answer(b"", 405)

    def _page(self, language: str, *, error: Any = "", status: int = 200) -> Answer:
        context = {
            "phones": list_phones(self.sandbox.submissions, list(self.sandbox.state.inbound)),
            "magic": MAGIC,
            "language": language,
            "languages": LANGUAGES,
            "inbox_providers": [(slug, LABELS[slug]) for slug, desk in self.sandbox.desks.items() if desk.has_inbox],
            "error": error,
            "max_text": MAX_TEXT,
        }
        with translation.override(language):
            page = render_to_string("sandbox/phones.html", context)
        return Answer(page.encode("utf-8", "replace"), status, headers=SECURITY)

    def _take_form(self, request: Request) -> Answer:
        language = language_of(request)
        fields = request.values
        sender, text = wire_digits(fields.get("sender", "")), fields.get("text", "").replace("\r\n", "\n")
        if is_foreign(request):
            return Answer(b"Forbidden", 403, "text/plain")
        if not sender or not text.strip() or len(text) > MAX_TEXT:
            return self._page(language, error=_("A reply needs a telephone number and a text."), status=400)
        try:
            self.sandbox.receive(fields.get("provider", ""), sender, text)
        except (KeyError, ValueError):
            return self._page(language, error=_("This provider takes no incoming SMS."), status=400)
        return Answer(b"", 303, headers=(("Location", f"/?lang={language}"),))


def list_phones(messages: list[Message], inbound: list[Inbound]) -> list[Phone]:
    """The newest messages, grouped by number; the phone with the newest message first."""
    received = [(message.number, message_bubble(message)) for message in messages[-SHOWN:]]
    sent = [(one.sender, Bubble(one.at.astimezone(JAKARTA), one.text, LABELS[one.provider], False)) for one in inbound]
    newest = sorted(received + sent, key=lambda pair: pair[1].at, reverse=True)[:SHOWN]
    phones: dict[str, Phone] = {}
    for number, bubble in newest:
        phones.setdefault(number, Phone(spaced(number))).bubbles.append(bubble)
    return list(phones.values())


def message_bubble(message: Message) -> Bubble:
    draft = message.draft
    return Bubble(
        at=message.at.astimezone(JAKARTA),
        text=draft.text,
        provider=LABELS[message.provider],
        sender=draft.sender,
        channel=draft.channel,
        status=message.status,
        status_label=STATUS_LABELS[message.status],
        scheduled_for=draft.scheduled_for.astimezone(JAKARTA) if draft.scheduled_for else None,
    )


def spaced(number: str) -> str:
    """`628121234567` as `+62 812 1234 567`."""
    if not number.startswith("62"):
        return f"+{number}"
    rest = number[2:]
    return " ".join(["+62", rest[:3], *(rest[start : start + 4] for start in range(3, len(rest), 4))])
