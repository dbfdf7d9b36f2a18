"""The phone books that smsmasking keeps for its customers, one a user name: entries, groups, and what may go wrong.

What the document does not say is our guess: an unknown group is refused (1711), a deleted group leaves its members
without one, and an edit without a field blanks it.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

FIND_LIMIT = 10
# The name that matches every call, in `Book.fault`.
ANY_CALL = "*"
FAULTS = frozenset({
    "short_page", "repeated_page", "empty_page", "logged_out", "nonsense", "error_500", "reset_before", "reset_after",
    "cut", "bare_1701", "silent", "wait",
})  # fmt: skip
DELIMITERS = {"bytes": (b"\x80", b"\x81"), "c280": (b"\xc2\x80", b"\xc2\x81"), "euro": (b"\xe2\x82\xac", b"\xc2\x81")}
LIST_COLUMNS = (4, 7)
TEXTS = ("name", "mobile", "group", "address", "birth", "desc")


class Refused(Exception):
    """The provider refuses with one of its codes; nothing has changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the provider keeps it; `birth` in whatever words it came."""

    id: str
    name: str = ""
    mobile: str = ""
    group: str = ""
    address: str = ""
    birth: str = ""
    desc: str = ""

    def fields(self, count: int = 7) -> list[str]:
        return list(asdict(self).values())[:count]


@dataclass(slots=True)
class Fault:
    """`kind` meets the calls of this name after the first `after` ones, `times` of them."""

    call: str
    kind: str
    after: int
    times: int


class Book:
    """One customer's phone book. Safe to use from any thread.

    `delimiters`: bytes, c280 or euro; `is_closed`: whether a delimiter ends the last record, too. `list_columns`: 4 or
    7 fields in the lists. `page_cap`: the most entries that a page ever has. `calls`: the names of the calls so far.
    """

    def __init__(self, next_id: Callable[[], int]) -> None:
        self._next_id = next_id
        self.lock = threading.RLock()
        self.entries: dict[str, Entry] = {}
        self.groups: dict[str, str] = {}
        self.calls: list[str] = []
        self.delimiters = "c280"
        self.is_closed = True
        self.list_columns = 4
        self.page_cap = 100
        self._faults: list[Fault] = []

    # --- putting in and steering ---------------------------------------------------------------------------------

    def seed(self, *, entries: Iterable[Mapping[str, Any]] = (), groups: Iterable[str] = ()) -> list[str]:
        """Put in groups and entries (dicts of `TEXTS`, "id" optional), with the groups they name; the entries' ids."""
        with self.lock:
            for name in groups:
                self._ensure_group(name)
            return [self._seed_entry({key: str(value) for key, value in entry.items()}) for entry in entries]

    def _seed_entry(self, values: dict[str, str]) -> str:
        identifier = values.pop("id", "") or str(self._next_id())
        if values.get("group"):
            values["group"] = self._ensure_group(values["group"])
        self.entries[identifier] = Entry(identifier, **values)
        return identifier

    def _ensure_group(self, name: str) -> str:
        return self.find_group_name(name) or self.groups.setdefault(str(self._next_id()), name)

    def fault(self, call: str, kind: str, *, after: int = 0, times: int = 1) -> None:
        """Let calls of a name ("*": of any) go wrong. `kind` is one of FAULTS, or "code:" and a code."""
        if kind not in FAULTS and not re.fullmatch(r"code:\d{4}", kind):
            raise ValueError(f"no such fault: {kind}")
        with self.lock:
            self._faults.append(Fault(call, kind, after, times))

    def clear_faults(self) -> None:
        with self.lock:
            self._faults.clear()

    def configure(self, values: Mapping[str, Any]) -> None:
        """Set `delimiters`, `list_columns`, `page_cap` and `is_closed`; ValueError for values that they cannot have."""
        columns, cap = int(values.get("list_columns", self.list_columns)), int(values.get("page_cap", self.page_cap))
        delimiters = str(values.get("delimiters", self.delimiters))
        if columns not in LIST_COLUMNS or cap < 1 or delimiters not in DELIMITERS:
            raise ValueError("list_columns is 4 or 7, page_cap at least 1, delimiters bytes, c280 or euro")
        self.delimiters, self.list_columns, self.page_cap = delimiters, columns, cap
        self.is_closed = bool(values.get("is_closed", self.is_closed))

    def note(self, call: str) -> str:
        """Write a call down; the fault that it meets, or nothing."""
        with self.lock:
            self.calls.append(call)
            for fault in self._faults:
                if fault.call not in (call, ANY_CALL):
                    continue
                if fault.after <= 0:
                    return self._spend(fault)
                fault.after -= 1
        return ""

    def _spend(self, fault: Fault) -> str:
        fault.times -= 1
        if fault.times <= 0:
            self._faults.remove(fault)
        return fault.kind

    def snapshot(self) -> dict[str, Any]:
        with self.lock:
            entries = [asdict(entry) for entry in self.entries.values()]
            return {"entries": entries, "groups": dict(self.groups), "calls": list(self.calls)}

    # --- entries -------------------------------------------------------------------------------------------------

    def add(self, values: Mapping[str, str]) -> str:
        """The new id. Name, a number and a known group are required."""
        entry = Entry("", **{name: values.get(name, "") for name in TEXTS})
        with self.lock:
            if not entry.name.strip():
                raise Refused("1721")
            if not re.search(r"\d", entry.mobile):
                raise Refused("1707")
            identifier = str(self._next_id())
            self.entries[identifier] = replace(entry, id=identifier, group=self._known_group(entry.group))
        return identifier

    def edit(self, identifier: str, values: Mapping[str, str]) -> None:
        """Overwrite every field; a missing one becomes blank."""
        entry = Entry(identifier, **{name: values.get(name, "") for name in TEXTS})
        with self.lock:
            if identifier not in self.entries:
                raise Refused("1722")
            group = self._known_group(entry.group) if entry.group.strip() else ""
            self.entries[identifier] = replace(entry, group=group)

    def delete(self, identifier: str) -> None:
        with self.lock:
            if self.entries.pop(identifier, None) is None:
                raise Refused("1722")

    def page_of(self, page: int, size: int, group: str | None = None) -> list[Entry]:
        """`page` from 1; of one group's members where one is named. Refused (1711) for an unknown group."""
        with self.lock:
            size = min(size, self.page_cap)
            found: Iterable[Entry] = self.entries.values()
            if group is not None:
                found = self.members(self._known_group(group))
            return list(itertools.islice(found, (page - 1) * size, page * size))

    def members(self, group: str) -> list[Entry]:
        with self.lock:
            return [entry for entry in self.entries.values() if entry.group == group]

    def find(self, *, name: str = "", number: str = "", limit: int = FIND_LIMIT) -> list[Entry]:
        """Entries whose name holds this, in any case, and whose number holds these digits."""
        with self.lock:
            matching = (
                entry
                for entry in self.entries.values()
                if name.casefold() in entry.name.casefold() and number in re.sub(r"\D", "", entry.mobile)
            )
            return list(itertools.islice(matching, limit))

    # --- groups --------------------------------------------------------------------------------------------------

    def find_group_name(self, name: str) -> str:
        """The group's own spelling of a name in any case, or nothing."""
        wanted = name.strip().casefold()
        return next((own for own in self.groups.values() if own.casefold() == wanted), "")

    def _known_group(self, name: str) -> str:
        if not (own := self.find_group_name(name)):
            raise Refused("1711")
        return own

    def add_group(self, name: str) -> str:
        with self.lock:
            if not name.strip() or self.find_group_name(name):
                raise Refused("1711")
            identifier = str(self._next_id())
            self.groups[identifier] = name.strip()
        return identifier

    def rename_group(self, identifier: str, name: str) -> None:
        """Its members go with it."""
        with self.lock:
            old = self._group_of(identifier)
            taken = self.find_group_name(name)
            if not name.strip() or (taken and taken != old):
                raise Refused("1711")
            self.groups[identifier] = name.strip()
            self._move_members(old, name.strip())

    def delete_group(self, identifier: str) -> None:
        with self.lock:
            old = self._group_of(identifier)
            del self.groups[identifier]
            self._move_members(old, "")

    def _group_of(self, identifier: str) -> str:
        if identifier not in self.groups:
            raise Refused("1712")
        return self.groups[identifier]

    def _move_members(self, old: str, new: str) -> None:
        for entry in self.members(old):
            self.entries[entry.id] = replace(entry, group=new)
