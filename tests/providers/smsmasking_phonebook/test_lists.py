"""Lists of smsmasking's phone book, in every form that they may come in."""

import pytest

from providers.adapters.smsmasking_lists import read_entries, read_entry, read_groups
from providers.types import RemoteEntry, RemoteGroup
from tests.providers.smsmasking_phonebook.calls import ANA, BUDI, FULL, RUDI, TAIL, every_form, write

ENTRIES = [RemoteEntry("7", "Ana", "081210100056", "Office"), RemoteEntry("008", "Budi", "6281210100055", "")]


@every_form
@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("tail", ["", "\r\n", TAIL])
def test_it_reads_a_list(wire, book, form, closed, tail):
    wire.answer(write([ANA, BUDI], form, closed=closed) + tail.encode())
    assert book.list_entries(1, 100) == ENTRIES


@every_form
def test_names_with_accents_are_read_in_every_form(form):
    rows = [["1", "Ágnes Ýñ ß", "081210100056", "Café"]]
    (entry,) = read_entries(write(rows, form))
    assert (entry.name, entry.group) == ("Ágnes Ýñ ß", "Café")


@every_form
def test_it_reads_a_list_with_every_column(form):
    (entry,) = read_entries(write([FULL], form))
    assert entry == RUDI


@every_form
def test_it_reads_complete_data(wire, book, form):
    wire.answer(write([FULL], form, closed=False))
    assert book.fetch_entry("372880") == RUDI


@every_form
def test_it_reads_groups(wire, book, form):
    wire.answer(write([["849", "Teman"], ["00850", "Calon Client"]], form))
    assert book.list_groups(1, 10) == [RemoteGroup("849", "Teman"), RemoteGroup("00850", "Calon Client")]


@every_form
def test_each_list_and_find_is_read_alike(wire, book, form):
    wire.answer(write([ANA], form))
    finds = [book.list_entries_of_group("Office", 1, 10), book.find_entries_by_name("a")]
    finds.append(book.find_entries_by_number("0812"))
    assert finds == [ENTRIES[:1]] * 3


@every_form
@pytest.mark.parametrize("text", ["\"'<b>x</b>", "x" * 5000, "Baris\r\ndua", "<html></html>", "1704", "|,;=", "a\tb"])
def test_hostile_names_are_read_as_they_are(form, text):
    rows = [["7", text, "081210100056", "Office"], BUDI]
    first, second = read_entries(write(rows, form))
    assert (first.name, second) == (text, ENTRIES[1])


@pytest.mark.parametrize("form", ["bytes", "euro"])
@pytest.mark.parametrize("width", [4, 7])
def test_a_name_that_holds_the_delimiter_is_put_together_again(form, width):
    rows = [FULL[:width], ["8", "Rp € 5", *FULL[2:width]], ["9", "€", *FULL[2:width]]]
    for entries in (read_entries(write(rows, form)), [read_entries(write([row], form))[0] for row in rows]):
        assert [(entry.remote_id, entry.mobile, entry.group) for entry in entries[:2]] == [
            ("372880", "08123456", "Office"),
            ("8", "08123456", "Office"),
        ]
        assert entries[1].name.replace(" ", "") == "Rp€5"
        assert entries[1].is_complete is (width == 7)


def test_a_delimiter_in_an_address_leaves_the_entry_incomplete():
    odd = [*FULL[:4], "Jl. € 5", *FULL[5:]]
    first, second = read_entries(write([FULL, odd, FULL], "euro"))[:2]
    assert first.is_complete
    assert (second.is_complete, second.address, second.birth_text) == (False, None, None)
    entry = read_entry(write([odd], "euro"), FULL[0])
    assert (entry.is_complete, entry.address) == (False, None)


def test_with_the_delimiter_of_its_own_a_euro_is_only_a_euro():
    (entry,) = read_entries(write([["7", "Rp € 5", "081210100056", "€"]]))
    assert (entry.name, entry.group) == ("Rp € 5", "€")


@pytest.mark.parametrize(
    ("row", "entry"),
    [
        (["7", "Ana", "081210100056"], RemoteEntry("7", "Ana", "081210100056", "Office")),
        (["7", "081210100056"], RemoteEntry("7", "", "081210100056", "Office")),
        (["7", "081210100056", "Ana", "Bos"], RemoteEntry("7", "Ana", "081210100056", "Bos")),
        (["7", "Ana", "Bos", "081210100056"], RemoteEntry("7", "Ana", "081210100056", "Bos")),
        (["7", "Ana", "tidak ada", "Bos"], RemoteEntry("7", "Ana", "tidak ada", "Bos")),
        (["7", "Ana", "", ""], RemoteEntry("7", "Ana", "", "")),
        (["7", "Ana", "0812101000", "Bos", "Jl. 1"], RemoteEntry("7", "Ana", "0812101000", "Bos", "Jl. 1")),
        ([*FULL, "x", "y"], RUDI),
    ],
)
def test_it_takes_fewer_columns_or_more_and_finds_the_mobile_by_its_shape(row, entry):
    assert read_entries(write([row]), group="Office") == [entry]


def test_an_unusable_number_does_not_move_the_columns_of_a_list():
    rows = [ANA, ["8", "081210100057", "abc", "Office"]]
    assert read_entries(write(rows))[1] == RemoteEntry("8", "081210100057", "abc", "Office")


def test_empty_fields_inside_stay():
    (entry,) = read_entries(write([["7", "", "081210100056", "", "", "", ""]]))
    assert entry == RemoteEntry("7", "", "081210100056", "", "", None, None, "", True)


@pytest.mark.parametrize("body", [write([["1701"], ANA, BUDI]), write([["1701", *ANA], BUDI]), write([ANA, BUDI])])
def test_a_leading_success_is_no_entry(body):
    assert read_entries(body) == ENTRIES


def test_a_lone_entry_behind_a_success_is_read(wire, book):
    assert read_entries(write([["1701", *ANA]])) == ENTRIES[:1]
    assert read_groups(write([["1701", "849", "Teman"]])) == [RemoteGroup("849", "Teman")]
    wire.answer(write([["1701", *FULL]]))
    assert book.fetch_entry("372880") == RUDI


def test_entries_and_groups_may_have_the_id_1701():
    assert read_entries(write([["1701", *ANA[1:]]]))[0].remote_id == "1701"
    assert read_entries(write([["1701", *ANA[1:]], BUDI]))[0].remote_id == "1701"
    assert read_groups(write([["1701", "Teman"]])) == [RemoteGroup("1701", "Teman")]
    assert read_entry(write([["1701", *FULL[1:]]]), "1701").name == "Rudi"


def test_a_warning_before_the_list_is_passed_over():
    body = b"<b>Warning</b>: mysql_connect() in <b>x.aspx</b>\r\n" + write([ANA, BUDI])
    assert read_entries(body) == ENTRIES
    assert read_entries(b"\xef\xbb\xbf" + write([ANA, BUDI])) == ENTRIES
