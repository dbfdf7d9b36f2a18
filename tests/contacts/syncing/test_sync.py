"""A two-way sync against the sandbox: what people change on either side reaches the other."""

import pytest

from contacts.models import Contact, Group
from contacts.syncing.models import PhonebookGroup, PhonebookLink, PhonebookNote, SyncConflict, SyncRow
from tests.contacts.syncing.people import AGUS, BUDI, SITI, changes, entry, ours, sync


def contact_of(number):
    return Contact.objects.get(mobile=f"+{number}")


def there(book, number):
    return next(each for each in book.entries.values() if each.mobile == number)


def alter(book, number, **values):
    current = there(book, number)
    texts = {name: getattr(current, name) for name in ("name", "mobile", "group", "address", "birth", "desc")}
    book.edit(current.id, texts | values)


def remove(book, number):
    book.delete(there(book, number).id)


# --- the first run ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiters", ["bytes", "c280", "euro"])
@pytest.mark.parametrize("columns", [4, 7])
def test_the_first_run_brings_both_sides_together(account, book, add_contact, delimiters, columns):
    book.configure({"delimiters": delimiters, "list_columns": columns})
    book.seed(entries=[entry("0812-0000-0001", "Budi", address="Jl. Bali 1", birth="17 aug 2000"), entry(SITI, "Siti")])
    add_contact("Siti", f"+{SITI}", groups=["Bali", "Jawa"])
    add_contact("Agus", f"+{AGUS}", groups=["Aceh"], address="Jl. Aceh 3")
    run = sync(account)
    assert changes(run) == {"add_here": 1, "add_group_there": 2, "add_there": 2}
    assert ours() == {
        (f"+{BUDI}", "Budi", "Bali"), (f"+{SITI}", "Siti", "Bali"), (f"+{SITI}", "Siti", "Jawa"),
        (f"+{AGUS}", "Agus", "Aceh"),
    }  # fmt: skip
    budi = contact_of(BUDI)
    assert (budi.address, str(budi.birth_date), budi.operator) == ("Jl. Bali 1", "2000-08-17", "Telkomsel")
    assert there(book, AGUS).address == "Jl. Aceh 3"
    assert len(book.entries) == 4
    assert changes(sync(account)) == {}
    assert not SyncRow.objects.exists()


def test_a_second_run_reads_pages_only(known, book):
    sync(known)
    assert set(book.calls) == {"groupGetList", "phbkGetList"}
    assert len(book.calls) == 4


# --- what people change -----------------------------------------------------------------------------------------------


def test_changes_travel_both_ways_and_every_other_field_stays(known, book):
    contact = contact_of(SITI)
    contact.name, contact.birth_date = "Siti Aminah", "1999-12-31"
    contact.save()
    alter(book, BUDI, name="Budi Santoso", desc="ketua")
    run = sync(known)
    assert changes(run) == {"edit_here": 1, "edit_there": 1}
    budi = contact_of(BUDI)
    assert (budi.name, budi.description, budi.address) == ("Budi Santoso", "ketua", "Jl. Bali 1")
    assert (there(book, SITI).name, there(book, SITI).birth) == ("Siti Aminah", "31 dec 1999")
    assert book.calls.count("phbkGetCompleteData") == 2
    assert changes(sync(known)) == {}


def test_an_edit_keeps_what_was_changed_there_since_it_was_read(known, book):
    """The list has no address: the change there shows only in the reading right before the edit."""
    Contact.objects.filter(mobile=f"+{BUDI}").update(name="Budi Baru")
    alter(book, BUDI, address="Jl. Baru 9")
    sync(known)
    assert (there(book, BUDI).name, there(book, BUDI).address) == ("Budi Baru", "Jl. Baru 9")


def test_a_change_that_the_list_does_not_show_is_found_by_a_deep_run(known, book):
    alter(book, BUDI, address="Jl. Jawa 2")
    sync(known)
    assert contact_of(BUDI).address == "Jl. Bali 1"
    sync(known, is_deep=True)
    assert contact_of(BUDI).address == "Jl. Jawa 2"


