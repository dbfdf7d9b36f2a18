"""Reading a phone book to its end, in stretches: nothing is written on either side before all of it is read.

A short page ends nothing: pages are asked for until one is empty or brings nothing new. What was linked and is not
listed is asked for one by one; only the provider's "no such entry" makes it gone. If it answers with the entry after
all, the list was incomplete, and the run fails with nothing done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from contacts.comparing.types import Subject, fold
from contacts.syncing.line import Line
from contacts.syncing.models import PhonebookGroup, PhonebookLink, SyncRow, SyncRun
from contacts.syncing.renaming import renamed_there
from contacts.syncing.words import default_group, entry_data, is_same_row, mirrored_groups, usable_number
from providers.models import Account
from providers.types import RemoteEntry, RemoteGroup

INCOMPLETE = gettext_noop("The provider's list left out what is still there. Try again later.")
GROUPS, ENTRIES, DETAILS, GONE, AGAIN, DONE = "groups", "entries", "details", "gone", "again", "done"
# Longer than any phone book; a server that lists for ever must not keep us for ever.
MOST_PAGES = 20_000
CHUNK = 500


class BrokenList(Exception):
    """What the lists say cannot be: nothing may be concluded from them."""


def read_book(line: Line) -> bool:
    """Read on where the run's cursor stands; False where this stretch's time is over before the end."""
    steps: dict[str, tuple[Callable[[Line], bool], str]] = {
        GROUPS: (_read_groups, ENTRIES),
        ENTRIES: (_read_entries, DETAILS),
        DETAILS: (_read_details, GONE),
        GONE: (_ask_for_missing, DONE),
        AGAIN: (_read_entries, DETAILS),
    }
    while (step := line.run.cursor.get("step", GROUPS)) != DONE:
        read, following = steps[step]
        if not read(line):
            return False
        _keep(line.run, step=following, page=1)
    return True


def read_entries_again(run: SyncRun) -> None:
    """Once more through the list in one go, for entries that the first reading may have missed."""
    _keep(run, step=AGAIN, page=1, is_second=True)


def _keep(run: SyncRun, **cursor: Any) -> None:
    run.cursor = {**run.cursor, **cursor}
    run.save(update_fields=["cursor", "read"])


# --- lists -----------------------------------------------------------------------------------------------------------


def _read_groups(line: Line) -> bool:
    size = line.book.max_page_size
    return _read_pages(line, Subject.GROUP, lambda page: line.book.list_groups(page, size), _stage_groups)


def _read_entries(line: Line) -> bool:
    size = line.book.max_page_size
    return _read_pages(line, Subject.ENTRY, lambda page: line.book.list_entries(page, size), _stage_entries)


def _read_pages(
    line: Line,
    subject: Subject,
    ask: Callable[[int], Sequence[Any]],
    stage: Callable[[SyncRun, Sequence[Any]], Iterable[SyncRow]],
) -> bool:
    """Ask until a page is empty or brings nothing that an earlier page of this reading did not."""
    is_second = bool(line.run.cursor.get("is_second"))
    # The second reading goes in one go, or from the beginning.
    first = 1 if is_second else line.run.cursor.get("page", 1)
    seen = set() if first == 1 else _staged_ids(line.run, subject)
    for page in range(first, MOST_PAGES):
        if line.is_late and not is_second:
            return False
        found = line.ask(partial(ask, page))
        new = [each for each in found if each.remote_id not in seen]
        if not new:
            return True
        seen |= {each.remote_id for each in new}
        SyncRow.objects.bulk_create(stage(line.run, new), ignore_conflicts=True)
        line.run.read = len(seen) if subject is Subject.ENTRY else line.run.read
        _keep(line.run, page=page + 1)
    raise BrokenList(INCOMPLETE)


def _staged_ids(run: SyncRun, subject: Subject) -> set[str]:
    return set(run.rows.filter(subject=subject).values_list("remote_id", flat=True))


def _stage_groups(run: SyncRun, groups: Sequence[RemoteGroup]) -> list[SyncRow]:
    return [
        SyncRow(run=run, subject=Subject.GROUP, remote_id=each.remote_id, data={"name": each.name}) for each in groups
    ]


def _stage_entries(run: SyncRun, entries: Sequence[RemoteEntry]) -> list[SyncRow]:
    return [
        SyncRow(
            run=run,
            subject=Subject.ENTRY,
            remote_id=each.remote_id,
            data=entry_data(each),
            is_complete=each.is_complete,
        )
        for each in entries
    ]


# --- complete data ---------------------------------------------------------------------------------------------------


def _read_details(line: Line) -> bool:
    """Complete data of what is new or looks changed in the list; on a deep run of everything."""
    for row in _incomplete(line.run):
        if line.is_late:
            return False
        entry = line.ask(partial(line.book.fetch_entry, row.remote_id))
        if entry is None:
            row.is_gone = True
        else:
            # Fewer fields than documented are all that there will ever be.
            row.data, row.is_complete = entry_data(entry), True
        row.save(update_fields=["data", "is_complete", "is_gone"])
    return True


def chunks_of_rows(rows: QuerySet[SyncRow]) -> Iterator[list[SyncRow]]:
    """In lists and by their ids: an open query would keep SQLite from writing."""
    chunk = list(rows.order_by("pk")[:CHUNK])
    while chunk:
        last, is_end = chunk[-1].pk, len(chunk) < CHUNK
        yield chunk
        chunk = [] if is_end else list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK])


def _incomplete(run: SyncRun) -> Iterator[SyncRow]:
    renamed, mirrors = renamed_there(run), _mirrors(run.account)
    links = PhonebookLink.objects.filter(account=run.account, has_left=False)
    for rows in chunks_of_rows(run.rows.filter(subject=Subject.ENTRY, is_complete=False, is_gone=False)):
        known = links.filter(remote_id__in=[row.remote_id for row in rows])
        seen = dict(known.values_list("remote_id", "seen"))
        for row in rows:
            before = seen.get(row.remote_id)
            if before is None:
                is_wanted = mirrors(fold(row.data["group"])) and bool(usable_number(row.data["mobile"]))
            else:
                is_wanted = run.is_deep or not is_same_row(row.data, before, renamed)
            if is_wanted:
                yield row


def _mirrors(account: Account) -> Callable[[str], bool]:
    """Tells of a folded name whether the account mirrors this group."""
    mirrored, default = mirrored_groups(account), fold(default_group(account))
    return lambda group: mirrored is None or group in mirrored or bool(group and group == default)


# --- gone or not -----------------------------------------------------------------------------------------------------


def _ask_for_missing(line: Line) -> bool:
    """Every link whose entry was not listed is asked for by its id."""
    _ask_for_missing_groups(line)
    known = PhonebookLink.objects.filter(account=line.run.account, has_left=False).order_by("id")
    listed = _staged_ids(line.run, Subject.ENTRY)
    for remote_id in [id for id in known.values_list("remote_id", flat=True) if id not in listed]:
        if line.is_late:
            return False
        if line.ask(partial(line.book.fetch_entry, remote_id)) is not None:
            raise BrokenList(INCOMPLETE)
        SyncRow.objects.create(run=line.run, subject=Subject.ENTRY, remote_id=remote_id, is_gone=True)
    return True


def _ask_for_missing_groups(line: Line) -> None:
    """There is no call for one group by its id: it is looked for by its name, and a full answer proves nothing."""
    known = PhonebookGroup.objects.filter(account=line.run.account).exclude(remote_id=None)
    listed = _staged_ids(line.run, Subject.GROUP)
    for group in known.exclude(remote_id__in=listed):
        found = line.ask(partial(line.book.find_groups, group.name))
        is_there = any(each.remote_id == group.remote_id for each in found)
        is_unclear = len(found) >= line.book.find_limit and fold(group.name) not in {fold(each.name) for each in found}
        if is_there or is_unclear:
            raise BrokenList(INCOMPLETE)
