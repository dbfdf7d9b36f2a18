"""Merging contacts that are one person."""

from datetime import date

import pytest

from contacts.merging.duplicates import propose_merges
from contacts.merging.plan import Choices
from contacts.merging.services import Changed, digest, merge_contacts, read_cards
from contacts.models import Contact, ContactEvent
from smsops.inbox.models import InboundMessage, SuppressionReason
from smsops.inbox.suppressions import add_suppression
from smsops.messaging.models import Message
from tests.people import client_of, make_person

LIST = "/admin/contacts/contact/"
OLD, NEW = "+6281234567890", "+6285712345002"


@pytest.fixture
def twins(add_contact):
    """Budi twice: with an old number and with a new one."""
    facts = {"city": "Bandung", "points": 3}
    old = add_contact("Budi", OLD, groups=["Bali"], address="Jl. Lama 1", attributes=facts)
    more = {"city": "Bogor", "policy": "7-1"}
    new = add_contact("Budi Santoso", NEW, groups=["Java"], birth_date=date(1990, 4, 21), attributes=more)
    return old, new


def merge(*contacts, seen=None, actor=None, **choices):
    ids = [contact.pk for contact in contacts]
    choices = Choices(**{"survivor": ids[0]} | choices)
    return merge_contacts(ids=ids, choices=choices, seen=seen or digest(read_cards(ids)), actor=actor)


# --- what becomes of them --------------------------------------------------------------------------------------------


def test_the_survivor_keeps_its_values_and_takes_what_it_lacks(twins):
    old, _new = twins
    merge(*twins)
    budi = Contact.objects.get()
    assert (budi.pk, budi.name, budi.mobile, budi.address) == (old.pk, "Budi", OLD, "Jl. Lama 1")
    assert budi.birth_date == date(1990, 4, 21)
    assert budi.attributes == {"city": "Bandung", "points": 3, "policy": "7-1", "other_mobile": NEW}
    assert [group.name for group in budi.groups.all()] == ["Bali", "Java"]


def test_values_are_taken_as_chosen_and_the_operator_follows_the_number(twins):
    old, new = twins
    merge(*twins, fields={"name": new.pk, "mobile": new.pk}, attributes={"city": new.pk})
    budi = Contact.objects.get(pk=old.pk)
    assert (budi.name, budi.mobile, budi.operator) == ("Budi Santoso", NEW, "Indosat Ooredoo Hutchison")
    assert (budi.attributes["city"], budi.attributes["other_mobile"]) == ("Bogor", OLD)


def test_further_numbers_are_kept_one_by_one(twins, add_contact):
    third = add_contact("Budi", "+6289612345006", attributes={"other_mobile": "+6281111111111"})
    merge(*twins, third)
    attributes = Contact.objects.get().attributes
    assert {name: value for name, value in attributes.items() if name.startswith("other_mobile")} == {
        "other_mobile": "+6281111111111", "other_mobile_2": NEW, "other_mobile_3": "+6289612345006",
    }  # fmt: skip


def test_messages_of_both_directions_come_along(twins, make_account, queue_messages):
    old, new = twins
    account = make_account()
    queue_messages(account, [NEW], contact=new)
    queue_messages(account, [OLD], contact=old)
    InboundMessage.objects.create(account=account, sender=NEW, text="Halo", contact=new, fingerprint="1")
    merge(*twins)
    assert set(Message.objects.values_list("contact", flat=True)) == {old.pk}
    assert InboundMessage.objects.get().contact == old
    assert sorted(Message.objects.values_list("recipient", flat=True)) == [OLD, NEW]


def test_an_event_keeps_what_is_needed_to_undo_it(twins, make_account, queue_messages):
    old, new = twins
    person = make_person("Operator")
    queue_messages(make_account(), [NEW], contact=new)
    merge(*twins, actor=person)
    event = ContactEvent.objects.get()
    assert (event.contact, event.actor, event.details["after"]) == (old, person, old.pk)
    before = {card["id"]: card for card in event.details["before"]}
    assert before[new.pk]["mobile"] == NEW
    assert before[new.pk]["birth_date"] == "1990-04-21"
    assert before[new.pk]["groups"] == ["Java"]
    assert before[new.pk]["attributes"] == {"city": "Bogor", "policy": "7-1"}
    assert before[new.pk]["moved"] == {"messages": 1, "received": 0}
    page = client_of(person).get(f"{LIST}{old.pk}/change/").content.decode()
    assert "0857-1234-5002" in page
    assert "policy: 7-1" in page


def test_an_earlier_merge_stays_known(twins, add_contact):
    merge(*twins)
    other = add_contact("Budi", "+6289612345006")
    merge(other, twins[0])
    assert ContactEvent.objects.filter(contact=other).count() == 2


@pytest.mark.parametrize("change", [{"name": "Changed"}, {"attributes": {"new": "1"}}, None])
def test_nothing_is_done_where_somebody_was_quicker(twins, change):
    seen = digest(read_cards([contact.pk for contact in twins]))
    if change is None:
        twins[1].delete()
    else:
        Contact.objects.filter(pk=twins[1].pk).update(**change)
    with pytest.raises(Changed):
        merge(*twins, seen=seen)
    assert not ContactEvent.objects.exists()
    assert Contact.objects.filter(pk=twins[0].pk, attributes__city="Bandung").exists()