def test_where_the_list_carries_every_column_nothing_more_is_read(known, book):
    book.configure({"list_columns": 7})
    alter(book, BUDI, address="Jl. Jawa 2")
    sync(known, is_deep=True)
    assert contact_of(BUDI).address == "Jl. Jawa 2"
    assert "phbkGetCompleteData" not in book.calls


def test_an_entry_that_changed_there_is_not_deleted_although_the_list_does_not_show_it(known, book):
    alter(book, BUDI, address="Jl. Jawa 2")
    contact_of(BUDI).delete()
    sync(known)
    assert there(book, BUDI).address == "Jl. Jawa 2"
    run = sync(known)
    assert there(book, BUDI).address == "Jl. Jawa 2"
    assert run.conflicts == 1


def test_deletions_travel_both_ways(known, book):
    contact_of(SITI).delete()
    remove(book, BUDI)
    sync(known)
    assert not Contact.objects.exists()
    assert book.entries == {}
    assert not PhonebookLink.objects.exists()


def test_a_contact_that_something_else_holds_loses_only_the_membership(known, book):
    Contact.objects.filter(mobile=f"+{BUDI}").update(attributes={"city": "Bandung"})
    remove(book, BUDI)
    sync(known)
    assert not contact_of(BUDI).groups.exists()
    assert changes(sync(known)) == {}


def test_a_contact_with_an_entry_at_another_account_stays(known, book, sandbox, sandbox_account):
    other = sandbox_account("smsmasking", credentials={"username": "other", "password": "other-secret"})
    if not hasattr(sandbox, "phonebook"):
        pytest.skip("no second book")
    PhonebookLink.objects.create(account=other, remote_id="1", contact=contact_of(BUDI), number=f"+{BUDI}")
    remove(book, BUDI)
    sync(known)
    assert contact_of(BUDI).name == "Budi"


def test_a_group_renamed_here_is_renamed_there_with_its_members_and_in_the_accounts_options(known, book):
    known.options = {"sync_groups": ["Bali"], "default_group": "bali"}
    known.save()
    Group.objects.filter(name="Bali").update(name="Bali Baru")
    sync(known)
    assert list(book.groups.values()) == ["Bali Baru"]
    assert {each.group for each in book.entries.values()} == {"Bali Baru"}
    known.refresh_from_db()
    assert known.options == {"sync_groups": ["Bali Baru"], "default_group": "Bali Baru"}
    assert changes(sync(known)) == {}


def test_a_name_given_up_by_a_rename_there_is_another_groups_in_the_same_sync(known, book):
    book.rename_group(next(id for id, name in book.groups.items() if name == "Bali"), "Bali Baru")
    book.seed(entries=[entry("628122222222", "Agus", group="Bali")])
    assert sync(known).state == "done"
    members = {group.name: set(group.contacts.values_list("name", flat=True)) for group in Group.objects.all()}
    assert members["Bali"] == {"Agus"}
    assert "Siti" in members["Bali Baru"]
    assert changes(sync(known)) == {}


def test_a_name_given_up_by_a_rename_here_is_another_groups_in_the_same_sync(known, book, add_contact):
    Group.objects.filter(name="Bali").update(name="Bali Baru")
    add_contact("Agus", "+628122222222", groups=["Bali"])
    assert sync(known).state == "done"
    assert sorted(book.groups.values()) == ["Bali", "Bali Baru"]
    members = {each.name: each.group for each in book.entries.values()}
    assert members["Agus"] == "Bali"
    assert members["Siti"] == members["Budi"] == "Bali Baru"
    assert changes(sync(known)) == {}


def test_a_rename_that_the_provider_refuses_leaves_the_name_where_it_is(known, book, add_contact):
    Group.objects.filter(name="Bali").update(name="Bali Baru")
    add_contact("Agus", "+628122222222", groups=["Bali"])
    book.fault("groupEdit", "nonsense")
    sync(known)
    assert PhonebookGroup.objects.exclude(remote_id=None).values("remote_id").distinct().count() == len(book.groups)
    sync(known)
    assert sorted(book.groups.values()) == ["Bali", "Bali Baru"]
    assert {each.name: each.group for each in book.entries.values()}["Agus"] == "Bali"
    assert changes(sync(known)) == {}


