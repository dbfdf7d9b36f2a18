"""Answers of smsmasking's phone book that are empty, cut off or nonsense."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters.smsmasking_lists import read_entries, read_entry, read_groups, read_new_id
from providers.errors import ProviderError, Uncertain
from providers.reading import UNREADABLE
from tests.providers.smsmasking_phonebook.calls import (
    ANA,
    BUDI,
    CALLS,
    FORMS,
    LOGIN,
    READS,
    TAIL,
    every_form,
    write,
)


@pytest.mark.parametrize("name", [name for name in READS if name != "phbkGetCompleteData"])
@pytest.mark.parametrize("body", ["1704", "1704" + TAIL, "1704 Data not found", " 1704\r\n", "1701"])
def test_no_data_is_an_empty_list(wire, book, name, body):
    wire.answer(body)
    assert CALLS[name][0](book) == []


def test_an_answer_without_a_byte_ends_a_list_but_proves_no_empty_book(wire, book):
    wire.answer("")
    assert book.list_entries(2, 10) == []
    assert book.list_groups(2, 10) == []
    for ask in (book.list_entries, book.list_groups):
        with pytest.raises(Uncertain):
            ask(1, 10)


FIRST_PAGES = {"phbkGetList": lambda book: book.list_entries(1, 10)}
NONSENSE = ["", LOGIN, "Unable to process your request", "<b>Error</b>\r\n1704", "{}", "€", "7€", "\x81", "OK", "170"]


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("body", NONSENSE)
def test_nonsense_is_never_an_empty_list_or_a_missing_entry(wire, book, name, body):
    wire.answer(body)
    with pytest.raises(Uncertain):
        FIRST_PAGES.get(name, CALLS[name][0])(book)


@every_form
@pytest.mark.parametrize("length", range(1, 21))
def test_a_last_record_that_is_cut_off_fails_the_page(form, length):
    body = write([ANA, BUDI, ["9", "Cici", "081210100057", "Office"]], form, closed=False)
    cut = body[: -len("Office") - length]
    if cut.endswith(FORMS[form][1]):
        assert len(read_entries(cut)) == 2
    else:
        with pytest.raises(ValueError, match=r"cut off|number|without|inside|no code"):
            read_entries(cut)


def test_utf8_cut_inside_a_character_is_not_misread_as_windows_1252():
    body = write([["7", "Ana", "081210100056", "Café"]], "c280", closed=False)
    with pytest.raises(ValueError, match="inside a character"):
        read_entries(body[:-1])


@given(st.binary(max_size=200))
def test_no_bytes_whatever_raise_anything_but_what_the_seam_knows(body):
    for reader in (
        read_entries,
        read_groups,
        lambda body: read_entry(body, "7"),
        lambda b: read_new_id(b.decode("l1")),
    ):
        with contextlib.suppress(ProviderError, *UNREADABLE):
            reader(body)


NAMES = st.text(st.characters(blacklist_characters="\x80\x81€", blacklist_categories=["Cs", "Cc", "Z"]), max_size=40)


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=8), st.sampled_from(["c280", "euro"]), st.booleans())
def test_whatever_is_written_is_read_again(pairs, form, closed):
    rows = [[str(index + 1), name, f"08121010{index:04}", group] for index, (name, group) in enumerate(pairs)]
    found = read_entries(write(rows, form, closed=closed or not rows[-1][3]))
    assert [(each.remote_id, each.name, each.mobile, each.group) for each in found] == [tuple(row) for row in rows]
