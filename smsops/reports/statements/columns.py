"""From the words above a column of a provider's export to what it is, and from its cells to values (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from contacts.uploads.cells import Figure
from providers.cleaning import clip
from providers.numbers import to_e164

ID, NUMBER, AT, SEGMENTS, PRICE = "id", "number", "at", "segments", "price"
TARGETS: dict[str, Any] = {
    ID: _("Provider's id"), NUMBER: _("Number"), AT: _("Time"), SEGMENTS: _("Segments"), PRICE: _("Price"),
}  # fmt: skip
_WORDS = {
    ID: "id|message id|messageid|msg id|msgid|sending id|sendingid|trxid|trx id|transaction id|reference|ref|id pesan|"
    "id transaksi|no referensi|sms id|smsid",
    NUMBER: "number|msisdn|destination|to|phone|phone number|recipient|mobile|nomor|nomor tujuan|no tujuan|tujuan|"
    "no hp|nomor hp|penerima",
    AT: "date|time|datetime|date time|sent|sent at|sent date|sent time|send date|submit time|submit date|created|"
    "created at|timestamp|tanggal|waktu|tgl|tanggal kirim|waktu kirim|tgl kirim",
    SEGMENTS: "segments|segment|parts|part|sms count|smscount|count|sms|units|unit|qty|jumlah sms|jumlah|jml sms|"
    "bagian",
    PRICE: "price|cost|charge|amount|total|total price|rate|harga|biaya|tarif|total harga|nominal",
}
_KNOWN = {word: target for target, words in _WORDS.items() for word in words.split("|")}
_FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y",
)  # fmt: skip
_NOT_MONEY = re.compile(r"[^\d.,-]")
MOST_SEGMENTS = 32_767
MOST_MONEY = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of the export; "" and None where it says nothing."""

    provider_message_id: str
    recipient: str
    at: datetime | None
    segments: int | None
    price: Decimal | None


def guess_columns(headers: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """A target for each column, "" for none: as it was the last time, else by its words; each target once."""
    taken: set[str] = set()
    found = []
    for header in headers:
        words = " ".join(re.sub(r"[_.:*-]", " ", header).split()).casefold()
        target = known.get(header, _KNOWN.get(words, ""))
        found.append("" if target in taken else target)
        taken.add(target)
    return found


def why_not(mapping: Sequence[str]) -> str:
    """ "" where lines can be matched by these columns."""
    chosen = [target for target in mapping if target]
    if len(chosen) != len(set(chosen)):
        return str(_("Two columns are the same. Choose each only once."))
    if ID not in chosen and not {NUMBER, AT} <= set(chosen):
        return str(_("Choose the column with the provider's id, or those with the number and the time."))
    return ""


def read_charge(cells: Sequence[str], mapping: Sequence[str], zone: tzinfo) -> Charge | None:
    """None where the row is no message: a title, a total, an empty line. Some providers star out a part of the number:
    an id with a moment is a message too."""
    told = {target: cell for target, cell in zip(mapping, cells, strict=False) if target}
    provider_id = clip(told.get(ID, "").strip(), 100)
    number = to_e164(told.get(NUMBER, "")) or ""
    at = read_moment(told.get(AT, ""), zone)
    if not (number or (provider_id and (at or NUMBER not in mapping))):
        return None
    return Charge(provider_id, number[:20], at, read_count(told.get(SEGMENTS, "")), read_money(told.get(PRICE, "")))


def read_moment(text: str, zone: tzinfo) -> datetime | None:
    """In any of the usual spellings; without a zone it is the account's."""
    text = text.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = next(filter(None, (_parsed(text, each) for each in _FORMATS)), None) or datetime.min
    if not 2000 <= found.year < 2999:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def read_count(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isdecimal() and text.isascii() and 0 < int(text[:9]) <= MOST_SEGMENTS else None


def read_money(text: str) -> Decimal | None:
    """`Rp 1.250`, `350,50`, `1,250.00`: of two separators the last one is the decimal one; one alone that stands before
    three digits parts thousands, unless a workbook holds the cell as a figure."""
    digits = str(text) if isinstance(text, Figure) else _plain_digits(_NOT_MONEY.sub("", text))
    try:
        amount = Decimal(digits)
    except InvalidOperation:
        return None
    return amount.quantize(Decimal("0.0001")) if amount.is_finite() and abs(amount) < MOST_MONEY else None


def _plain_digits(text: str) -> str:
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return text
    separators = set(text) & {".", ","}
    is_decimal = len(separators) == 2 or (text.count(text[last]) == 1 and len(text) - last - 1 != 3)
    whole = re.sub(r"[.,]", "", text[:last])
    return f"{whole}.{text[last + 1 :]}" if is_decimal else whole + text[last + 1 :]
