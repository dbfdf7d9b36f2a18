"""Typographic characters by the plain ones that GSM-7 has (pure). Letters and pictures are nobody's to replace."""

from __future__ import annotations

from smsops.messaging.text import first_beyond_gsm7

_PLAIN = {
    "‘’‚‛′´`ʼ": "'",
    "“”„‟″«»": '"',
    "‐‑‒–—―−": "-",
    "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000": " ",
    "•·∙▪●": "*",
    "\u00ad\u200b\u200c\u200d\u2060\ufeff": "",
    "…": "...",
    "×": "x",
    "‹": "<",
    "›": ">",
}
PLAIN = {ord(char): plain for chars, plain in _PLAIN.items() for char in chars}


def make_plain(text: str) -> str:
    """The text with its quotes, dashes, spaces and bullets as GSM-7 has them."""
    return text.translate(PLAIN) if first_beyond_gsm7(text) >= 0 else text
