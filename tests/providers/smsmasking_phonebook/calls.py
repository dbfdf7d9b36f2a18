"""The thirteen calls of smsmasking's phone book, and what comes over the wire in each of its forms."""

import hashlib
from dataclasses import replace
from datetime import date

import pytest

from providers.types import RemoteEntry

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


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def write(rows, form="c280", *, closed=True):
    field, record, charset = FORMS[form]
    body = record.join(field.join(value.encode(charset) for value in row) for row in rows)
    return body + (record if closed else b"")


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
ANA, BUDI = ["7", "Ana", "081210100056", "Office"], ["008", "Budi", "6281210100055", ""]
FULL = ["372880", "Rudi", "08123456", "Office", "Jl. Bali", "17 Aug 1945", "Direktur Utama"]
