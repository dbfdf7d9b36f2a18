"""How figures are shown to people."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal

from django.conf import settings
from django.utils.translation import get_language, gettext_noop, ngettext, override
from django.utils.translation import gettext as _

from providers.reading import ANSWER_UNREAD, MISSING

REASON_AND_CODE = "%(reason)s (%(code)s)"
REFUSED_AT = gettext_noop("%(reason)s (told to %(machine)s)")
NOT_CHANGED = gettext_noop("Not changed: %(reason)s")
NEW_ADDRESS = gettext_noop("New callback address; the old one (…%(end)s) works until it is revoked.")
ADDRESS_REVOKED = gettext_noop("The old callback address (…%(end)s) was revoked.")

ENTRIES_UNREAD = gettext_noop("%(unread)s of %(total)s entries could not be read: %(reason)s")
CALLBACK_UNREAD = gettext_noop("It cannot be read: %(reason)s.")
OURS = (
    REFUSED_AT, NOT_CHANGED, NEW_ADDRESS, ADDRESS_REVOKED, ENTRIES_UNREAD, CALLBACK_UNREAD, ANSWER_UNREAD, MISSING,
    REASON_AND_CODE,
)  # fmt: skip

# What `in_each_language` stores begins with it.
MANY_LANGUAGES = "in_each_language"
# Sentences that apps above store, with a value each.
STORED: list[str] = []


def money(amount: Decimal | None, currency: str = "IDR") -> str:
    """`Rp 1.842.000` (cents only where there are any), `USD 1,234.50`; an unknown amount says so."""
    if amount is None:
        return _("unknown")
    if currency != "IDR":
        return f"{currency} {amount:,.2f}"
    text = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    return "Rp " + text.translate(str.maketrans(",.", ".,"))


def bare(amount: Decimal | None) -> Decimal | None:
    """Without noughts behind the point, which one who writes 1.000 for a thousand takes for more than there is."""
    if amount is None:
        return None
    return amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount.normalize()


def duration(seconds: float | None) -> str:
    """How long something takes, roughly; "–" where nobody knows."""
    if seconds is None:
        return "–"
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("under a minute")
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = minutes // 60
    words = ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return _("%(hours)s %(minutes)d min") % {"hours": words, "minutes": minutes % 60} if minutes % 60 else words


def in_each_language(say: Callable[[], str]) -> str:
    """A sentence to be stored that is made of many: in every language of ours, for `told` to choose from."""
    sentences = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            sentences[code] = say()
    return json.dumps({MANY_LANGUAGES: sentences})


def _in_own_language(text: str) -> str:
    """What `in_each_language` stored, for who reads it now; "" where it stored nothing."""
    if not text.startswith(f'{{"{MANY_LANGUAGES}"'):
        return ""
    try:
        sentences = json.loads(text)[MANY_LANGUAGES]
        return str(sentences.get(get_language()) or next(iter(sentences.values())))
    except (ValueError, AttributeError, StopIteration):
        return ""


def told(text: str) -> str:
    """Stored words for the screen: what we wrote (in English) is translated, a provider's own words stay."""
    if sentences := _in_own_language(text):
        return sentences
    for sentence in (*OURS, *STORED):
        if match := _pattern(sentence).fullmatch(text):
            return _(sentence) % {name: told(value) for name, value in match.groupdict().items()}
    return _(text) if text else ""


def told_labels(text: str) -> str:
    """Stored names of fields, with commas between: `Server address, credentials`."""
    return ", ".join(_label(label) for label in text.split(", "))


def _label(label: str) -> str:
    """Forms write the first letter large; the catalogue has either."""
    for spelling in (label, label[:1].lower() + label[1:]):
        if (translated := told(spelling)) != spelling:
            return translated
    return label


def _pattern(sentence: str) -> re.Pattern[str]:
    """The stored sentence, with a group for each `%(name)s`."""
    parts = re.split(r"%\((\w+)\)s", sentence)
    names = [f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)]
    return re.compile("".join(names), re.DOTALL)