def test_a_group_deleted_there_waits_for_a_person_and_then_goes(known, book):
    book.delete_group(next(id for id, name in book.groups.items() if name == "Bali"))
    assert sync(known).conflicts == 1
    assert Group.objects.filter(name="Bali").exists()
    SyncConflict.objects.update(decision="theirs")
    sync(known)
    assert not Group.objects.exists()
    assert Contact.objects.count() == 2
    assert not SyncConflict.objects.filter(state="open").exclude(decision="theirs").exists()
    sync(known)
    assert not SyncConflict.objects.filter(state="open").exists()


def test_a_conflict_is_kept_until_a_person_decides_and_then_settled(known, book):
    Contact.objects.filter(mobile=f"+{BUDI}").update(name="Budi A")
    alter(book, BUDI, name="Budi B")
    assert sync(known).conflicts == 1
    assert sync(known).conflicts == 1
    conflict = SyncConflict.objects.get()
    assert (conflict.ours, conflict.theirs, conflict.agreed) == (
        {"name": "Budi A"},
        {"name": "Budi B"},
        {"name": "Budi"},
    )
    SyncConflict.objects.update(decision="ours")
    sync(known)
    assert there(book, BUDI).name == "Budi A"
    assert SyncConflict.objects.get().state == "settled"
    assert changes(sync(known)) == {}


def test_a_decision_that_could_not_be_carried_out_stands_until_it_is(known, book):
    Contact.objects.filter(mobile=f"+{BUDI}").update(name="Budi A")
    alter(book, BUDI, name="Budi B")
    sync(known)
    SyncConflict.objects.update(decision="ours")
    book.fault("phbkEdit", "code:1707")
    assert sync(known).troubles == 1
    assert SyncConflict.objects.get().state == "open"
    sync(known)
    assert there(book, BUDI).name == "Budi A"
    assert SyncConflict.objects.get().state == "settled"


def test_a_decision_on_which_a_preview_came_is_not_carried_out_yet(known, book):
    Contact.objects.filter(mobile=f"+{BUDI}").update(name="Budi A")
    alter(book, BUDI, name="Budi B")
    sync(known)
    SyncConflict.objects.update(decision="theirs")
    sync(known, is_preview=True)
    assert SyncConflict.objects.get().state == "open"
    sync(known)
    assert contact_of(BUDI).name == "Budi B"
    assert SyncConflict.objects.get().state == "settled"


def test_unusable_numbers_and_doubles_are_listed_and_left_alone(known, book):
    book.seed(entries=[entry("021", "Kantor"), entry("0217654321", "Rumah"), entry(BUDI, "Budi")])
    sync(known)
    notes = PhonebookNote.objects.order_by("kind", "name").values_list("kind", "name")
    assert list(notes) == [("duplicate", "Budi"), ("unusable", "Kantor"), ("unusable", "Rumah")]
    assert len(book.entries) == 5
    assert Contact.objects.count() == 2


def test_a_contact_without_a_name_goes_there_by_its_number_and_stays_without_one(known, book, add_contact):
    add_contact("", f"+{AGUS}", groups=["Bali"])
    sync(known)
    assert there(book, AGUS).name == AGUS
    assert changes(sync(known)) == {}
    assert contact_of(AGUS).name == ""


def test_a_foreign_number_keeps_its_entry_although_the_wire_drops_the_plus(known, book, add_contact):
    add_contact("Tan", "+6581234567", groups=["Bali"])
    sync(known)
    assert there(book, "6581234567").name == "Tan"
    assert changes(sync(known)) == {}
    PhonebookLink.objects.filter(number="+6581234567").delete()
    sync(known)
    assert len(book.entries) == 3
    Contact.objects.filter(mobile="+6581234567").delete()
    sync(known)
    assert len(book.entries) == 2


def test_what_the_provider_refuses_is_told_and_the_rest_goes_on(known, book, add_contact):
    add_contact("Harga € 5", "+6281200000004", groups=["Bali"])
    add_contact("Agus", f"+{AGUS}", groups=["Bali"])
    run = sync(known)
    assert changes(run) == {"add_there": 1}
    refused = run.actions.get(state="refused")
    assert refused.title == "Harga € 5"
    assert refused.error
