"""What a sync costs: pages and changes, not entries."""

import pytest
from django.db.models import Value
from django.db.models.functions import Concat

from contacts.models import Contact, Group
from tests.contacts.syncing.many import number
from tests.contacts.syncing.people import both_agree, entry, sync


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


def test_open_conflicts_are_not_asked_for_one_by_one(account, book, django_assert_max_num_queries):
    book.seed(entries=[entry(number(index), f"Orang {index}") for index in range(100)])
    sync(account)
    Contact.objects.update(name=Concat("name", Value(" kami")))
    for each in list(book.entries.values()):
        book.edit(each.id, {"name": f"{each.name} T", "mobile": each.mobile, "group": each.group})
    assert sync(account).conflicts == 100
    with django_assert_max_num_queries(80):
        assert sync(account).conflicts == 100


def test_a_deep_run_adds_one_read_an_entry(account, book):
    book.seed(entries=[entry(number(index), f"Orang {index}") for index in range(150)])
    sync(account)
    book.calls.clear()
    sync(account)
    pages = len(book.calls)
    book.calls.clear()
    sync(account, is_deep=True)
    assert len(book.calls) == pages + 150
