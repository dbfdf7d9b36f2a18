"""The page of the sandbox's phone book."""

import pytest

from tests.providers.sandbox.phonebook.entries import ANA


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
