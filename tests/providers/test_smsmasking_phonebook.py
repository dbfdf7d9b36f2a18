"""smsmasking's phone book on the wire: what each of the thirteen calls sends, and what comes back in every form."""

import contextlib
import hashlib
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters.smsmasking import SmsMasking
from providers.adapters.smsmasking_lists import read_entries, read_entry, read_groups, read_new_id
from providers.base import UNREADABLE
from providers.errors import AccountRefused, EntryRefused, ProviderError, RateLimited, Uncertain
from providers.types import AccountConfig, RemoteEntry, RemoteGroup

API = "/web2sms/api/"
TAIL = "\r\n\r\n<!DOCTYPE html><html><body><form id='form1'></form></body></html>"
LOGIN = "<!DOCTYPE html><html><body>Rp 5 € <form action='Login.aspx'></form></body></html>"
RUDI = RemoteEntry("372880", "Rudi", "08123456", "Office", "Jl. Bali", date(1945, 8, 17), None, "Direktur Utama", True)
# As Char(128) and Char(129) may come over the wire.
FORMS = {
    "bytes": (b"\x80", b"\x81", "cp1252"),
    "c280": (b"\xc2\x80", b"\xc2\x81", "utf-8"),
    "euro": (b"\xe2\x82\xac", b"\xc2\x81", "utf-8"),
}
every_form = pytest.mark.parametrize("form", FORMS)
ENTRY_REFUSALS = ["1704", "1706", "1707", "1709", "1711", "1712", "1721", "1722", "1731"]
ACCOUNT_CODES = ["1702", "1708", "1732", "1734", "1735"]
UNCLEAR_CODES = ["1703", "1705", "1713", "1733", "1751", "1799"]


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def write(rows, form="c280", *, closed=True):
    field, record, charset = FORMS[form]
    body = record.join(field.join(value.encode(charset) for value in row) for row in rows)
    return body + (record if closed else b"")


@pytest.fixture
def book(wire):
    credentials = {"username": "sms", "password": "geheim&1"}
    provider = SmsMasking(AccountConfig("demo", wire.base_url, credentials, timeout_seconds=2))
    yield provider.phonebook
    provider.close()


# --- what goes out -----------------------------------------------------------------------------------------------

USER = {"username": "sms", "auth": md5("smsgeheim&1")}
EDITED = replace(RUDI, name="Yuli", mobile="06177123454", group="Bos", birth_date=date(2010, 8, 17))
CALLS = {
    "phbkAdd": (
        lambda book: book.add_entry(RUDI),
        {
            "username": "sms", "name": "Rudi", "mobile": "628123456", "group": "Office", "address": "Jl. Bali",
            "birth": "19450817", "desc": "Direktur Utama", "auth": md5("628123456geheim&1"),
        },
    ),
    "phbkEdit": (
        lambda book: book.edit_entry(EDITED),
        {
            "id": "372880", "username": "sms", "name": "Yuli", "mobile": "06177123454", "group": "Bos",
            "address": "Jl. Bali", "birth": "17 aug 2010", "desc": "Direktur Utama", "auth": md5("372880geheim&1"),
        },
    ),
    "phbkDelete": (
        lambda book: book.delete_entry("0372"),
        {"id": "0372", "username": "sms", "auth": md5("0372geheim&1")},
    ),
    "phbkGetList": (lambda book: book.list_entries(6, 10), {"page": "6", "size": "10", **USER}),
    "phbkGetListbyGroup": (
        lambda book: book.list_entries_of_group("Calon Client", 1, 500),
        {"page": "1", "size": "100", "group": "Calon Client", **USER},
    ),
    "phbkGetCompleteData": (lambda book: book.fetch_entry("6928"), {"id": "6928", **USER}),
    "phbkFindName": (lambda book: book.find_entries_by_name("sar"), {"name": "sar", **USER}),
    "phbkFindPhNumber": (lambda book: book.find_entries_by_number("0812-653"), {"no": "0812653", **USER}),
    "groupAdd": (
        lambda book: book.add_group("Calon Client"),
        {"group": "Calon Client", "username": "sms", "auth": md5("Calon Clientgeheim&1")},
    ),
    "groupEdit": (
        lambda book: book.rename_group("849", "Teman"),
        {"id": "849", "group": "Teman", "username": "sms", "auth": md5("849geheim&1")},
    ),
    "groupDelete": (
        lambda book: book.delete_group("849"),
        {"id": "849", "username": "sms", "auth": md5("849geheim&1")},
    ),
    "groupGetList": (lambda book: book.list_groups(1, 5), {"page": "1", "size": "5", **USER}),
    "groupFind": (lambda book: book.find_groups("pul"), {"group": "pul", **USER}),
}  # fmt: skip
every_call = pytest.mark.parametrize("name", CALLS)
READS = [name for name in CALLS if "Get" in name or "Find" in name]
WRITES = [name for name in CALLS if name not in READS]


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


# --- lists, in every form ----------------------------------------------------------------------------------------

ANA, BUDI = ["7", "Ana", "08121", "Office"], ["008", "Budi", "6281210100055", ""]
ANA[2] = "081210100056"
ENTRIES = [RemoteEntry("7", "Ana", "081210100056", "Office"), RemoteEntry("008", "Budi", "6281210100055", "")]
FULL = ["372880", "Rudi", "08123456", "Office", "Jl. Bali", "17 Aug 1945", "Direktur Utama"]


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


# --- empty, cut, and nonsense ------------------------------------------------------------------------------------


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


# --- one entry ---------------------------------------------------------------------------------------------------


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


# --- adding, changing, deleting ----------------------------------------------------------------------------------


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
    assert caught.value.code in (code, "ValueError")


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
