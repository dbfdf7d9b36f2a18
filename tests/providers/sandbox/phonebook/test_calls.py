"""The thirteen calls of the sandbox's phone book, with the quirks of the real one."""

import pytest

from tests.providers.sandbox.conftest import md5
from tests.providers.sandbox.phonebook.entries import ANA, rows_of


@pytest.fixture
def edit(ask):
    return lambda id, **fields: ask("phbkEdit", id, id=id, **fields).text


# --- entries ----------------------------------------------------------------------------------------------------------


def test_an_added_entry_is_in_the_list_and_complete_by_its_id(book, ask, add):
    book.seed(groups=["Office"])
    id = add()[4:]
    assert rows_of(ask("phbkGetList")) == [[id, "Ana", "6281210100056", "Office"]]
    assert rows_of(ask("phbkGetCompleteData", id=id)) == [[id, *ANA.values()]]
    assert ask("phbkGetCompleteData", ID="0").text == "1704"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"name": " "}, "1721"), ({"mobile": "abc"}, "1707"), ({"group": "Nobody"}, "1711"), ({"group": ""}, "1711")],
)
def test_an_add_without_name_number_or_a_known_group_is_refused(book, add, changes, code):
    book.seed(groups=["Office"])
    assert add(**changes) == code
    assert book.entries == {}


def test_an_edit_blanks_what_it_does_not_send(book, edit):
    (id,) = book.seed(entries=[ANA])
    assert edit(id, name="Yuli", mobile="0812", group="office") == "1701"
    assert book.entries[id].fields() == [id, "Yuli", "0812", "Office", "", "", ""]
    assert edit(id, name="Yuli") == "1701"
    assert book.entries[id].fields() == [id, "Yuli", "", "", "", "", ""]


def test_an_edit_needs_an_entry_and_a_group_that_exist(book, edit):
    (id,) = book.seed(entries=[ANA])
    assert edit("9", **ANA) == "1722"
    assert edit(id, **ANA | {"group": "Nobody"}) == "1711"
    assert book.entries[id].group == "Office"


def test_a_deleted_entry_is_gone(book, ask):
    (id,) = book.seed(entries=[ANA])
    assert ask("phbkDelete", id, id=id).text == "1701"
    assert ask("phbkDelete", id, id=id).text == "1722"
    assert ask("phbkGetList").text == "1704"


@pytest.mark.parametrize("name", ["phbkGetList", "phbkGetListbyGroup"])
def test_pages_follow_one_another_and_have_a_cap(book, ask, name):
    book.seed(entries=[ANA | {"id": str(n)} for n in range(1, 26)])
    book.page_cap = 7
    pages = [rows_of(ask(name, page=page, size=100, group="OFFICE")) for page in (1, 2, 3, 4)]
    assert [row[0] for page in pages for row in page] == [str(n) for n in range(1, 26)]
    assert [len(page) for page in pages] == [7, 7, 7, 4]
    assert ask(name, page=5, size=100, group="OFFICE").text == "1704"


def test_page_and_size_have_the_documents_defaults(book, ask):
    book.seed(entries=[ANA] * 12)
    assert len(rows_of(ask("phbkGetList"))) == 10
    assert len(rows_of(ask("phbkGetList", page="x", size="0"))) == 10


def test_the_list_of_a_group_that_does_not_exist_is_refused(ask):
    assert ask("phbkGetListbyGroup", group="Nobody").text == "1711"


def test_finds_return_ten_rows_at_most(book, ask):
    book.seed(entries=[ANA | {"name": f"Sari {n}", "mobile": f"0812-653-{n:04}"} for n in range(12)])
    book.seed(entries=[ANA])
    assert len(rows_of(ask("phbkFindName", name="SAR"))) == 10
    assert len(rows_of(ask("phbkFindPhNumber", no="812653"))) == 10
    assert [row[1] for row in rows_of(ask("phbkFindName", name="an"))] == ["Ana"]
    assert ask("phbkFindName", name="zzz").text == "1704"


def test_lists_may_carry_every_column(book, ask):
    (id,) = book.seed(entries=[ANA])
    book.list_columns = 7
    for name in ("phbkGetList", "phbkFindName", "phbkFindPhNumber"):
        assert rows_of(ask(name)) == [[id, *ANA.values()]]


