"""The README's provider matrix, generated from `capabilities`: a "yes" or a "no, because" for each call and mode."""

from __future__ import annotations

from collections.abc import Callable

from providers.registry import PROVIDERS
from providers.types import Capabilities, Channel, Encoding

NOT_DOCUMENTED = "not in its document"
ONE_NUMBER = "one number a call"

ROWS: dict[str, Callable[[Capabilities], object]] = {
    "SMS": lambda can: Channel.SMS in can.channels,
    "WhatsApp": lambda can: Channel.WHATSAPP in can.channels,
    "Unicode": lambda can: Encoding.UCS2 in can.encodings,
    "ISO-8859-1": lambda can: Encoding.LATIN1 in can.encodings,
    "Flash": lambda can: can.flash,
    "WAP push": lambda can: can.wap_push,
    "Longest text (characters)": lambda can: can.max_text,
    "Numbers in one call": lambda can: can.max_batch,
    "A text per number in one call": lambda can: can.max_batch > 1 and not can.batch_shares_text,
    "Sender ID in the request": lambda can: bool(can.sender_pattern),
    "Provider's own schedule": lambda can: can.provider_schedule,
    "Send to a group at the provider": lambda can: can.group_send,
    "Duplicates kept out by our reference": lambda can: can.keeps_duplicates_out,
    "Balance": lambda can: can.balance,
    "Check without sending": lambda can: can.check,
    "Delivery reports by callback": lambda can: can.report_push,
    "Delivery reports by asking": lambda can: can.report_poll,
    "Ids in one question": lambda can: can.report_poll and can.max_report_ids,
    "Inbox by callback": lambda can: can.inbox_push,
    "Inbox by asking": lambda can: can.inbox_poll,
    "Change the password": lambda can: can.change_password,
    "Phone book": lambda can: can.phonebook,
    "SMPP": lambda can: False,
}

BECAUSE: dict[tuple[str, str], str] = {
    ("smsmasking", "Balance"): "outside its document; option `has_balance` turns it on",
    ("smsmasking", "Numbers in one call"): ONE_NUMBER,
    ("smsmasking", "A text per number in one call"): ONE_NUMBER,
    ("smsmasking", "Sender ID in the request"): "the account has one sender ID",
    ("rajasms", "Sender ID in the request"): "the account has one sender ID",
    ("tcast", "A text per number in one call"): "a call has one text for all its numbers",
    ("tcast", "WhatsApp"): "SMS only",
    ("tcast", "SMPP"): "offered but not described; not built yet",
    ("tcast", "Inbox by callback"): "it is asked for",
    ("unified", "A text per number in one call"): "a call has one text for all its numbers",
    ("unified", "Balance"): "outside its document; option `has_balance` turns it on",
    ("unified", "Check without sending"): "only with option `has_balance`",
    ("unified", "Change the password"): NOT_DOCUMENTED,
    ("nusasms", "SMS"): "its document sends WhatsApp only",
    ("nusasms", "A text per number in one call"): ONE_NUMBER,
    ("nusasms", "Sender ID in the request"): "the account has one WhatsApp number",
    ("nusasms", "Inbox by asking"): "it is pushed",
}


def cell(slug: str, row: str) -> str:
    """`yes`, a limit, or `no, because …`."""
    value = ROWS[row](PROVIDERS[slug].capabilities_for({}))
    if value is True:
        return "yes"
    if value:
        return f"{value:,}" if isinstance(value, int) else str(value)
    return f"no, {BECAUSE.get((slug, row), NOT_DOCUMENTED)}"


def render_matrix() -> str:
    """The table in Markdown, one column a provider."""
    slugs = list(PROVIDERS)
    head = ["| | " + " | ".join(PROVIDERS[slug].label for slug in slugs) + " |", "| --- |" + " --- |" * len(slugs)]
    return "\n".join(head + [f"| {row} | " + " | ".join(cell(slug, row) for slug in slugs) + " |" for row in ROWS])
