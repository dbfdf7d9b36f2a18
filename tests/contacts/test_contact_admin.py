"""The pages of contacts: numbers and their operators, search and filters, merge fields."""

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact, Group
from tests.contacts.conftest import names_on
from tests.people import client_of, form_values, make_person

LIST = "/admin/contacts/contact/"
ADD = f"{LIST}add/"


def page_of(contact):
    return f"{LIST}{contact.pk}/change/"


def test_the_history_tells_what_a_person_changed_and_no_more(operator, add_contact):
    contact = add_contact("Budi")
    with time_machine.travel(0):
        values = form_values(operator.get(page_of(contact)))
    operator.post(page_of(contact), values | {"name": "Siti"})
    page = operator.get(f"{LIST}{contact.pk}/history/").content.decode()
    assert "Changed Name." in page
    assert "?p=2" not in page


# --- numbers and operators -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["0812 3456-7890", "62812 3456 7890", "0062 812 3456 7890", "(+62) 812.3456.7890"])
def test_any_spelling_becomes_one_number_with_its_operator(operator, spelling):
    operator.post(ADD, {"name": "Siti", "mobile": spelling})
    assert list(Contact.objects.values_list("mobile", "operator")) == [("+6281234567890", "Telkomsel")]


@pytest.mark.parametrize("spelling", ["12", "Budi", "8.12E+10", ""])
def test_what_is_no_number_is_refused_with_an_example(operator, spelling):
    answer = operator.post(ADD, {"name": "Siti", "mobile": spelling})
    assert "mobile" in answer.context["adminform"].form.errors
    assert not Contact.objects.exists()


def test_a_number_belongs_to_one_contact_and_the_page_says_whose(operator, add_contact):
    add_contact("Budi", "+6281234567890")
    answer = operator.post(ADD, {"name": "Siti", "mobile": "0812-3456-7890"})
    assert "Budi has this number already." in answer.content.decode()


def test_the_operator_follows_a_new_number(operator, add_contact):
    contact = add_contact("Siti", "+6281234567890")
    values = form_values(operator.get(page_of(contact)))
    operator.post(page_of(contact), values | {"mobile": "0896 1234 5006"})
    contact.refresh_from_db()
    assert (contact.mobile, contact.operator) == ("+6289612345006", "Indosat Ooredoo Hutchison")
    assert "Indosat Ooredoo Hutchison" in operator.get(page_of(contact)).content.decode()
    assert "Indosat Ooredoo Hutchison" in operator.get(LIST).content.decode()


# --- search and filters ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "found"),
    [("0812-3456-7890", ["Siti"]), ("bud", ["Budi"]), ("BUDI", ["Budi"]), ("udi", []), ("%", []), ("é", ["Éva"])],
)
def test_it_finds_a_number_in_any_spelling_and_how_a_name_begins(operator, add_contact, term, found):
    add_contact("Siti", "+6281234567890")
    add_contact("Budi")
    add_contact("Éva" if term == "é" and connection.vendor == "postgresql" else "éva")
    add_contact("")
    shown = names_on(operator.get(LIST, {"q": term}))
    assert [name.casefold() for name in shown] == [name.casefold() for name in found]


def test_filters_narrow_the_list(operator, add_contact):
    add_contact("Telkomsel", "+6281234567001", groups=["Bali"])
    add_contact("Indosat", "+6289612345006", groups=["Bali", "Staff"])
    add_contact("Abroad", "+14155552671")
    bali = Group.objects.get(name="Bali").pk
    questions = {
        f"groups__id__exact={bali}": ["Indosat", "Telkomsel"],
        "groups__id__exact=0": [],
        "grouped=no": ["Abroad"],
        "grouped=yes": ["Indosat", "Telkomsel"],
        "carrier=Telkomsel": ["Telkomsel"],
        f"carrier=Telkomsel&groups__id__exact={bali}": ["Telkomsel"],
        "carrier=nonsense": ["Abroad", "Indosat", "Telkomsel"],
        "carrier=%3F": ["Abroad"],
    }
    assert {query: names_on(operator.get(f"{LIST}?{query}")) for query in questions} == questions


