"""Secrets never reach a log line, an exception, a repr or a stored call."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import escape
from urllib.parse import quote, quote_plus

MASK = "••••"
# Also the digests that we compute and the spellings that a provider echoes back.
SECRET_PARAMETERS = ("password", "newpasw", "newpass", "auth", "apikey", "account", "username", "user")
# A quotation mark: plain, escaped in JSON, or escaped in HTML.
_QUOTE = r"""(?:\\*(?:["']|&(?:amp;)?(?:quot|\#x27|\#39);))?"""
_PARAMETER = re.compile(
    rf"""(?ix) (?<![\w.-]) (?P<key>{"|".join(SECRET_PARAMETERS)})
    (?P<sep>{_QUOTE}\s*[=:]\s*\[?{_QUOTE}) (?P<value>(?:\\.|[^&\s"'\\,}}<>])+)"""
)
# Also within another address (%2F) and in JSON (\/).
_CALLBACK_PATH = re.compile(r"((?:/|%2F)callbacks\\*(?:/|%2F))[^/\s\"'?%\\<>&]+", re.IGNORECASE)
# Shorter values would blank out ordinary words and digits.
MIN_SECRET = 3


def spellings(secret: str) -> set[str]:
    """A secret as it may stand in text: plain, URL-quoted either way, JSON-escaped as Python or PHP does, in HTML."""
    forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), escape(secret)}
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {form for form in forms | escaped | {each.replace("/", r"\/") for each in escaped} if form}


def mask_parameters(text: str) -> str:
    """Blank out the values of parameters that carry credentials, and the token in a callback path."""
    text = _PARAMETER.sub(lambda found: f"{found['key']}{found['sep']}{MASK}", text)
    return _CALLBACK_PATH.sub(rf"\g<1>{MASK}", text)


class Masker:
    """Blanks out an account's own secrets, then whatever stands under a telling parameter name."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if len(secret) >= MIN_SECRET for form in spellings(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if forms else None

    def __repr__(self) -> str:
        return "Masker()"

    def mask(self, text: str) -> str:
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        return mask_parameters(text)
