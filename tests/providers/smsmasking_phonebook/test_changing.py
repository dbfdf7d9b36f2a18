"""Adding, changing and deleting in smsmasking's phone book: what each answer means."""

import pytest

from providers.errors import AccountRefused, EntryRefused, RateLimited, Uncertain
from tests.providers.smsmasking_phonebook.calls import ANA, CALLS, LOGIN, READS, RUDI, TAIL, every_call, write

ENTRY_REFUSALS = ["1704", "1706", "1707", "1709", "1711", "1712", "1721", "1722", "1731"]
ACCOUNT_CODES = ["1702", "1708", "1732", "1734", "1735"]
UNCLEAR_CODES = ["1703", "1705", "1713", "1733", "1751", "1799"]
WRITES = [name for name in CALLS if name not in READS]


@pytest.mark.parametrize(
    ("body", "new_id"),
    [
        ("1701", ""),
        ("1701372880", "372880"),
        ("1701|0372", "0372"),
        ("1701 5", "5"),
        ("1701\x80" + "5\x81", "5"),
        ("1701€5", "5"),
        (b"1701\x805\x81", "5"),
        ("1701{0F8FAD5B-D9CB}", "{0F8FAD5B-D9CB}"),
        ("1701 Success", ""),
        ("1701 Added 5 contacts", ""),
        ("1701" + TAIL, ""),
        ("1701|9" + TAIL, "9"),
    ],
)
def test_an_add_may_or_may_not_tell_the_new_id(wire, book, body, new_id):
    wire.answer(body)
    assert book.add_entry(RUDI) == new_id
    assert book.add_group("Teman") == new_id


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("code", ENTRY_REFUSALS)
def test_a_refusal_of_this_entry_leaves_the_account_alone(wire, book, name, code):
    is_gone = code in {"phbkDelete": ("1704", "1722"), "groupDelete": ("1704", "1712")}.get(name, ())
    wire.answer(code)
    if is_gone:
        assert CALLS[name][0](book) is None
        return
    with pytest.raises(EntryRefused) as caught:
        CALLS[name][0](book)
    assert caught.value.code == code
    assert caught.value.message


@every_call
@pytest.mark.parametrize("code", ACCOUNT_CODES)
def test_the_accounts_fault_stops_the_account(wire, book, name, code):
    wire.answer(code)
    with pytest.raises(AccountRefused) as caught:
        CALLS[name][0](book)
    assert caught.value.code == code


@every_call
@pytest.mark.parametrize("code", UNCLEAR_CODES)
def test_the_providers_own_trouble_leaves_it_open(wire, book, name, code):
    wire.answer(code)
    with pytest.raises(Uncertain) as caught:
        CALLS[name][0](book)
    assert caught.value.code in (code, "")


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("body", ["", LOGIN, "OK", "{}", "Warning\r\n1722", write([ANA])])
def test_a_write_without_a_readable_answer_is_uncertain(wire, book, name, body):
    wire.answer(body)
    with pytest.raises(Uncertain):
        CALLS[name][0](book)
    assert len(wire.requests) == 1


@every_call
def test_being_asked_to_wait_or_sent_away_is_told_apart(wire, book, name):
    for status, error in ((429, RateLimited), (403, AccountRefused), (302, AccountRefused), (500, Uncertain)):
        wire.answer("1701", status=status)
        with pytest.raises(error):
            CALLS[name][0](book)


def test_what_the_provider_says_of_a_refusal_is_kept_without_secrets(wire, book):
    wire.answer("1711 Group geheim&1 exists")
    with pytest.raises(EntryRefused) as caught:
        book.add_group("Teman")
    assert caught.value.message.startswith("Group ")
    assert "geheim" not in caught.value.message
