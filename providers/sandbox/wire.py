"""What goes in and out of the sandbox's door: a request, an answer, a callback of its own.

The sandbox shares no code with the adapters: it is their counterpart in tests, and one slip must not hide in both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from providers.sandbox.outcomes import Outcome

JAKARTA = ZoneInfo("Asia/Jakarta")

MAINTENANCE_PAGE = b"""<!DOCTYPE html>
<html><head><title>Under maintenance</title></head>
<body><h1>Service unavailable</h1><p>We will be back on 17 August.</p></body></html>
"""


class Manner(Enum):
    """How an answer leaves the socket."""

    NORMAL = "normal"
    HOLD = "hold"
    RESET = "reset"


@dataclass(frozen=True)
class Request:
    """One request as it came in; `fault` is what has been set for all sends of its provider."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: Outcome | None = None

    @cached_property
    def values(self) -> dict[str, str]:
        """Query, form and flat JSON values in one mapping; the body wins. What cannot be read is left out."""
        pairs = dict(parse_qsl(self.query, keep_blank_values=True))
        try:
            body = self.json() if self.body.lstrip()[:1] == b"{" else {}
        except ValueError:
            return pairs
        if not body and self.body:
            body = dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        return pairs | {str(name): "" if value is None else str(value) for name, value in body.items()}

    def json(self) -> Any:
        """The body as a JSON object; ValueError for anything else."""
        value = json.loads(self.body)
        if not isinstance(value, dict):
            raise ValueError("not a JSON object")
        return value


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: `pause` seconds of waiting, then the bytes in the given manner."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    manner: Manner = Manner.NORMAL
    pause: float = 0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One call that the sandbox makes to us."""

    method: str
    url: str = field(repr=False)
    body: bytes = b""
    content_type: str = ""


def json_answer(value: Any, *, content_type: str = "application/json", status: int = 200) -> Answer:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Answer(text.encode("utf-8", "replace"), status, content_type)


def unprocessed_answer(outcome: Outcome) -> Answer:
    """The answer of a server that did not even look at the request."""
    if outcome is Outcome.TOO_MANY:
        return Answer(b"Too Many Requests", 429, headers=(("Retry-After", "1"),))
    return Answer(MAINTENANCE_PAGE, 500 if outcome is Outcome.SERVER_ERROR else 200)


def spoil_answer(answer: Answer, outcome: Outcome, *, cut: bytes, untidy: bytes, slow: float) -> Answer:
    """The answer as the outcome lets it out: late, cut, empty, or not at all."""
    changes: dict[Outcome, dict[str, Any]] = {
        Outcome.SILENT: {"manner": Manner.HOLD},
        Outcome.RESET: {"manner": Manner.RESET},
        Outcome.EMPTY: {"body": b""},
        Outcome.TRUNCATED: {"body": cut},
        Outcome.UNTIDY: {"body": untidy},
        Outcome.SLOW: {"pause": slow},
    }
    return replace(answer, **changes.get(outcome, {}))


def wire_digits(number: str) -> str:
    """`62…` digits of 08…, 62… or +62…; anything that is no telephone number comes back empty."""
    bare = re.sub(r"[\s().+-]", "", number)
    bare = "62" + bare[1:] if bare.startswith("0") else bare
    return bare if re.fullmatch(r"[1-9]\d{7,14}", bare) else ""


def from_utf16_hex(text: str) -> str | None:
    """Text that came as UTF-16BE in hexadecimal digits, else None."""
    if not text or len(text) % 4 or not re.fullmatch(r"[0-9A-Fa-f]+", text):
        return None
    return bytes.fromhex(text).decode("utf-16-be", "replace")
