"""What a provider's phone book can be asked: one HTTP call a method, and no method repeats one."""

from __future__ import annotations

from typing import ClassVar

from providers.types import RemoteEntry, RemoteGroup


class Phonebook:
    """The interface of a phone book. Raises `providers.errors`; EntryRefused where it is this entry or group.

    A page may be shorter than asked for, and a list ends only with an empty one or one equal to the page before.
    """

    max_page_size: ClassVar[int] = 100
    find_limit: ClassVar[int] = 10

    def list_entries(self, page: int, size: int) -> list[RemoteEntry]:
        """Page 1 is the first; [] where the provider says that there is nothing (more)."""
        raise NotImplementedError

    def list_entries_of_group(self, group: str, page: int, size: int) -> list[RemoteEntry]:
        raise NotImplementedError

    def find_entries_by_name(self, name: str) -> list[RemoteEntry]:
        """At most `find_limit` entries whose name holds this; there may be more."""
        raise NotImplementedError

    def find_entries_by_number(self, number: str) -> list[RemoteEntry]:
        """At most `find_limit` entries whose number holds these digits, as the provider wrote it."""
        raise NotImplementedError

    def fetch_entry(self, remote_id: str) -> RemoteEntry | None:
        """Everything about one entry; None only where the provider says that it has no such entry.

        `is_complete` is False where the answer had fewer fields than documented: never edit from such a one.
        """
        raise NotImplementedError

    def add_entry(self, entry: RemoteEntry) -> str:
        """The new id, or "" where the answer carried none. `entry.remote_id` is not looked at."""
        raise NotImplementedError

    def edit_entry(self, entry: RemoteEntry) -> None:
        """Overwrite every field. Refused before the wire where address or description is None: it would be blanked."""
        raise NotImplementedError

    def delete_entry(self, remote_id: str) -> None:
        """Returns also where the entry was gone already."""
        raise NotImplementedError

    def list_groups(self, page: int, size: int) -> list[RemoteGroup]:
        raise NotImplementedError

    def find_groups(self, name: str) -> list[RemoteGroup]:
        """At most `find_limit` groups whose name holds this; there may be more."""
        raise NotImplementedError

    def add_group(self, name: str) -> str:
        """The new id, or "" where the answer carried none."""
        raise NotImplementedError

    def rename_group(self, remote_id: str, name: str) -> None:
        raise NotImplementedError

    def delete_group(self, remote_id: str) -> None:
        """Returns also where the group was gone already."""
        raise NotImplementedError
