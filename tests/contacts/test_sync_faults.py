"""Whatever the provider answers, and wherever the sync is cut off: nothing lost, nothing twice, the same end."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from contacts.models import Contact, Group
from contacts.sync import Request, request_sync, run_stretch, sync_phonebook
from contacts.syncing.lease import SyncBusy, ask_to_stop, begin_run, take_run, this_process
from contacts.syncing.models import PhonebookGroup, PhonebookLink, SyncRun
from tests.contacts.phonebook_people import both_agree, changes, entry, ours, run_sync, sync
from tests.processes import await_true, end, kill, start_python

SYNC = """
from contacts.sync import Request, sync_phonebook
from providers.models import Account
sync_phonebook(account=Account.objects.get(pk={id}), request=Request())
"""


def number(index):
    return f"6281300000{index:03d}"


@pytest.fixture
def book(sandbox):
    return sandbox.phonebook("demo")


@pytest.fixture
def account(sandbox_account):
    return sandbox_account("smsmasking")


def fill(book, *, here, there, both):
    """So many people on one side only and on both; numbers in that order."""
    groups = [Group.objects.get_or_create(name=name)[0] for name in ("Bali", "Jawa")]
    contacts = [Contact(name=f"Orang {index}", mobile=f"+{number(index)}") for index in range(here + both)]
    Contact.objects.bulk_create(contacts)
    for index, contact in enumerate(contacts):
        contact.groups.add(groups[index % 2])
    book.seed(
        entries=[
            entry(number(index), f"Orang {index}", ["Bali", "Jawa"][index % 2], address="Jl. Bali 1")
            for index in range(here, here + both + there)
        ]
    )


def book_lies(book):
    """Everything of theirs that a sync must never lose."""
    return {(each.mobile, each.group) for each in book.entries.values()}


# --- answers that cannot be ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["groupGetList", "phbkGetList", "phbkGetCompleteData"])
@pytest.mark.parametrize(
    "kind", ["short_page", "repeated_page", "empty_page", "logged_out", "nonsense", "error_500", "cut", "reset_before"]
)
@pytest.mark.parametrize("after", [0, 1, 2])
def test_no_answer_is_ever_taken_for_a_deletion(account, book, call, kind, after):
    book.configure({"page_cap": 4})
    fill(book, here=0, there=10, both=0)
    sync(account)
    Contact.objects.filter(mobile__endswith="9").update(name="Baru")
    for entry_ in list(book.entries.values()):
        book.edit(
            entry_.id, {name: getattr(entry_, name) for name in ("name", "mobile", "address")} | {"group": "Jawa"}
        )
    before = Contact.objects.count(), book_lies(book)
    book.fault(call, kind, after=after)
    run_sync(account)
    assert (Contact.objects.count(), book_lies(book)) == before
    book.clear_faults()
    sync(account)
    sync(account)
    assert both_agree(book)
    assert (Contact.objects.count(), len(book.entries)) == (10, 10)


@pytest.mark.parametrize("kind", ["short_page", "repeated_page", "empty_page"])
@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_first_list_that_leaves_something_out_makes_no_entry_twice(account, book, kind, after):
    book.configure({"page_cap": 4})
    fill(book, here=2, there=2, both=8)
    book.fault("phbkGetList", kind, after=after)
    run_sync(account)
    sync(account)
    assert both_agree(book)
    assert len(book.entries) == 12


@pytest.mark.parametrize("kind", ["reset_after", "bare_1701", "cut", "nonsense", "error_500", "reset_before"])
def test_an_addition_whose_answer_is_lost_is_made_once(account, book, kind):
    fill(book, here=6, there=0, both=2)
    book.fault("phbkAdd", kind, after=1, times=2)
    run_sync(account)
    sync(account)
    assert both_agree(book)
    assert len(book.entries) == 8
    assert changes(sync(account)) == {}


@pytest.mark.parametrize("kind", ["reset_after", "bare_1701", "nonsense"])
def test_a_group_whose_answer_is_lost_is_made_once(account, book, kind):
    fill(book, here=4, there=0, both=0)
    book.fault("groupAdd", kind)
    run_sync(account)
    sync(account)
    assert both_agree(book)
    assert len(book.groups) == 2


def test_a_provider_that_answers_nothing_readable_any_more_ends_the_run(account, book):
    fill(book, here=8, there=0, both=0)
    book.fault("phbkAdd", "nonsense", times=20)
    book.fault("phbkFindPhNumber", "nonsense", times=20)
    run = run_sync(account)
    assert run.state == SyncRun.State.FAILED
    assert book.calls.count("phbkAdd") == 3


def test_refused_credentials_end_the_run_and_suspend_the_account(account, book):
    fill(book, here=2, there=2, both=0)
    book.fault("phbkGetList", "code:1702")
    assert run_sync(account).state == SyncRun.State.FAILED
    account.refresh_from_db()
    assert account.suspended_reason
    assert len(book.entries) == 2


# --- cut off at any call ---------------------------------------------------------------------------------------------


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


def run_to_the_end(account):
    """Again until a run finds nothing to do; returns how often."""
    for count in range(4):
        run = run_sync(account)
        assert run.state == SyncRun.State.DONE, run.error
        if not run.done and not run.troubles:
            return count
    raise AssertionError("no end")


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


# --- one at a time ---------------------------------------------------------------------------------------------------


def test_two_syncs_of_one_account_are_never_at_work_together(account):
    begin_run(account=account, holder=this_process())
    with pytest.raises(SyncBusy):
        sync_phonebook(account=account, request=Request())
    with pytest.raises(SyncBusy):
        request_sync(account=account, request=Request())


def test_a_run_that_waits_for_a_worker_is_taken_once(account):
    run = request_sync(account=account, request=Request())
    assert take_run(run.pk).pk == run.pk
    assert take_run(run.pk) is None


def test_a_process_that_ended_leaves_its_account_to_the_next(account):
    process = start_python("")
    holder = this_process().split(":")
    end(process)
    run = begin_run(account=account, holder=f"{holder[0]}:{process.pid}:1")
    sync(account)
    run.refresh_from_db()
    assert run.state == SyncRun.State.INTERRUPTED


def test_a_run_ends_where_a_person_stops_it_and_the_next_goes_on(account, book):
    fill(book, here=3, there=3, both=0)
    run = request_sync(account=account, request=Request())
    ask_to_stop(run)
    run_stretch(take_run(run.pk))
    run.refresh_from_db()
    assert run.state == SyncRun.State.STOPPED
    assert book.calls == []
    run_to_the_end(account)
    assert both_agree(book)


def test_a_stop_leaves_no_doubt_about_the_addition_that_was_next(account, book):
    fill(book, here=30, there=0, both=0)
    run = request_sync(account=account, request=Request())
    while not book.entries:
        assert run_stretch(take_run(run.pk), seconds=0)
    ask_to_stop(run)
    run_stretch(take_run(run.pk))
    run.refresh_from_db()
    assert (run.state, run.troubles) == (SyncRun.State.STOPPED, 0)
    assert run.actions.filter(kind="add_there", state="planned").count() == 30 - len(book.entries)
    run_to_the_end(account)
    assert both_agree(book)


def test_a_run_goes_on_from_stretch_to_stretch(account, book):
    """Each stretch has no time for more than one step: as with workers that hand it on."""
    fill(book, here=3, there=3, both=3)
    run = request_sync(account=account, request=Request())
    stretches = 0
    while run_stretch(take_run(run.pk), seconds=0):
        stretches += 1
    run.refresh_from_db()
    assert run.state == SyncRun.State.DONE
    assert stretches > 2
    assert both_agree(book)
    assert run.calls == len(book.calls)


@pytest.mark.parametrize("call", ["groupGetList", "phbkGetList", "phbkGetCompleteData", "phbkAdd", "groupAdd"])
def test_a_run_that_is_asked_to_wait_goes_on_by_itself(account, book, client_of, call):
    fill(book, here=3, there=3, both=3)
    Group.objects.create(name="Papua")
    run = request_sync(account=account, request=Request())
    book.fault(call, "wait", after=1 if call == "phbkAdd" else 0)
    while run_stretch(take_run(run.pk)):
        pass
    run.refresh_from_db()
    assert run.is_active
    assert run.wait_until is not None
    SyncRun.objects.update(wait_until=Now() + timedelta(hours=1))
    assert take_run(run.pk) is None
    page = client_of("Operator").get(f"/admin/contacts/syncs/{run.pk}/").content.decode()
    assert "The provider asked for a pause." in page
    SyncRun.objects.update(wait_until=Now())
    while run_stretch(take_run(run.pk)):
        pass
    run.refresh_from_db()
    assert (run.state, run.troubles, run.wait_until) == (SyncRun.State.DONE, 0, None)
    assert both_agree(book)
    assert len(book.entries) == 9


def test_a_run_waits_no_longer_than_an_hour_in_all(account, book):
    run = request_sync(account=account, request=Request())
    SyncRun.objects.update(cursor={"waited": 3600})
    book.fault("*", "wait")
    assert not run_stretch(take_run(run.pk))
    run.refresh_from_db()
    assert run.state == SyncRun.State.FAILED
    assert run.error


def test_a_waiting_run_stops_when_asked(account, book):
    run = request_sync(account=account, request=Request())
    book.fault("*", "wait")
    run_stretch(take_run(run.pk))
    ask_to_stop(run)
    run_stretch(take_run(run.pk))
    run.refresh_from_db()
    assert run.state == SyncRun.State.STOPPED


def test_a_command_waits_where_it_is(account, book):
    fill(book, here=2, there=0, both=0)
    book.fault("phbkAdd", "wait")
    sync(account)
    assert both_agree(book)


# --- size ------------------------------------------------------------------------------------------------------------


def test_ten_thousand_entries_cost_pages_and_changes_not_entries(account, book):
    Group.objects.create(name="Bali")
    book.seed(entries=[entry(f"6281400{index:06d}", f"Orang {index}") for index in range(10_000)])
    book.configure({"list_columns": 7})
    account.timeout_seconds = 30
    account.save()
    sync(account)
    assert Contact.objects.count() == 10_000
    pages = len(book.calls)
    assert pages <= 100 + 1 + 2
    book.configure({"list_columns": 4})
    book.calls.clear()
    sync(account)
    assert len(book.calls) == pages
    assert set(book.calls) == {"groupGetList", "phbkGetList"}
    Contact.objects.filter(mobile__endswith="01111").update(name="Baru")
    Contact.objects.filter(mobile__endswith="02222").delete()
    one = Contact.objects.create(name="Tambahan", mobile="+6281500000001")
    one.groups.add(Group.objects.get(name="Bali"))
    book.seed(entries=[entry("6281500000002", "Tamu")])
    book.calls.clear()
    run = sync(account)
    assert sum(run.done.values()) == 4
    assert len(book.calls) <= pages + 2 * 4
    book.calls.clear()
    sync(account)
    assert set(book.calls) == {"groupGetList", "phbkGetList"}
    assert len(book.calls) <= pages + 1


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_group_renamed_costs_no_reading_of_its_members(account, book, side):
    book.configure({"list_columns": 4})
    book.seed(entries=[entry(number(index), f"Orang {index}") for index in range(30)])
    sync(account)
    if side == "ours":
        Group.objects.update(name="Jawa")
    else:
        book.rename_group(next(iter(book.groups)), "Jawa")
    book.calls.clear()
    sync(account)
    sync(account)
    assert both_agree(book)
    assert "phbkGetCompleteData" not in book.calls


@pytest.mark.parametrize("size", [20, 200])
def test_the_number_of_queries_of_an_unchanged_book_follows_pages_not_entries(
    account, book, size, django_assert_max_num_queries
):
    book.seed(entries=[entry(number(index), f"Orang {index}") for index in range(size)])
    sync(account)
    with django_assert_max_num_queries(80):
        sync(account)


def test_a_deep_run_adds_one_read_an_entry(account, book):
    book.seed(entries=[entry(number(index), f"Orang {index}") for index in range(150)])
    sync(account)
    book.calls.clear()
    sync(account)
    pages = len(book.calls)
    book.calls.clear()
    sync(account, is_deep=True)
    assert len(book.calls) == pages + 150


def test_two_processes_that_begin_at_once_get_one_run(account):
    """The database holds it, whoever looks first."""
    SyncRun.objects.create(account=account, holder="elsewhere:1:1", lease_until=Now() + timedelta(minutes=2))
    with pytest.raises(IntegrityError), transaction.atomic():
        SyncRun.objects.create(account=account, holder=this_process())
