"""Many contacts into a group and out of it; the groups' own pages."""

import threading
import uuid

import pytest
from django.db import connection

from contacts.groups.changes import run_group_change, start_group_change, stop_group_change
from contacts.list_rows import find_selected
from contacts.models import Contact, Group, GroupChange
from contacts.services import create_contact
from smsops.console.tasks import resume_group_changes
from smsops.console.tasks import run_group_change as run_task
from tests.people import client_of, form_values, make_person

LIST = "/admin/contacts/contact/"
GROUPS = "/admin/contacts/group/"
Membership = Contact.groups.through


@pytest.fixture
def bali(db):
    return Group.objects.create(name="Bali")


def members(group):
    return list(group.contacts.order_by("pk").values_list("name", flat=True))


def ask(client, action, contacts, query="", **posted):
    chosen = [contact.pk for contact in contacts]
    return client.post(f"{LIST}{query}", {"action": action, "_selected_action": chosen, "index": "0"} | posted)


def confirmed(group, scope="selected", key=None):
    return {"confirmed": "1", "group": group.pk, "scope": scope, "key": key or uuid.uuid4()}


# --- from the list ---------------------------------------------------------------------------------------------------


def test_it_asks_for_the_group_and_for_whom(operator, add_contact, bali):
    budi = add_contact("Budi", groups=["Jakarta"])
    add_contact("Siti", groups=["Jakarta"])
    page = ask(operator, "add_to_group", [budi]).content.decode()
    assert "The 1 ticked contact" in page
    assert "All 2 contacts of this list" in page
    assert members(bali) == []


def test_ticked_contacts_join_and_leave_a_group(operator, add_contact, bali):
    budi, siti = add_contact("Budi"), add_contact("Siti", groups=["Bali"])
    ask(operator, "add_to_group", [budi, siti], **confirmed(bali))
    assert members(bali) == ["Budi", "Siti"]
    ask(operator, "remove_from_group", [budi], **confirmed(bali))
    assert members(bali) == ["Siti"]
    assert Contact.objects.count() == 2
    assert list(GroupChange.objects.values_list("state", "changed")) == [("finished", 1), ("finished", 1)]


def test_all_rows_of_the_list_join_as_it_is_filtered(operator, add_contact, bali):
    ticked = add_contact("Budi", "+6281234567890")
    add_contact("Siti", "+6281234567891")
    add_contact("Other network", "+6289612345006")
    ask(operator, "add_to_group", [ticked], "?carrier=Telkomsel", **confirmed(bali, "listed"))
    assert members(bali) == ["Budi", "Siti"]


def test_a_second_submission_does_nothing_more(operator, add_contact, bali):
    budi, key = add_contact("Budi"), uuid.uuid4()
    ask(operator, "add_to_group", [budi], **confirmed(bali, key=key))
    bali.contacts.clear()
    ask(operator, "add_to_group", [budi], **confirmed(bali, key=key))
    assert members(bali) == []
    assert GroupChange.objects.count() == 1


def test_without_a_group_it_asks_again(operator, add_contact, bali):
    answer = ask(operator, "add_to_group", [add_contact("Budi")], confirmed="1", key=uuid.uuid4(), scope="selected")
    assert answer.status_code == 200
    assert not GroupChange.objects.exists()


def test_support_moves_nobody(add_contact, bali):
    support, budi = client_of(make_person("Support")), add_contact("Budi")
    ask(support, "add_to_group", [budi], **confirmed(bali))
    assert members(bali) == []
    change = start(bali, ids=[budi.pk])
    for page in ("", "counts/", "stop/"):
        assert support.post(f"{LIST}group-change/{change.pk}/{page}").status_code == 403


# --- in steps --------------------------------------------------------------------------------------------------------


def start(group, kind=GroupChange.Kind.ADD, actor=None, **selection):
    return start_group_change(kind=kind, group=group, selection=selection, actor=actor, key=uuid.uuid4())[0]


def run(change, seconds=60):
    return run_group_change(change_id=change.pk, find=find_selected, seconds=seconds, step=2)


def test_a_filter_that_the_change_itself_empties_still_reaches_everybody(add_contact, bali):
    for number in range(7):
        add_contact(f"C{number}")
    run(start(bali, query="grouped=no", actor=make_person("Operator")))
    assert bali.contacts.count() == 7


def test_it_goes_on_where_it_was_and_new_contacts_are_not_among_them(add_contact, bali):
    for number in range(5):
        add_contact(f"C{number}")
    change = start(bali, query="", actor=make_person("Operator"))
    assert (run(change, 0).state, bali.contacts.count()) == ("running", 2)
    add_contact("Later")
    assert (run(change).state, bali.contacts.count()) == ("finished", 5)
    assert (run(change).changed, bali.contacts.count()) == (5, 5)


