"""One sync of an account at a time, however it was begun, stopped, asked to wait or gone on with."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from contacts.models import Group
from contacts.sync import Request, request_sync, run_stretch, sync_phonebook
from contacts.syncing.lease import SyncBusy, ask_to_stop, begin_run, take_run, this_process
from contacts.syncing.models import SyncRun
from tests.contacts.syncing.many import fill, run_to_the_end
from tests.contacts.syncing.people import both_agree, sync
from tests.processes import end, start_python

# --- one at a time ----------------------------------------------------------------------------------------------------


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


# --- size -------------------------------------------------------------------------------------------------------------


def test_two_processes_that_begin_at_once_get_one_run(account):
    """The database holds it, whoever looks first."""
    SyncRun.objects.create(account=account, holder="elsewhere:1:1", lease_until=Now() + timedelta(minutes=2))
    with pytest.raises(IntegrityError), transaction.atomic():
        SyncRun.objects.create(account=account, holder=this_process())
