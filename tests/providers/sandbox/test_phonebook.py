"""The sandbox's phone book of smsmasking: the thirteen calls, the quirks of the real one, and what may go wrong."""

import pytest
import requests

from providers.sandbox.phonebook import FAULTS
from tests.providers.sandbox.conftest import Client, md5

USER = {"username": "demo", "auth": md5("demodemo-secret")}
ANA = {
    "name": "Ana",
    "mobile": "6281210100056",
    "group": "Office",
    "address": "Jl. 1",
    "birth": "19450817",
    "desc": "x",
}


@pytest.fixture
def book(sandbox):
    return sandbox.phonebook()


@pytest.fixture
def ask(client):
    """One call by its name, signed as told: `ask("phbkGetList", page=1)`, `ask("phbkDelete", "7", id="7")`."""

    def ask(call, signs="demo", /, **fields):
        auth = md5(signs + "demo-secret")
        return client.get(f"/web2sms/api/{call}.aspx", **{"username": "demo", "auth": auth} | fields)

    return ask


@pytest.fixture
def add(ask):
    return lambda **changes: ask("phbkAdd", (ANA | changes)["mobile"], **ANA | changes).text


@pytest.fixture
def edit(ask):
    return lambda id, **fields: ask("phbkEdit", id, id=id, **fields).text


def rows_of(answer):
    return [row.split("\x80") for row in answer.content.decode().rstrip("\x81").split("\x81")]


# --- entries -----------------------------------------------------------------------------------------------------


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


# --- groups ------------------------------------------------------------------------------------------------------


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


# --- who may -----------------------------------------------------------------------------------------------------


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


# --- what may go wrong -------------------------------------------------------------------------------------------


def test_the_names_of_the_calls_are_kept_in_order(book, ask, add):
    add()
    ask("phbkGetList")
    ask("groupgetlist")
    assert book.calls == ["phbkAdd", "phbkGetList", "groupGetList"]


def test_a_fault_comes_after_so_many_calls_and_so_many_times(book, ask):
    book.seed(entries=[ANA])
    book.fault("phbkGetList", "error_500", after=1, times=2)
    assert [ask("phbkGetList").status_code for _ in range(4)] == [200, 500, 500, 200]
    book.fault("*", "error_500", after=1)
    assert [ask(name).status_code for name in ("groupGetList", "phbkGetList", "groupGetList")] == [200, 500, 200]
    book.fault("phbkGetList", "error_500", times=9)
    book.clear_faults()
    assert ask("phbkGetList").status_code == 200


@pytest.mark.parametrize("kind", ["logged_out", "nonsense", "error_500", "reset_before", "code:1703"])
def test_some_faults_leave_everything_undone(book, add, kind):
    book.seed(groups=["Office"])
    book.fault("phbkAdd", kind)
    try:
        assert not add().startswith("1701")
    except requests.ConnectionError:
        assert kind == "reset_before"
    assert book.entries == {}


@pytest.mark.parametrize(("kind", "answer"), [("reset_after", None), ("bare_1701", "1701"), ("cut", "170")])
def test_others_come_after_it_is_done(book, add, kind, answer):
    book.seed(groups=["Office"])
    book.fault("phbkAdd", kind)
    try:
        assert add() == answer
    except requests.ConnectionError:
        assert answer is None
    assert len(book.entries) == 1


def test_an_answer_can_stay_away_for_ever(sandbox, book):
    book.fault("groupAdd", "silent")
    impatient = Client(sandbox, timeout=0.2)
    with pytest.raises(requests.Timeout):
        impatient.get("/web2sms/api/groupAdd.aspx", username="demo", group="Bos", auth=md5("Bosdemo-secret"))
    assert list(book.groups.values()) == ["Bos"]
    impatient.session.close()


def test_pages_can_be_short_repeated_empty_or_cut(book, ask):
    book.seed(entries=[ANA | {"id": str(n)} for n in range(1, 21)])

    def page_2(kind):
        book.fault("phbkGetList", kind)
        return ask("phbkGetList", page=2, size=10)

    assert [row[0] for row in rows_of(page_2("short_page"))] == ["11", "12", "13", "14", "15"]
    assert rows_of(page_2("repeated_page"))[0][0] == "1"
    assert page_2("empty_page").text == "1704"
    whole = ask("phbkGetList", page=2, size=10).content
    assert whole.startswith(page_2("cut").content)


def test_there_is_no_fault_by_another_name(book):
    with pytest.raises(ValueError, match="meteor"):
        book.fault("phbkAdd", "meteor")
    assert "short_page" in FAULTS


# --- steering over HTTP ------------------------------------------------------------------------------------------


