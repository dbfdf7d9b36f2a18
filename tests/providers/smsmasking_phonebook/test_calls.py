"""What each of the thirteen calls of smsmasking's phone book sends."""

from dataclasses import replace

import pytest

from providers.adapters.smsmasking import SmsMasking
from providers.errors import EntryRefused
from providers.types import AccountConfig, RemoteEntry
from tests.providers.smsmasking_phonebook.calls import CALLS, READS, RUDI, every_call, md5

API = "/web2sms/api/"


@every_call
def test_each_call_is_sent_and_signed_as_the_document_has_it(wire, book, name):
    call, query = CALLS[name]
    wire.answer("1704" if name in READS else "1701")
    call(book)
    assert (wire.request.method, wire.request.path) == ("GET", f"{API}{name}.aspx")
    assert wire.request.query == query


@every_call
def test_no_stored_call_shows_the_password_or_a_digest(wire, book, name):
    call, query = CALLS[name]
    wire.answer("1704" if name in READS else "1701")
    call(book)
    stored = str(book._provider.transport.records[0].masked())
    assert query["auth"] not in stored
    assert "geheim" not in stored


def test_an_account_may_have_paths_of_its_own(wire):
    options = {"paths": {"phbkGetList": "/old/list.aspx"}}
    credentials = {"username": "sms", "password": "x"}
    provider = SmsMasking(AccountConfig("demo", wire.base_url, credentials, options))
    wire.answer("1704")
    provider.phonebook.list_entries(1, 10)
    provider.close()
    assert wire.request.path == "/old/list.aspx"


@pytest.mark.parametrize("mobile", ["+628123456", "628123456", "08123456", "+62 812-3456"])
def test_an_added_number_goes_out_as_62_and_is_what_is_signed(wire, book, mobile):
    wire.answer("1701")
    book.add_entry(replace(RUDI, mobile=mobile))
    assert wire.request.query["mobile"] == "628123456"
    assert wire.request.query["auth"] == md5("628123456geheim&1")


@pytest.mark.parametrize(("mobile", "sent"), [("0812 ext. 3", "0812 ext. 3"), ("", ""), ("+62812345", "62812345")])
def test_an_edit_gives_a_number_back_as_it_was_read(wire, book, mobile, sent):
    wire.answer("1701")
    book.edit_entry(replace(RUDI, mobile=mobile))
    assert wire.request.query["mobile"] == sent


def test_an_edit_gives_a_birthday_back_that_nobody_can_read(wire, book):
    wire.answer("1701")
    book.edit_entry(replace(RUDI, birth_date=None, birth_text="17/8/45"))
    assert wire.request.query["birth"] == "17/8/45"


def test_an_edit_sends_every_field_even_the_empty_ones(wire, book):
    wire.answer("1701")
    book.edit_entry(RemoteEntry("7", "Ana", "0812", "", "", None, None, "", True))
    assert {name: wire.request.query[name] for name in ("group", "address", "birth", "desc")} == {
        "group": "", "address": "", "birth": "", "desc": "",
    }  # fmt: skip


@pytest.mark.parametrize("missing", [{"address": None}, {"description": None}])
def test_an_edit_that_would_blank_a_field_is_refused_before_the_wire(wire, book, missing):
    with pytest.raises(EntryRefused):
        book.edit_entry(replace(RUDI, **missing))
    assert wire.requests == []


@pytest.mark.parametrize("character", ["\x80", "\x81", "€", "\x00", "\ud800"])
@pytest.mark.parametrize("field", ["name", "group", "address", "description"])
def test_what_would_break_the_lists_is_refused_before_the_wire(wire, book, character, field):
    for write_entry in (book.add_entry, book.edit_entry):
        with pytest.raises(EntryRefused):
            write_entry(replace(RUDI, **{field: f"a{character}b"}))
    assert wire.requests == []


@pytest.mark.parametrize("name", ["x" * 5000, "\"'<b>&amp;</b>", "a&b=c#d%20+", "世界 😀", "Baris\r\ndua", "|,;="])
def test_hostile_names_arrive_as_they_are(wire, book, name):
    wire.answer("1701")
    book.add_entry(replace(RUDI, name=name))
    assert wire.request.query["name"] == name


@pytest.mark.parametrize(
    ("typed", "sent"), [("+62 812 653", "812653"), ("0812653", "0812653"), ("62812653", "62812653")]
)
def test_a_number_is_sought_by_the_part_that_every_spelling_has(wire, book, typed, sent):
    wire.answer("1704")
    book.find_entries_by_number(typed)
    assert wire.request.query["no"] == sent
