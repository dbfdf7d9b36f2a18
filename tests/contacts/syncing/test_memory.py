"""What a sync holds in memory: each entry once, as plain values, and of the database's rows some hundreds at a time.

Two sizes are measured, so that what every run costs falls out of what one more entry costs. A row of the database that
were kept for each entry would cost more than all that is allowed here.
"""

import tracemalloc

import pytest
from django.db.models import Value
from django.db.models.functions import Concat

from contacts.models import Contact
from contacts.sync import run_stretch
from contacts.syncing.lease import begin_run, this_process
from contacts.syncing.models import SyncConflict, SyncRow, SyncRun
from contacts.syncing.words import entry_data
from providers.types import RemoteEntry
from tests.contacts.syncing.people import changes

FEW, MANY = 600, 1800
MOST_BYTES = 1500


@pytest.fixture
def account(sandbox_account):
    return sandbox_account("smsmasking")


def run_over(account, names):
    """A run that has read these entries already: name by place. Returns its peak of memory, and the run."""
    run = begin_run(account=account, is_deep=False, is_preview=False, origin=SyncRun.Origin.PERSON, created_by=None,
                    approves=None, holder=this_process())  # fmt: skip
    run.cursor = {"step": "done"}
    run.save(update_fields=["cursor"])
    SyncRow.objects.bulk_create(row_of(run, place, name) for place, name in enumerate(names))
    tracemalloc.start()
    try:
        run_stretch(run, seconds=None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (run.state, run.error) == (SyncRun.State.DONE, "")
    return peak, run


def row_of(run, place, name):
    entry = RemoteEntry(
        str(place), name, f"62812{place:08d}", "", address=f"Jl. Melati {place}", description=f"Catatan {place}"
    )
    return SyncRow(run=run, subject="entry", remote_id=str(place), data=entry_data(entry), is_complete=True)


def names(count, word="Nama"):
    return [f"{word} {place}" for place in range(count)]


def test_each_further_entry_of_a_first_run_is_held_once(account):
    run_over(account, names(10))
    few, run = run_over(account, names(FEW))
    assert changes(run) == {"add_here": FEW - 10}
    many, run = run_over(account, names(FEW + MANY))
    assert changes(run) == {"add_here": MANY}
    assert (many - few) / MANY < MOST_BYTES, (few, many)


def test_a_question_that_stands_open_is_not_held_as_a_row_of_the_database(account):
    """Compared with what was found some hundreds at a time, so that asking again costs what asking first did."""
    run_over(account, names(FEW))
    Contact.objects.update(name=Concat("name", Value(" kami")))
    first, run = run_over(account, names(FEW, "Mereka"))
    again, run = run_over(account, names(FEW, "Mereka"))
    assert run.conflicts == SyncConflict.objects.filter(state="open").count() == FEW
    assert (again - first) / FEW < MOST_BYTES / 2, (first, again)
