"""The adapter against the sandbox: what one writes, the other reads, in every form and under every fault."""

from dataclasses import replace
from datetime import date

import pytest

from providers.adapters.smsmasking import SmsMasking
from providers.errors import EntryRefused, Uncertain
from providers.types import AccountConfig, RemoteEntry

FORMS = ["bytes", "c280", "euro"]
RUDI = RemoteEntry("", "Rudi", "+6281210100056", "Office", "Jl. Bali", date(1945, 8, 17), None, "Direktur Utama")


@pytest.fixture
def remote(sandbox):
    """The sandbox's own book."""
    return sandbox.phonebook()


@pytest.fixture
def book(sandbox):
    config = AccountConfig(
        "demo", sandbox.base_url, {"username": "demo", "password": "demo-secret"}, timeout_seconds=20
    )
    provider = SmsMasking(config)
    yield provider.phonebook
    provider.close()


@pytest.mark.parametrize("form", FORMS)
def test_an_entry_lives_from_its_group_to_its_end(remote, book, form):
    remote.delimiters = form
    assert book.add_group("Office")
    id = book.add_entry(RUDI)
    written = replace(RUDI, remote_id=id, mobile="6281210100056", is_complete=True)
    assert book.fetch_entry(id) == written
    book.edit_entry(replace(written, name="Yuli", birth_date=None))
    assert book.fetch_entry(id) == replace(written, name="Yuli", birth_date=None)
    book.delete_entry(id)
    book.delete_entry(id)
    assert book.fetch_entry(id) is None
    assert book.list_entries(1, 100) == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("columns", [4, 7])
def test_every_page_of_a_long_list_is_read(remote, book, form, columns):
    remote.delimiters, remote.list_columns, remote.page_cap = form, columns, 40
    ids = remote.seed(entries=[{"name": f"N {n}", "mobile": f"0812{n:07}", "group": "Office"} for n in range(100)])
    pages = [book.list_entries(page, 100) for page in (1, 2, 3, 4)]
    assert [entry.remote_id for page in pages for entry in page] == ids
    assert [len(page) for page in pages] == [40, 40, 20, 0]
    assert {entry.is_complete for entry in pages[0]} == {columns == 7}
    assert [entry.remote_id for entry in book.list_entries_of_group("office", 3, 40)] == ids[80:]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "name", ["\"'<b>&amp;</b>", "x" * 5000, "a&b=c#d%20+", "Café Ñ", "1704", "a|b,c;d", "baris\ndua"]
)
def test_hostile_names_go_there_and_come_back(remote, book, form, name):
    remote.delimiters = form
    book.add_group("Office")
    id = book.add_entry(replace(RUDI, name=name, description=name))
    assert [entry.name for entry in book.list_entries(1, 10)] == [name]
    entry = book.fetch_entry(id)
    assert (entry.name, entry.description) == (name, name)


@pytest.mark.parametrize("form", FORMS)
def test_a_name_of_theirs_that_holds_the_delimiter_spoils_no_other_entry(remote, book, form):
    remote.delimiters = form
    entries = [{"name": name, "mobile": "081210100056", "group": "Office"} for name in ("Ana", "Rp€5", "Budi")]
    remote.seed(entries=entries)
    assert [entry.name for entry in book.list_entries(1, 10)] == ["Ana", "Rp€5", "Budi"]


def test_groups_are_found_renamed_and_deleted(remote, book):
    id = book.add_group("Calon Client")
    book.rename_group(id, "Teman")
    assert [group.name for group in book.find_groups("EMA")] == ["Teman"]
    with pytest.raises(EntryRefused) as caught:
        book.add_group("TEMAN")
    assert caught.value.code == "1711"
    book.delete_group(id)
    book.delete_group(id)
    assert book.list_groups(1, 10) == []
    with pytest.raises(EntryRefused):
        book.rename_group(id, "Bos")


def test_entries_are_found_by_name_and_by_either_spelling_of_their_number(remote, book):
    remote.seed(entries=[{"name": "Sari", "mobile": mobile} for mobile in ("0812-653-1", "628126531", "+62 812 6531")])
    assert len(book.find_entries_by_number("+628126531")) == 3
    assert len(book.find_entries_by_name("sar")) == 3
    remote.seed(entries=[{"name": f"Sari {n}", "mobile": "1"} for n in range(20)])
    assert len(book.find_entries_by_name("SARI")) == book.find_limit


def test_a_refused_entry_changes_nothing(remote, book):
    with pytest.raises(EntryRefused) as caught:
        book.add_entry(RUDI)
    assert (caught.value.code, remote.entries) == ("1711", {})
    with pytest.raises(EntryRefused) as caught:
        book.edit_entry(replace(RUDI, remote_id="9"))
    assert caught.value.code == "1722"


WRONG = ["logged_out", "nonsense", "error_500", "reset_before", "reset_after", "code:1703", "code:1705"]


@pytest.mark.parametrize("kind", WRONG)
def test_a_fault_never_looks_like_an_empty_list_or_a_missing_entry(remote, book, kind):
    (id,) = remote.seed(entries=[{"name": "Ana", "mobile": "081210100056", "group": "Office"}])
    remote.fault("*", kind, times=7)
    asks = [lambda: book.list_entries(1, 10), lambda: book.list_groups(1, 10), lambda: book.fetch_entry(id)]
    asks += [lambda: book.find_entries_by_name("a"), lambda: book.delete_entry("9"), lambda: book.delete_group("9")]
    for ask in [*asks, lambda: book.add_group("Bos")]:
        with pytest.raises(Uncertain):
            ask()
    assert (list(remote.entries), "Bos" in remote.groups.values()) == ([id], kind == "reset_after")


def test_an_add_whose_answer_is_lost_or_bare_is_done_all_the_same(remote, book):
    remote.seed(groups=["Office"])
    remote.fault("phbkAdd", "bare_1701")
    assert book.add_entry(RUDI) == ""
    remote.fault("phbkAdd", "reset_after")
    with pytest.raises(Uncertain):
        book.add_entry(RUDI)
    assert len(remote.entries) == 2


def test_each_method_is_one_call(remote, book):
    (id,) = remote.seed(entries=[{"name": "Ana", "mobile": "081210100056", "group": "Office"}])
    (group,) = remote.groups
    entry = book.fetch_entry(id)
    book.edit_entry(entry)
    book.add_entry(entry)
    book.list_entries(1, 10)
    book.list_entries_of_group("Office", 1, 10)
    book.find_entries_by_name("a")
    book.find_entries_by_number("0812")
    book.delete_entry(id)
    book.list_groups(1, 10)
    book.find_groups("o")
    book.add_group("Bos")
    book.rename_group(group, "Teman")
    book.delete_group(group)
    assert remote.calls == [
        "phbkGetCompleteData", "phbkEdit", "phbkAdd", "phbkGetList", "phbkGetListbyGroup", "phbkFindName",
        "phbkFindPhNumber", "phbkDelete", "groupGetList", "groupFind", "groupAdd", "groupEdit", "groupDelete",
    ]  # fmt: skip
