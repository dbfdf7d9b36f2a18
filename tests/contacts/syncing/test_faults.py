"""What a provider may answer during a sync: no answer is ever taken for a deletion, none makes an entry twice."""

import pytest

from contacts.models import Contact
from contacts.syncing.models import SyncRun
from tests.contacts.syncing.many import fill
from tests.contacts.syncing.people import both_agree, changes, run_sync, sync


def book_lies(book):
    """Everything of theirs that a sync must never lose."""
    return {(each.mobile, each.group) for each in book.entries.values()}


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