def test_the_book_is_filled_steered_and_shown_over_http(client, ask):
    body = {
        "entries": [ANA], "groups": ["Kosong"], "delimiters": "euro", "list_columns": 7, "page_cap": 5,
        "fault": {"call": "phbkGetList", "kind": "code:1703", "times": 1},
    }  # fmt: skip
    (id,) = client.post("/_sandbox/phonebook", json=body).json()["ids"]
    assert ask("phbkGetList").text == "1703"
    assert ask("phbkGetList").text.startswith(f"{id}€Ana€")
    shown = client.get("/_sandbox/phonebook").json()
    assert shown["entries"] == [{"id": id, **ANA}]
    assert sorted(shown["groups"].values()) == ["Kosong", "Office"]
    assert shown["calls"] == ["phbkGetList", "phbkGetList"]
    client.post("/_sandbox/phonebook", json={"username": "toko", "groups": ["Toko"]})
    assert list(client.get("/_sandbox/phonebook", username="toko").json()["groups"].values()) == ["Toko"]


@pytest.mark.parametrize(
    "body",
    [
        {"delimiters": "comma"}, {"list_columns": 5}, {"page_cap": 0}, {"fault": {"call": "phbkAdd"}},
        {"fault": {"call": "phbkAdd", "kind": "meteor"}}, {"entries": [{"colour": "red"}]}, [1],
    ],
)  # fmt: skip
def test_steering_with_nonsense_is_answered_by_400(client, body):
    assert client.post("/_sandbox/phonebook", json=body).status_code == 400


# --- the page ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_page_shows_entries_and_groups(client, book, language):
    book.seed(entries=[ANA], groups=["Kosong"])
    page = client.get("/phonebook", lang=language).text
    assert f'<html lang="{language}">' in page
    assert all(word in page for word in ("Ana", "6281210100056", "Office", "Kosong"))
    assert 'href="/phonebook' in client.get("/").text


def test_what_is_done_on_the_page_is_done_in_the_book(client, book):
    def do(action, **fields):
        return client.post("/phonebook?lang=id", data={"action": action} | fields)

    answer = do("add_group", group="Office")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/phonebook?lang=id&username=demo")
    do("add", **ANA)
    (id,), (group,) = book.entries, book.groups
    do("save", id=id, **ANA | {"name": "Yuli", "mobile": "tidak ada"})
    do("rename_group", id=group, group="Teman")
    assert book.entries[id].fields(4) == [id, "Yuli", "tidak ada", "Teman"]
    do("delete_group", id=group)
    do("delete", id=id)
    assert (book.entries, book.groups) == ({}, {})
    assert book.calls == []


@pytest.mark.parametrize(
    "form",
    [{"action": "add", **ANA}, {"action": "delete", "id": "9"}, {"action": "rename_group", "id": "9", "group": "x"},
     {"action": "add_group", "group": " "}, {"action": "save", "id": "9"}, {"action": "explode"}, {},
     {"action": "add_group", "group": "x" * 5001}],
)  # fmt: skip
def test_what_cannot_be_done_is_told_so(client, book, form):
    answer = client.post("/phonebook", data=form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert (book.entries, book.groups) == ({}, {})


def test_the_page_is_searched_and_turned(client, book):
    book.seed(entries=[ANA | {"name": f"Nama {n:03}", "mobile": f"0812{n:06}"} for n in range(120)])
    assert "Nama 119" in client.get("/phonebook").text
    assert "Nama 119" not in client.get("/phonebook", page=2).text
    assert "Nama 000" in client.get("/phonebook", page=3).text
    found = client.get("/phonebook", q="0812-000-042").text
    assert ("Nama 042" in found, "Nama 041" in found) == (True, False)
    found = client.get("/phonebook", q="Nama 04").text
    assert ("Nama 049" in found, "Nama 104" in found) == (True, False)
    assert client.get("/phonebook", q="zzz", page="9" * 30).status_code == 200


def test_hostile_entries_are_only_text_on_the_page(client, book):
    evil = "<script>alert(1)</script>\"'{{ 7 }}\x00\ud83d"
    book.seed(entries=[dict.fromkeys(ANA, evil)])
    answer = client.get("/phonebook")
    assert "<script>" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_another_site_cannot_change_the_book(client, book):
    form = {"action": "add_group", "group": "Office"}
    assert client.post("/phonebook", data=form, headers={"Origin": "http://evil.example"}).status_code == 403
    assert book.groups == {}


def test_each_customers_book_has_its_own_page(client, sandbox):
    sandbox.phonebook("toko").seed(groups=["Toko"])
    assert "Toko" in client.get("/phonebook", username="toko").text
    assert ">Toko<" not in client.get("/phonebook", username="nobody").text