def test_birthdays_are_those_of_this_month_here(operator, add_contact):
    add_contact("March", birth_date=date(1990, 3, 31))
    add_contact("April", birth_date=date(2001, 4, 1))
    add_contact("Unknown")
    # In Jakarta it is April already.
    with time_machine.travel("2026-03-31T18:00:00Z", tick=False):
        assert names_on(operator.get(f"{LIST}?birthday=this")) == ["April"]
        assert names_on(operator.get(f"{LIST}?birthday=next")) == []


@pytest.mark.parametrize("query", ["groups__id__exact=x", "groups__id__exact=99999999999999999999", "q=%00", "p=x"])
def test_nonsense_in_the_address_is_no_error(operator, add_contact, query):
    add_contact("Siti")
    assert operator.get(f"{LIST}?{query}", follow=True).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_rows(operator, add_contact):
    def count():
        with CaptureQueriesContext(connection) as caught:
            assert operator.get(LIST).status_code == 200
        return len(caught)

    add_contact("One", groups=["A"])
    few = count()
    for number in range(30):
        add_contact(f"More {number}", groups=["A", f"Group {number}"])
    assert count() == few


# --- merge fields ----------------------------------------------------------------------------------------------------


def pairs(*rows):
    return {"attributes-name": [name for name, _ in rows], "attributes-value": [value for _, value in rows]}


def test_merge_fields_are_rows_of_name_and_value(operator):
    operator.post(ADD, {"mobile": "081234567890"} | pairs(("city", " Bandung "), ("", ""), ("policy  number", "7-1")))
    assert Contact.objects.get().attributes == {"city": "Bandung", "policy number": "7-1"}


def test_what_came_from_elsewhere_keeps_its_kind_until_it_is_changed(operator, add_contact):
    contact = add_contact("Siti", attributes={"points": 120, "tags": ["a"], "city": "Bandung", "old": "x"})
    values = form_values(operator.get(page_of(contact)))
    rows = [("points", "120"), ("tags", '["b"]'), ("city", "Bogor"), ("new", "1"), ("old", ""), ("", "")]
    operator.post(page_of(contact), values | pairs(*rows))
    contact.refresh_from_db()
    assert contact.attributes == {"points": 120, "tags": '["b"]', "city": "Bogor", "new": "1", "old": ""}


def test_a_row_that_is_emptied_is_gone_and_a_form_without_rows_changes_none(operator, add_contact):
    contact = add_contact("Siti", attributes={"city": "Bandung"})
    values = form_values(operator.get(page_of(contact)))
    operator.post(page_of(contact), values | {"name": "Siti R"})
    contact.refresh_from_db()
    assert (contact.name, contact.attributes) == ("Siti R", {"city": "Bandung"})
    values = form_values(operator.get(page_of(contact)))
    operator.post(page_of(contact), values | pairs(("", "")))
    contact.refresh_from_db()
    assert contact.attributes == {}


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([("", "Bandung")], "has no name"),
        ([("city", "1"), ("City", "2")], "stands there twice"),
        ([("x" * 61, "1")], "cannot be a name"),
        ([("{{ city }}", "1")], "cannot be a name"),
        ([("kota\u202e", "1")], "cannot be a name"),
        ([("city", "x" * 2001)], "longer than 2000 characters"),
        ([("city", "a\x00b")], "cannot be kept"),
        ([(f"field {number}", "1") for number in range(101)], "at most 100 merge fields"),
    ],
)
def test_rows_that_cannot_be_kept_are_shown_again_with_a_reason(operator, rows, sentence):
    answer = operator.post(ADD, {"mobile": "081234567890"} | pairs(*rows))
    assert sentence in answer.content.decode()
    assert not Contact.objects.exists()


def test_hostile_merge_fields_are_only_text(operator, add_contact):
    contact = add_contact("Siti", attributes={"a": '"><script>alert(1)</script>'})
    assert "<script>alert" not in operator.get(page_of(contact)).content.decode()


def test_support_reads_merge_fields_and_changes_nothing(add_contact):
    contact = add_contact("Siti", attributes={"city": "Bandung"})
    support = client_of(make_person("Support"))
    assert "Bandung" in support.get(page_of(contact)).content.decode()
    assert support.post(page_of(contact), pairs(("city", "Bogor"))).status_code == 403
