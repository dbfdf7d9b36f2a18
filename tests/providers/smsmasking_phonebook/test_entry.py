"""One entry of smsmasking's phone book: there, gone, or not to be known."""

from dataclasses import replace
from datetime import date

import pytest

from providers.adapters.smsmasking_lists import read_entries
from providers.errors import EntryRefused, Uncertain
from tests.providers.smsmasking_phonebook.calls import FULL, LOGIN, RUDI, TAIL, write


@pytest.mark.parametrize("body", ["1704", "1722", "1704" + TAIL])
def test_an_entry_is_gone_only_by_the_providers_own_word(wire, book, body):
    wire.answer(body)
    assert book.fetch_entry("7") is None


@pytest.mark.parametrize("body", ["1701", "1703", "1705", "1799", LOGIN, "Warning\r\n1704", write([["8", *FULL[1:]]])])
def test_any_other_answer_is_no_proof_that_it_is_gone(wire, book, body):
    wire.answer(body)
    with pytest.raises(Uncertain):
        book.fetch_entry("7")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_neither_is_a_server_in_trouble(wire, book, status):
    wire.answer("1704", status=status)
    with pytest.raises(Uncertain):
        book.fetch_entry("7")


@pytest.mark.parametrize("width", [4, 5, 6])
def test_a_complete_answer_with_too_few_fields_is_said_to_be_incomplete(wire, book, width):
    wire.answer(write([FULL[:width]]))
    entry = book.fetch_entry("372880")
    assert (entry.name, entry.description, entry.is_complete) == ("Rudi", None, False)
    with pytest.raises(EntryRefused):
        book.edit_entry(entry)


@pytest.mark.parametrize(
    ("text", "day", "words"),
    [
        ("19450817", date(1945, 8, 17), None),
        ("17 aug 2010", date(2010, 8, 17), None),
        ("7 August 2010", date(2010, 8, 7), None),
        ("17-MAY-1999", date(1999, 5, 17), None),
        ("29 feb 2000", date(2000, 2, 29), None),
        ("1945-08-17", date(1945, 8, 17), None),
        ("1945-08-17T00:00:00", date(1945, 8, 17), None),
        ("17 Aug 1945 00:00:00", date(1945, 8, 17), None),
        ("", None, None),
        ("00000000", None, None),
        ("0000-00-00", None, None),
        ("01 jan 1900", None, None),
        ("1900-01-01 00:00:00", None, None),
        ("8/7/1945", None, "8/7/1945"),
        ("29 feb 2001", None, "29 feb 2001"),
        ("20101332", None, "20101332"),
        ("17 agustus 1945", None, "17 agustus 1945"),
        ("besok", None, "besok"),
    ],
)
def test_it_reads_a_birthday_or_keeps_the_providers_words(text, day, words):
    (entry,) = read_entries(write([[*FULL[:5], text, "x"]]))
    assert (entry.birth_date, entry.birth_text, entry.is_complete) == (day, words, True)


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_is_written_in_english_and_read_again(wire, book, month):
    day = date(1999, month, 9)
    wire.answer("1701")
    book.edit_entry(replace(RUDI, birth_date=day))
    (entry,) = read_entries(write([[*FULL[:5], wire.request.query["birth"], "x"]]))
    assert entry.birth_date == day
