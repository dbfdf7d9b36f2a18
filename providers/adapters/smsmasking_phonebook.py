"""smsmasking's phone book: eight calls for entries, five for groups, all GET, each signed in its own way.

The document leaves open how a list looks on the wire; `smsmasking_lists.py` reads all that it may mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext_noop

from providers.adapters.smsmasking_calls import signed_call
from providers.adapters.smsmasking_days import write_compact, write_english
from providers.adapters.smsmasking_lists import (
    DELIMITERS,
    ENTRY_GONE,
    GROUP_GONE,
    raise_for_phonebook,
    read_code,
    read_entries,
    read_entry,
    read_groups,
    read_new_id,
)
from providers.base import Provider
from providers.errors import EntryRefused
from providers.phonebook import Phonebook
from providers.reading import digits
from providers.transport import Reply
from providers.types import RemoteEntry, RemoteGroup

UNREAD = gettext_noop("Not changed there: the entry could not be read in full, and writing would blank the rest.")
UNWRITABLE = gettext_noop("Not written there: it holds a character that the provider uses between fields (such as €).")
# What separates fields would break every list of this phone book; NUL and lone surrogates cannot be written.
_UNWRITABLE = re.compile(f"[\x00\ud800-\udfff{DELIMITERS}]")
_INDONESIA = "+62"


class SmsMaskingPhonebook(Phonebook):
    """The phone book of one account."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    # --- entries -------------------------------------------------------------------------------------------------

    def list_entries(self, page: int, size: int) -> list[RemoteEntry]:
        reply = self._ask("phbkGetList", self._paging(page, size))
        return self._provider.read(lambda: read_entries(reply.body, page=page))

    def list_entries_of_group(self, group: str, page: int, size: int) -> list[RemoteEntry]:
        reply = self._ask("phbkGetListbyGroup", {**self._paging(page, size), "group": group})
        return self._provider.read(lambda: read_entries(reply.body, page=page, group=group))

    def find_entries_by_name(self, name: str) -> list[RemoteEntry]:
        reply = self._ask("phbkFindName", {"name": name})
        return self._provider.read(lambda: read_entries(reply.body))

    def find_entries_by_number(self, number: str) -> list[RemoteEntry]:
        """Of E.164 only the national part is asked for: it is in the entry both as 0812… and as 62812…."""
        typed = number.strip()
        wanted = re.sub(r"\D", "", typed.removeprefix(_INDONESIA))
        reply = self._ask("phbkFindPhNumber", {"no": wanted})
        return self._provider.read(lambda: read_entries(reply.body))

    def fetch_entry(self, remote_id: str) -> RemoteEntry | None:
        reply = self._ask("phbkGetCompleteData", {"id": remote_id})
        return self._provider.read(lambda: read_entry(reply.body, remote_id))

    def add_entry(self, entry: RemoteEntry) -> str:
        mobile = digits(entry.mobile)
        fields = self._fields(entry, mobile, write_compact(entry.birth_date) or entry.birth_text or "")
        reply = self._ask("phbkAdd", fields, signs=mobile)
        return self._provider.read(lambda: read_new_id(reply.text))

    def edit_entry(self, entry: RemoteEntry) -> None:
        """A number that is not E.164 goes back as it was read: it may be one that we do not understand."""
        if entry.address is None or entry.description is None:
            raise EntryRefused(UNREAD)
        mobile = digits(entry.mobile) if entry.mobile.startswith("+") else entry.mobile
        fields = self._fields(entry, mobile, write_english(entry.birth_date) or entry.birth_text or "")
        self._tell("phbkEdit", {"id": entry.remote_id, **fields}, signs=entry.remote_id)

    def delete_entry(self, remote_id: str) -> None:
        self._tell("phbkDelete", {"id": remote_id}, signs=remote_id, is_fine=ENTRY_GONE)

    # --- groups --------------------------------------------------------------------------------------------------

    def list_groups(self, page: int, size: int) -> list[RemoteGroup]:
        reply = self._ask("groupGetList", self._paging(page, size))
        return self._provider.read(lambda: read_groups(reply.body, page=page))

    def find_groups(self, name: str) -> list[RemoteGroup]:
        reply = self._ask("groupFind", {"group": name})
        return self._provider.read(lambda: read_groups(reply.body))

    def add_group(self, name: str) -> str:
        reply = self._ask("groupAdd", {"group": name}, signs=name)
        return self._provider.read(lambda: read_new_id(reply.text))

    def rename_group(self, remote_id: str, name: str) -> None:
        self._tell("groupEdit", {"id": remote_id, "group": name}, signs=remote_id)

    def delete_group(self, remote_id: str) -> None:
        self._tell("groupDelete", {"id": remote_id}, signs=remote_id, is_fine=GROUP_GONE)

    # --- calling -------------------------------------------------------------------------------------------------

    def _paging(self, page: int, size: int) -> dict[str, str]:
        return {"page": str(page), "size": str(min(size, self.max_page_size))}

    @staticmethod
    def _fields(entry: RemoteEntry, mobile: str, birth: str) -> dict[str, str]:
        """Every field there is: one that is missing may be blanked."""
        return {
            "name": entry.name,
            "mobile": mobile,
            "group": entry.group,
            "address": entry.address or "",
            "birth": birth,
            "desc": entry.description or "",
        }

    def _ask(self, name: str, query: Mapping[str, str], *, signs: str | None = None) -> Reply:
        if any(_UNWRITABLE.search(value) for value in query.values()):
            raise EntryRefused(UNWRITABLE)
        return self._provider.call(signed_call(self._provider, name, query, signs=signs))

    def _tell(self, name: str, query: Mapping[str, str], *, signs: str, is_fine: frozenset[str] = frozenset()) -> None:
        """Returns once it is done, or where the answer is one of those that are as good."""
        reply = self._ask(name, query, signs=signs)
        self._provider.read(lambda: raise_for_phonebook(*read_code(reply.text), is_fine=is_fine))
