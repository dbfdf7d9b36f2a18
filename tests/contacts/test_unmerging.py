"""A merge beside the phone books, and the way back from it."""

import pytest

from contacts.merging.plan import Choices
from contacts.merging.services import Changed, digest, merge_contacts, read_cards
from contacts.merging.undoing import CannotUndo, plan_undoing, undo_merge
from contacts.models import Contact, ContactEvent, Group
from contacts.syncing.models import PhonebookLink, SyncConflict
from smsops.messaging.models import Message
from tests.contacts.syncing.people import entry, sync, theirs
from tests.people import client_of, make_person

OLD, NEW = "+6281234567890", "+6285712345002"


@pytest.fixture
def book(sandbox):
    return sandbox.phonebook("demo")


@pytest.fixture
def account(sandbox_account):
    return sandbox_account("smsmasking", name="Toko")


@pytest.fixture
def twins(account, book):
    """Budi twice, both in the phone book."""
    book.seed(entries=[entry(OLD[1:], "Budi", "Bali"), entry(NEW[1:], "Budi Santoso", "Jawa")])
    sync(account)
    return Contact.objects.get(mobile=OLD), Contact.objects.get(mobile=NEW)


def merge(*contacts, **choices):
    ids = [contact.pk for contact in contacts]
    choices = Choices(**{"survivor": ids[0]} | choices)
    return merge_contacts(ids=ids, choices=choices, seen=digest(read_cards(ids)), actor=None)


def undo(event):
    return undo_merge(event=event, seen=plan_undoing(event).seen, actor=None)


def numbers_there(book):
    return {each.mobile.removeprefix("+") for each in book.entries.values()}


def everything():
    return {
        (each.pk, each.name, each.mobile, each.address, str(each.attributes), *sorted(each.groups.values_list("name")))
        for each in Contact.objects.all()
    }


# --- the phone book --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number_of", [0, 1], ids=["keeps its number", "takes the other number"])
def test_an_entry_whose_number_was_merged_away_waits_for_a_person(account, book, twins, number_of):
    merge(*twins, fields={"mobile": twins[number_of].pk})
    sync(account)
    sync(account, is_deep=True)
    assert {OLD[1:], NEW[1:]} == numbers_there(book)
    away = (NEW, OLD)[number_of]
    conflict = SyncConflict.objects.get(state="open")
    assert (conflict.field, conflict.ours, conflict.theirs["number"]) == ("entry", None, away)
    page = client_of(make_person("Operator")).get(f"/admin/contacts/phonebooks/{account.pk}/conflicts/")
    assert "merged into another one here" in page.content.decode()


def test_a_person_lets_it_go_there(account, book, twins):
    merge(*twins)
    sync(account)
    SyncConflict.objects.update(decision="ours")
    sync(account)
    assert numbers_there(book) == {OLD[1:]}
    sync(account)
    assert not SyncConflict.objects.filter(state="open").exists()


def test_a_person_wants_it_back_here(account, book, twins):
    merge(*twins)
    sync(account)
    SyncConflict.objects.update(decision="theirs")
    sync(account)
    assert set(Contact.objects.values_list("mobile", flat=True)) == {OLD, NEW}
    assert not PhonebookLink.objects.filter(asks_first=True).exists()


def test_the_preview_says_what_stays_in_the_phone_book(twins):
    client = client_of(make_person("Operator"))
    ids = ",".join(str(each.pk) for each in twins)
    looked = client.post(f"/admin/contacts/contact/merge/?ids={ids}", {"survivor": twins[0].pk})
    assert "In the phone book of Toko 0857-1234-5002 stays as it is" in looked.content.decode()


# --- back ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number_of", [0, 1], ids=["keeps its number", "takes the other number"])
def test_undone_everything_is_as_before(account, book, twins, queue_messages, number_of):
    queue_messages(account, [OLD], contact=twins[0])
    queue_messages(account, [NEW], contact=twins[1])
    before, there = everything(), theirs(book)
    event = merge(*twins, fields={"mobile": twins[number_of].pk})
    sync(account)
    undo(event)
    assert everything() == before
    assert {(each.contact.mobile, each.recipient) for each in Message.objects.all()} == {(OLD, OLD), (NEW, NEW)}
    sync(account)
    assert theirs(book) == there
    assert not SyncConflict.objects.filter(state="open").exists()
    assert set(PhonebookLink.objects.values_list("contact__mobile", "number")) >= {(OLD, OLD), (NEW, NEW)}


def test_what_was_changed_since_stays(twins):
    event = merge(*twins)
    budi = Contact.objects.get()
    budi.groups.add(Group.objects.create(name="VIP"))
    Contact.objects.update(name="Budi S.", attributes={**budi.attributes, "city": "Solo"})
    plan = plan_undoing(event)
    assert plan.stays == ["name"]
    undo(event)
    budi = Contact.objects.get(mobile=OLD)
    assert (budi.name, budi.attributes) == ("Budi S.", {"city": "Solo"})
    assert sorted(group.name for group in budi.groups.all()) == ["Bali", "VIP"]


def test_the_page_says_what_the_merge_fields_become(twins):
    event = merge(*twins)
    page = client_of(make_person("Operator")).get(f"/admin/contacts/merges/{event.pk}/undo/").content.decode()
    assert "Merge fields: –" in page


def refused(event):
    with pytest.raises(CannotUndo) as told:
        plan_undoing(ContactEvent.objects.get(pk=event.pk))
    return str(told.value)


def test_it_says_why_a_merge_cannot_be_undone(twins, add_contact):
    event = merge(*twins)
    other = add_contact("Ani", NEW)
    assert "0857-1234-5002" in refused(event)
    later = merge(twins[0], other)
    assert "once more since" in refused(event)
    undo(later)
    assert "undone already" in refused(later)
    other.delete()
    undo(event)
    second = merge(*twins)
    into = add_contact("Wati", "+6289612345006")
    merge(into, twins[0])
    assert "merged into another one" in refused(second)
    Contact.objects.all().delete()
    assert "deleted" in refused(second)


def test_nothing_is_done_where_somebody_was_quicker(twins):
    event = merge(*twins)
    seen = plan_undoing(event).seen
    Contact.objects.update(name="Lain")
    with pytest.raises(Changed):
        undo_merge(event=event, seen=seen, actor=None)
    assert Contact.objects.count() == 1


def test_the_page_previews_and_confirms(twins):
    client = client_of(make_person("Operator"))
    event = merge(*twins)
    address = f"/admin/contacts/merges/{event.pk}/undo/"
    assert address in client.get(f"/admin/contacts/contact/{twins[0].pk}/change/").content.decode()
    shown = client.get(address)
    assert "Comes back: 0857-1234-5002 · Budi Santoso · Groups: Jawa" in shown.content.decode()
    assert Contact.objects.count() == 1
    done = client.post(address, dict(shown.context["hidden"]), follow=True)
    assert "The merge was undone." in done.content.decode()
    assert Contact.objects.count() == 2
    again = client.get(address, follow=True)
    assert "It was undone already." in again.content.decode()
    assert address not in client.get(f"/admin/contacts/contact/{twins[0].pk}/change/").content.decode()


@pytest.mark.parametrize("right", ["contacts.change_contact", "contacts.view_contact"])
def test_it_needs_every_right_that_it_uses(twins, right):
    event = merge(*twins)
    client = client_of(make_person(None, "contacts.view_contact", right))
    assert client.get(f"/admin/contacts/merges/{event.pk}/undo/").status_code == 403
    assert "undo" not in client.get(f"/admin/contacts/contact/{twins[0].pk}/change/").content.decode()
