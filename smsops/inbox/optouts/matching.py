"""When a message is a keyword (pure): the whole of it, whatever its case, spaces, punctuation and pictures.

`Stop!`, ` STOP. ` and `stop stop` are STOP; `stop by tomorrow` is not, and neither is `STOP PROMO` unless that is a
keyword of its own.
"""

from __future__ import annotations

import re
import unicodedata

# A longer message says more than a keyword.
LONGEST = 200
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufe00-\ufe0f\ufeff]")
_BETWEEN = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """The words of a text in lower case with one space between; "" where it has none, or too many for a keyword."""
    if len(text) > LONGEST:
        return ""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    words = _BETWEEN.sub(" ", plain).split()
    return words[0] if len(set(words)) == 1 else " ".join(words)
