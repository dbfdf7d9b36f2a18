"""Looking somebody up in a provider's phone book: one call, and no transaction open meanwhile."""

from __future__ import annotations

import re
from typing import Any

from contacts.sync import has_phonebook
from providers.asking import asking, keep_calls
from providers.cleaning import clip
from providers.errors import ProviderError
from providers.formats import told
from providers.models import Account
from providers.numbers import to_e164
from providers.services import explain
from providers.types import RemoteEntry
from smsops.console.lookup import LONGEST
from smsops.console.models import LookupLog

DIGITS = re.compile(r"\+?[0-9\s.()-]{4,}")


def search_phonebook(*, account: Account, term: str, actor: Any) -> tuple[list[RemoteEntry], str]:
    """The first entries (the provider gives ten at most) by name or number, or a sentence why there are none."""
    entries: list[RemoteEntry] = []
    error = ""
    try:
        entries = _ask(account, clip(term, LONGEST))
    except ProviderError as refusal:
        error = told(explain(refusal))
    LookupLog.objects.create(actor=actor, kind=LookupLog.Kind.PHONEBOOK, term=clip(term, LONGEST), found=len(entries))
    return entries, error


def _ask(account: Account, term: str) -> list[RemoteEntry]:
    if not has_phonebook(account):
        return []
    with asking(account) as provider:
        book = provider.phonebook
        if DIGITS.fullmatch(term):
            found = book.find_entries_by_number(to_e164(term) or term)
        else:
            found = book.find_entries_by_name(term)
        keep_calls(account, provider, is_plain=True)
        return found[: book.find_limit]