def test_a_stopped_one_keeps_what_is_done(operator, add_contact, bali):
    for number in range(5):
        add_contact(f"C{number}")
    change = start(bali, query="", actor=make_person("Operator"))
    run(change, 0)
    page = operator.get(f"{LIST}group-change/{change.pk}/").content.decode()
    assert "Running: 2 contacts put into “Bali”." in page
    assert operator.get(f"{LIST}group-change/{change.pk}/counts/").json()["settled"] == 40
    operator.post(f"{LIST}group-change/{change.pk}/stop/")
    assert (run(change).state, bali.contacts.count()) == ("stopped", 2)
    assert not stop_group_change(change_id=change.pk)


def test_a_group_that_is_gone_ends_it(add_contact, bali):
    change = start(bali, ids=[add_contact("Budi").pk])
    bali.delete()
    assert run(change).state == "failed"


def test_a_list_that_is_no_more_ends_it(add_contact, bali):
    add_contact("Budi")
    change = start(bali, query="created_at__nonsense=1", actor=make_person("Operator"))
    assert run(change).state == "failed"


def test_the_number_of_queries_of_a_step_does_not_grow(add_contact, bali, django_assert_num_queries):
    ids = [add_contact(f"C{number}").pk for number in range(30)]
    with django_assert_num_queries(15):
        run_task(start(bali, ids=ids[:1]).pk)
    with django_assert_num_queries(15):
        run_task(start(bali, ids=ids[1:]).pk)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_put_everybody_in_once():
    group = Group.objects.create(name="Bali")
    for number in range(40):
        create_contact(contact=Contact(mobile=f"+62812{number:08d}"))
    change = start(group, query="", actor=make_person("Operator"))

    def work():
        run(change)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    change = run(change)
    assert (change.state, change.changed, group.contacts.count()) == ("finished", 40, 40)


def test_the_task_goes_on_with_it(add_contact, bali):
    change = start(bali, ids=[add_contact("Budi").pk])
    run_task(change.pk)
    resume_group_changes()
    assert members(bali) == ["Budi"]


# --- the groups' pages -----------------------------------------------------------------------------------------------


def test_groups_show_how_many_and_lead_to_them(operator, add_contact, bali):
    add_contact("Budi", groups=["Bali"])
    add_contact("Siti", groups=["Bali", "Empty later"])
    page = operator.get(GROUPS).content.decode()
    assert f'<a href="/admin/contacts/contact/?groups__id__exact={bali.pk}" class="sms-link">2</a>' in page


def test_a_large_group_is_counted_up_to_a_limit_in_one_question(operator, bali):
    rows = [Contact(mobile=f"+62813{number:08d}") for number in range(1005)]
    Contact.objects.bulk_create(rows)
    Membership.objects.bulk_create(Membership(contact=row, group=bali) for row in Contact.objects.all())
    assert "1,000+" in operator.get(GROUPS).content.decode()


def test_a_group_is_renamed_and_names_are_unique_regardless_of_case(operator, bali):
    Group.objects.create(name="Java")
    page = f"{GROUPS}{bali.pk}/change/"
    values = form_values(operator.get(page))
    assert "a group of this name already" in operator.post(page, values | {"name": " JAVA "}).content.decode()
    operator.post(page, values | {"name": "Pulau  Bali"})
    assert Group.objects.filter(name="Pulau Bali").exists()


def test_deleting_a_group_says_what_becomes_of_its_members_and_keeps_them(operator, add_contact, bali):
    add_contact("Budi", groups=["Bali"])
    add_contact("Siti", groups=["Bali", "Java"])
    page = f"{GROUPS}{bali.pk}/delete/"
    text = operator.get(page).content.decode()
    assert "2 contacts leave it and stay among the contacts. 1 of them is in no other group." in text
    assert Group.objects.count() == 2
    operator.post(page)
    assert list(Group.objects.values_list("name", flat=True)) == ["Java"]
    assert Contact.objects.count() == 2
    assert operator.post(page).status_code == 404


def test_who_may_not_delete_groups_deletes_none(bali):
    support = client_of(make_person("Support"))
    assert support.get(f"{GROUPS}{bali.pk}/delete/").status_code == 403
    assert support.post(f"{GROUPS}{bali.pk}/delete/").status_code == 403
    assert Group.objects.exists()


def test_contacts_with_long_ids_are_found_again_after_the_question(operator, bali):
    """Numbers are shown with separators; ids on their way through a form are not."""
    contact = Contact.objects.create(id=1083573, name="Budi", mobile="+6281234567890")
    page = ask(operator, "add_to_group", [contact]).content.decode()
    assert 'name="_selected_action" value="1083573"' in page
