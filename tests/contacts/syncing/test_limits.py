"""What a sync does not do without a person: many deletions, and anything in a preview."""

from contacts.models import Contact
from contacts.syncing.models import PhonebookLink, SyncRun
from tests.contacts.syncing.people import AGUS, BUDI, SITI, both_agree, changes, entry, ours, run_sync, sync, theirs


def test_deletions_over_the_limit_wait_while_everything_else_goes_on(known, book, add_contact):
    book.seed(entries=[entry(f"62813000000{number:02d}", f"Orang {number}") for number in range(20)])
    sync(known)
    Contact.objects.filter(name__startswith="Orang").delete()
    add_contact("Agus", f"+{AGUS}", groups=["Bali"])
    run = sync(known)
    assert run.waiting == 20
    assert changes(run) == {"add_there": 1}
    assert len(book.entries) == 23
    approved = sync(known, approves=run)
    assert changes(approved) == {"delete_there": 20}
    assert len(book.entries) == 3


def test_an_approval_covers_only_what_the_person_saw(known, book):
    book.seed(entries=[entry(f"62813000000{number:02d}", f"Orang {number}") for number in range(20)])
    sync(known)
    Contact.objects.filter(name__startswith="Orang 1").delete()
    run = sync(known)
    Contact.objects.filter(name__startswith="Orang").delete()
    approved = sync(known, approves=run)
    assert changes(approved)["delete_there"] == run.waiting == 11
    assert approved.waiting == 9


def test_the_limit_is_the_accounts_option(known, book):
    book.seed(entries=[entry(f"62813000000{number:02d}", f"Orang {number}") for number in range(20)])
    sync(known)
    known.options = {"deletion_limit_percent": 100}
    known.save()
    Contact.objects.filter(name__startswith="Orang").delete()
    assert changes(sync(known)) == {"delete_there": 20}


def test_a_preview_changes_nothing_on_either_side(account, book, add_contact):
    book.seed(entries=[entry(BUDI, "Budi")])
    add_contact("Siti", f"+{SITI}", groups=["Jawa"])
    run = sync(account, is_preview=True)
    assert run.state == SyncRun.State.PREVIEW
    assert run.planned == {"add_group_here": 1, "add_here": 1, "add_group_there": 1, "add_there": 1}
    assert ours() == {(f"+{SITI}", "Siti", "Jawa")}
    assert theirs(book) == {(BUDI, "Budi", "Bali")}
    assert not PhonebookLink.objects.exists()
    assert sync(account, approves=run).done == run.planned
    assert both_agree(book)


def test_a_failed_run_says_why(known, book):
    book.fault("phbkGetList", "logged_out")
    run = run_sync(known)
    assert run.state == SyncRun.State.FAILED
    assert run.error


def test_an_account_takes_its_phone_book_along_when_it_is_deleted(known):
    known.delete()
    assert not PhonebookLink.objects.exists()
    assert Contact.objects.count() == 2
