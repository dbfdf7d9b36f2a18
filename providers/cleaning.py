"""Foreign text made fit for our columns: a value too long or unstorable must never keep an answer from being kept."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

# NUL and lone surrogates cannot be stored by PostgreSQL.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# They turn what stands beside a name round as well: “(copy)” becomes “(ypoc)”.
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
PRICE_LIMIT = Decimal(10) ** 8
# Years that a strange or hostile clock may name, and that not every database can hold in every time zone.
FIRST_YEAR, LAST_YEAR = 2000, 2099


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, with U+FFFD for what no database stores."""
    if text.isascii() and "\x00" not in text:
        return text[:limit]
    return _UNSTORABLE.sub("\ufffd", text)[:limit]


def clip_name(text: str, limit: int) -> str:
    """The same for a name that stands among other words: on one line, without signs that change the direction."""
    return clip(" ".join(_DIRECTIONS.sub("", text).split()), limit)


def clip_price(price: Decimal | None) -> Decimal | None:
    """A price as our column holds it, or None where it cannot be one."""
    if price is None or not price.is_finite() or abs(price) >= PRICE_LIMIT:
        return None
    return price.quantize(Decimal("0.0001"))


def clip_moment(moment: datetime | None) -> datetime | None:
    """A moment as our column holds it, or None where no provider can mean it."""
    return moment if moment is not None and FIRST_YEAR <= moment.year <= LAST_YEAR else None