# --- the pages -------------------------------------------------------------------------------------------------------


def address(*contacts):
    return f"{LIST}merge/?ids={','.join(str(contact.pk) for contact in contacts)}"


def hidden_values(answer):
    return dict(answer.context["hidden"])


def test_choose_look_confirm(operator, twins):
    old, new = twins
    chosen = operator.post(LIST, {"action": "merge", "_selected_action": [old.pk, new.pk], "index": "0"})
    assert chosen.headers["Location"] == address(old, new)
    page = operator.get(address(*twins)).content.decode()
    assert "Merge 2 contacts into one" in page
    looked = operator.post(address(*twins), {"survivor": new.pk, "field_mobile": old.pk})
    text = looked.content.decode()
    assert "Mobile number: 0812-3456-7890" in text
    assert "Deleted: Budi · 0812-3456-7890 · Bali" in text
    assert Contact.objects.count() == 2
    done = operator.post(address(*twins), hidden_values(looked))
    assert done.headers["Location"] == f"{LIST}{new.pk}/change/"
    assert list(Contact.objects.values_list("pk", "mobile")) == [(new.pk, OLD)]
    again = operator.post(address(*twins), hidden_values(looked), follow=True)
    assert "no longer there" in again.content.decode()


def test_it_looks_again_where_somebody_was_quicker(operator, twins):
    looked = operator.post(address(*twins), {"survivor": twins[0].pk})
    Contact.objects.filter(pk=twins[1].pk).update(name="Changed")
    answer = operator.post(address(*twins), hidden_values(looked), follow=True)
    assert "Somebody changed one of these contacts meanwhile" in answer.content.decode()
    assert Contact.objects.count() == 2


def test_it_warns_of_an_opt_out_that_stays_behind(operator, twins):
    add_suppression(number=NEW, reason=SuppressionReason.STAFF)
    text = operator.post(address(*twins), {"survivor": twins[0].pk}).content.decode()
    assert "0857-1234-5002 has opted out" in text


@pytest.mark.parametrize("ids", ["", "x", "1", "99999999999999999999", "1,²", ",".join(map(str, range(1, 20)))])
def test_it_says_why_it_cannot(operator, ids):
    answer = operator.get(f"{LIST}merge/?ids={ids}", follow=True)
    assert answer.redirect_chain[0][0] == LIST
    assert answer.status_code == 200


@pytest.mark.parametrize("posted", [{}, {"survivor": "0"}, {"survivor": "x"}])
def test_a_choice_that_cannot_be_is_asked_again(operator, twins, posted):
    assert operator.post(address(*twins), posted | {"confirmed": "1"}).status_code == 200
    assert Contact.objects.count() == 2


@pytest.mark.parametrize(
    "rights", [["contacts.change_contact"], ["contacts.delete_contact"], ["contacts.view_contact"]]
)
def test_merging_needs_the_right_to_change_and_to_delete(twins, rights):
    client = client_of(make_person(None, "contacts.view_contact", *rights))
    assert client.get(address(*twins)).status_code == 403
    assert client.get(f"{LIST}duplicates/").status_code == 403
    assert "Likely duplicates" not in client.get(LIST).content.decode()


# --- proposals -------------------------------------------------------------------------------------------------------


def test_likely_duplicates_have_one_name_regardless_of_case(operator, add_contact):
    same = {"birth_date": date(1990, 1, 1)}
    first, second = add_contact("Siti Aminah", groups=["Bali"], **same), add_contact("SITI AMINAH", **same)
    add_contact("Agus")
    add_contact("")
    add_contact("")
    page = operator.get(f"{LIST}duplicates/").content.decode()
    assert f"merge/?ids={first.pk},{second.pk}" in page
    assert "same birth date" in page
    assert "Agus" not in page


def test_it_goes_through_all_names_in_parts(add_contact):
    for name in ("Agus", "Budi", "Citra", "Dewi", "Eka"):
        add_contact(name)
        add_contact(name.upper())
    found, after, parts = [], "", 0
    while parts == 0 or after:
        proposals = propose_merges(after, window=3)
        found += [twins.contacts[0].name for twins in proposals.groups]
        after, parts = proposals.after, parts + 1
    assert found == ["Agus", "Budi", "Citra", "Dewi", "Eka"]
    assert parts > 2


def test_a_common_name_is_shown_by_its_beginning(add_contact, django_assert_max_num_queries):
    for number in range(15):
        add_contact("Pelanggan", groups=[f"G{number}"])
    with django_assert_max_num_queries(4):
        twins = propose_merges().groups[0]
    assert (len(twins.contacts), twins.more) == (10, 5)


@pytest.mark.parametrize("after", ["%00", "zzz", "'", "%F0%9F%98%80"])
def test_any_place_among_the_names_is_answered(operator, add_contact, after):
    add_contact("Budi")
    assert operator.get(f"{LIST}duplicates/?after={after}").status_code == 200
