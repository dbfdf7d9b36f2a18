"""A sync that is cut off, killed or dead at any point comes to the same end as one that got through."""

import pytest
from django.db import connection, transaction

from contacts.models import Contact, Group
from contacts.syncing.models import PhonebookGroup, PhonebookLink, SyncRun
from tests.contacts.syncing.many import fill, number, run_to_the_end
from tests.contacts.syncing.people import both_agree, entry, ours, run_sync, sync
from tests.processes import await_true, kill, start_python

SYNC = """
from contacts.sync import Request, sync_phonebook
from providers.models import Account
sync_phonebook(account=Account.objects.get(pk={id}), request=Request())
"""


def mixed(account, book):
    """A phone book of 200 entries, known on both sides, with something of every kind to do."""
    fill(book, here=0, there=200, both=0)
    sync(account)
    people = {contact.mobile[1:]: contact for contact in Contact.objects.all()}
    for index in range(4):
        Contact.objects.filter(pk=people[number(index)].pk).update(name=f"Baru {index}")
    for index in range(4, 7):
        people[number(index)].delete()
    for index in range(900, 903):
        Contact.objects.create(name=f"Tambahan {index}", mobile=f"+{number(index)}").groups.add(
            Group.objects.get(name="Bali")
        )
    Contact.objects.create(name="Papua", mobile=f"+{number(950)}").groups.add(Group.objects.create(name="Papua"))
    Group.objects.filter(name="Jawa").update(name="Jawa Baru")
    theirs_of = {each.mobile: each for each in book.entries.values()}
    for index in range(10, 13):
        book.delete(theirs_of[number(index)].id)
    for index in range(13, 16):
        old = theirs_of[number(index)]
        book.edit(old.id, {"name": "Lain", "mobile": old.mobile, "group": "Bali", "address": old.address})
    book.seed(entries=[entry(number(index), f"Tamu {index}", "Sumba") for index in range(800, 803)])
    book.calls.clear()


TOTAL = 200 - 3 - 3 + 3 + 1 + 3


def put_back(book, entries, groups):
    book.entries.clear(), book.groups.clear(), book.calls.clear()
    book.entries.update(entries), book.groups.update(groups)


@pytest.mark.parametrize("kind", ["reset_before", "reset_after"])
def test_cut_off_at_any_call_of_a_200_entry_sync_it_comes_to_the_same_end(account, book, kind):
    """From each call on, one after the other, the provider is out of reach: with that call done there, or not."""
    mixed(account, book)
    entries, groups = dict(book.entries), dict(book.groups)

    def attempt(at):
        before = transaction.savepoint()
        if at is not None:
            book.fault("*", kind, after=at, times=100_000)
        run_sync(account)
        calls = len(book.calls)
        book.clear_faults()
        run_to_the_end(account)
        assert both_agree(book)
        assert len(book.entries) == TOTAL
        found = ours()
        transaction.savepoint_rollback(before)
        put_back(book, entries, groups)
        return found, calls

    wanted, total = attempt(None)
    assert total > 30
    for at in range(total):
        found, _calls = attempt(at)
        assert found == wanted, at


@pytest.mark.django_db(transaction=True)
def test_killed_again_and_again_it_comes_to_the_same_end(account, book):
    """Real processes, killed while a call of theirs is on its way; each time the next one starts at once."""
    mixed(account, book)
    account.timeout_seconds = 30
    account.save()
    for at in (0, 3, 6, 9, 15, 22, 30):
        book.calls.clear()
        book.fault("*", "silent", after=at)
        process = start_python(SYNC.format(id=account.pk))
        assert await_true(lambda at=at, process=process: len(book.calls) > at or process.poll() is not None)
        kill(process)
        book.clear_faults()
    run_to_the_end(account)
    assert both_agree(book)
    assert len(book.entries) == TOTAL
    assert SyncRun.objects.filter(state=SyncRun.State.INTERRUPTED).count() >= 5


class Crash(BaseException):
    """The end of the process, as far as anybody here can tell."""


class CrashAtWrite:
    """Lets the database fall away right before its nth writing statement, as when the process dies there."""

    def __init__(self, at):
        self.at, self.writes = at, 0

    def __call__(self, execute, sql, params, many, context):
        if sql.lstrip()[:6] in ("INSERT", "UPDATE", "DELETE"):
            self.writes += 1
            if self.writes == self.at:
                raise Crash
        return execute(sql, params, many, context)


def small(account, book, *, is_first):
    """A few people with something of every kind to do."""
    fill(book, here=2, there=3, both=2)
    book.add_group("Kosong")
    Group.objects.create(name="Hampa")
    if is_first:
        return
    sync(account)
    Contact.objects.filter(name="Orang 0").update(name="Baru")
    Contact.objects.filter(name="Orang 1").delete()
    Contact.objects.get(name="Orang 2").groups.set([Group.objects.get(name="Hampa")])
    Group.objects.filter(name="Jawa").update(name="Jawa Baru")
    book.delete(next(each.id for each in book.entries.values() if each.name == "Orang 3"))
    book.seed(entries=[entry(number(700), "Tamu", "Sumba")])
    book.add_group("Sepi")


@pytest.fixture
def careless_disk(transactional_db):
    """Nothing here loses its power: SQLite need not wait for the disk at each of thousands of commits."""
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA synchronous=OFF")
    yield
    connection.close()


KEPT = (Group, Contact, Contact.groups.through, PhonebookGroup, PhonebookLink)


def restore(rows):
    for model in reversed((*KEPT, SyncRun)):
        model.objects.all().delete()
    for model, kept in rows:
        model.objects.bulk_create(kept)


@pytest.mark.parametrize("is_first", [True, False], ids=["first run", "later run"])
def test_dead_at_any_write_of_a_sync_it_comes_to_the_same_end(careless_disk, account, book, is_first):
    """What was not committed is lost, what was committed stays: at every single statement that writes."""
    small(account, book, is_first=is_first)
    rows = [(model, list(model.objects.all())) for model in KEPT]
    entries, groups = dict(book.entries), dict(book.groups)
    wanted, at, died = None, 0, True
    while died or at < 2:
        died = False
        try:
            with connection.execute_wrapper(CrashAtWrite(at)):
                run_sync(account)
        except Crash:
            died = True
        run_to_the_end(account)
        assert both_agree(book)
        found = ours(), sorted(book.groups.values())
        wanted = wanted or found
        assert found == wanted, at
        restore(rows)
        put_back(book, entries, groups)
        at += 1
    assert at > 30
