"""The sync from a shell, on its timetable, and whose contacts it never deletes."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from contacts.models import Contact
from contacts.sync import Request, request_sync
from contacts.syncing.models import SyncRun
from contacts.syncing.tasks import is_deep_due, run_sync, wake_syncs
from smsops.inbox.models import InboundMessage
from smsops.messaging.models import Message
from tests.contacts.syncing.people import both_agree, entry, sync

BUDI, SITI = "6281200000001", "6281200000002"


@pytest.fixture
def book(sandbox):
    made = sandbox.phonebook("demo")
    made.seed(entries=[entry(BUDI, "Budi")])
    return made


@pytest.fixture
def account(sandbox_account):
    return sandbox_account("smsmasking", name="Kantor")


def command(*given):
    out = StringIO()
    call_command("phonebook_sync", *given, stdout=out)
    return out.getvalue()


def test_the_command_applies_what_is_free_also_on_the_first_run(account, book, add_contact):
    add_contact("Siti", f"+{SITI}", groups=["Bali"])
    told = json.loads(command("Kantor", "--json"))
    assert told["state"] == "done"
    assert told["done"] == {"add_here": 1, "add_there": 1}
    assert (told["waiting"], told["conflicts"], told["troubles"]) == (0, 0, 0)
    assert both_agree(book)


def test_a_dry_run_prints_the_plan_and_changes_nothing(account, book, add_contact):
    add_contact("Siti", f"+{SITI}", groups=["Bali"])
    told = json.loads(command("Kantor", "--dry-run", "--json"))
    assert told["state"] == "preview"
    assert [(each["kind"], each["title"]) for each in told["actions"]] == [("add_here", "Budi"), ("add_there", "Siti")]
    assert "Siti" in command("Kantor", "--dry-run")
    assert len(book.entries) == Contact.objects.count() == 1


def test_what_waits_is_not_called_nothing_to_do(account, book):
    book.seed(entries=[entry(f"62813000000{index:02d}", f"Orang {index}") for index in range(9)])
    sync(account)
    assert "Nothing to do." in command("Kantor")
    book.entries.clear()
    text = command("Kantor")
    assert "Nothing was changed." in text
    assert "waiting 10" in text
    assert "· Bali · Waits for confirmation" in text


def test_a_deep_run_reads_every_entry(account, book):
    sync(account)
    book.calls.clear()
    command("Kantor", "--deep")
    assert book.calls.count("phbkGetCompleteData") == 1


def test_a_run_that_fails_ends_the_command_with_its_reason(account, book):
    book.fault("phbkGetList", "logged_out")
    with pytest.raises(CommandError, match="answer"):
        command("Kantor")


@pytest.mark.parametrize(("name", "word"), [("Nobody", "Kantor"), ("Other", "no phone book"), ("\udcff", "Kantor")])
def test_an_account_that_cannot_be_synchronised_is_told(account, book, make_account, name, word):
    make_account("rajasms", name="Other")
    with pytest.raises(CommandError, match=word):
        command(name)


def test_whoever_exchanged_messages_with_us_stays_when_they_delete_him(account, book, add_contact):
    add_contact("Siti", f"+{SITI}", groups=["Bali"])
    add_contact("Agus", "+6281200000003", groups=["Bali"])
    sync(account)
    Message.objects.create(account=account, recipient=f"+{BUDI}", text="Halo", contact=Contact.objects.get(name="Budi"))
    InboundMessage.objects.create(
        account=account, sender=f"+{SITI}", text="Halo", fingerprint="1", contact=Contact.objects.get(name="Siti")
    )
    account.options = {"deletion_limit_percent": 100}
    account.save()
    book.entries.clear()
    sync(account)
    assert set(Contact.objects.values_list("name", flat=True)) == {"Budi", "Siti"}


# --- the timetable ---------------------------------------------------------------------------------------------------


def runs():
    return list(SyncRun.objects.order_by("id").values_list("origin", "state", "is_deep"))


def work_off():
    """What a worker would do with what waits."""
    for run in SyncRun.objects.filter(holder="", state__in=("reading", "applying")):
        run_sync(run.pk)


def test_the_timetable_starts_a_run_when_it_is_due_and_once_a_day_a_deep_one(account, book):
    account.options = {"sync_every_minutes": 60}
    account.save()
    wake_syncs()
    wake_syncs()
    work_off()
    wake_syncs()
    assert runs() == [("timetable", "done", True)]
    assert not is_deep_due(account)
    SyncRun.objects.update(started_at=Now() - timedelta(hours=2))
    wake_syncs()
    work_off()
    assert runs()[1:] == [("timetable", "done", False)]
    assert both_agree(book)


def test_an_account_without_a_timetable_is_left_alone(account, book):
    wake_syncs()
    assert runs() == []


def test_a_run_whose_process_died_is_begun_again_by_the_next_turn(account, book):
    run = request_sync(account=account, request=Request(is_deep=True))
    SyncRun.objects.filter(pk=run.pk).update(holder="elsewhere:1:1", lease_until=Now() - timedelta(minutes=1))
    wake_syncs()
    work_off()
    assert runs() == [("person", "interrupted", True), ("person", "done", True)]


def test_a_run_that_waits_for_a_worker_is_not_begun_twice(account, book):
    run = request_sync(account=account, request=Request())
    SyncRun.objects.filter(pk=run.pk).update(lease_until=Now() - timedelta(minutes=1))
    wake_syncs()
    work_off()
    assert runs() == [("person", "done", False)]