@pytest.mark.parametrize(
    ("delimiters", "body"),
    [
        ("bytes", b"7\x80\xc1na\x800812\x80Office\x81"),
        ("c280", b"7\xc2\x80\xc3\x81na\xc2\x800812\xc2\x80Office\xc2\x81"),
        ("euro", b"7\xe2\x82\xac\xc3\x81na\xe2\x82\xac0812\xe2\x82\xacOffice\xc2\x81"),
    ],
)
def test_delimiters_come_in_three_forms(book, ask, delimiters, body):
    book.seed(entries=[{"id": 7, "name": "Ána", "mobile": "0812", "group": "Office"}])
    book.delimiters = delimiters
    assert ask("phbkGetList").content == body
    book.is_closed = False
    assert ask("phbkGetList").content == body.removesuffix(b"\x81").removesuffix(b"\xc2")


# --- groups -----------------------------------------------------------------------------------------------------------


def test_group_names_are_unique_in_any_case(book, ask):
    id = ask("groupAdd", "Office", group="Office").text[4:]
    assert ask("groupAdd", "OFFICE", group="OFFICE").text == "1711"
    assert ask("groupAdd", "", group="").text == "1711"
    other = ask("groupAdd", "Bos", group="Bos").text[4:]
    assert ask("groupEdit", other, id=other, group="office").text == "1711"
    assert ask("groupEdit", id, id=id, group="OFFICE").text == "1701"
    assert book.groups == {id: "OFFICE", other: "Bos"}


def test_a_renamed_group_takes_its_members_along(book, ask):
    (id,) = book.seed(entries=[ANA])
    (group,) = book.groups
    assert ask("groupEdit", group, id=group, group="Teman").text == "1701"
    assert book.entries[id].group == "Teman"
    assert ask("groupEdit", "0", id="0", group="x").text == "1712"


def test_a_deleted_group_leaves_its_members_without_one(book, ask):
    (id,) = book.seed(entries=[ANA])
    (group,) = book.groups
    assert ask("groupDelete", group, id=group).text == "1701"
    assert (book.groups, book.entries[id].group) == ({}, "")
    assert ask("groupDelete", group, id=group).text == "1712"


def test_groups_are_listed_and_found(book, ask):
    book.seed(groups=[f"Grup {n}" for n in range(12)])
    assert len(rows_of(ask("groupGetList", page=2, size=5))) == 5
    assert len(rows_of(ask("groupFind", group="RUP"))) == 10
    assert [row[1] for row in rows_of(ask("groupFind", group="11"))] == ["Grup 11"]
    assert ask("groupFind", group="x").text == "1704"


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "signed"),
    [("phbkAdd", "mobile"), ("phbkEdit", "id"), ("phbkDelete", "id"), ("groupAdd", "group"), ("groupEdit", "id"),
     ("groupDelete", "id"), ("phbkGetList", "username"), ("groupFind", "username")],
)  # fmt: skip
def test_each_call_is_signed_over_its_own_field(client, book, name, signed):
    book.seed(entries=[ANA | {"id": "7"}])
    fields = ANA | {"id": "7", "group": "Office", "username": "demo"}
    path = f"/web2sms/api/{name}.aspx"
    for other in {"mobile", "id", "group", "username"} - {signed}:
        assert client.get(path, **fields | {"auth": md5(fields[other] + "demo-secret")}).text == "1702"
    assert client.get(path, **fields | {"auth": md5(fields[signed] + "demo-secret")}).text != "1702"


def test_everyone_has_a_book_of_his_own(sandbox, ask, client):
    assert client.get("/web2sms/api/phbkGetList.aspx", username="toko", auth=md5("tokodemo-secret")).text == "1702"
    sandbox.phonebook("toko").seed(entries=[ANA])
    assert client.get("/web2sms/api/phbkGetList.aspx", username="toko", auth=md5("tokodemo-secret")).text != "1702"
    assert ask("phbkGetList").text == "1704"


def test_a_reset_empties_every_book(sandbox, book, ask):
    book.seed(entries=[ANA])
    sandbox.reset()
    assert ask("phbkGetList").text == "1704"
