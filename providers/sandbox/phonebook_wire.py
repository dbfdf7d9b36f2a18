"""The thirteen phone book and group calls of smsmasking, as its document has them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from providers.sandbox.desk import Route
from providers.sandbox.phonebook import DELIMITERS, FIND_LIMIT, Book, Refused
from providers.sandbox.wire import Answer, Manner, Request

if TYPE_CHECKING:
    from providers.sandbox.smsmasking import SmsMasking

Fields = Mapping[str, str]
# What the digest is made of, beside the password; everything else signs the user name.
SIGNS = {
    "phbkAdd": "mobile", "phbkEdit": "id", "phbkDelete": "id",
    "groupAdd": "group", "groupEdit": "id", "groupDelete": "id",
}  # fmt: skip
LOGIN_PAGE = b"""<!DOCTYPE html>
<html><head><title>Login</title></head>
<body><form action="Login.aspx"><input name="user"><input name="pass" type="password"></form></body></html>
"""
# Faults in which the call is not even looked at.
UNSERVED = {
    "logged_out": Answer(LOGIN_PAGE),
    "nonsense": Answer(b"Object reference not set to an instance of an object."),
    "error_500": Answer(b"Server Error in '/web2sms' Application.", 500),
    "wait": Answer(b"Too many requests.", 429, headers=(("Retry-After", "1"),)),
    "reset_before": Answer(manner=Manner.RESET),
}
# Faults in which it is done, and only the answer goes wrong.
SPOILED = {"reset_after": Manner.RESET, "silent": Manner.HOLD}


class PhonebookWire:
    """Reads a call, has the book do it, and writes the answer in the book's delimiters."""

    def __init__(self, desk: SmsMasking) -> None:
        self._desk = desk
        self._calls: dict[str, Callable[[Book, Fields, str], bytes]] = {
            "phbkAdd": self.add,
            "phbkEdit": self.edit,
            "phbkDelete": self.delete,
            "phbkGetList": self.list_entries,
            "phbkGetListbyGroup": self.list_of_group,
            "phbkGetCompleteData": self.complete,
            "phbkFindName": self.find_name,
            "phbkFindPhNumber": self.find_number,
            "groupAdd": self.add_group,
            "groupEdit": self.rename_group,
            "groupDelete": self.delete_group,
            "groupGetList": self.list_groups,
            "groupFind": self.find_groups,
        }

    def routes(self, folder: str) -> dict[str, Route]:
        return {f"{folder}{name}.aspx".lower(): self._route(name) for name in self._calls}

    def _route(self, name: str) -> Route:
        return Route(lambda request: self.serve(name, request))

    def serve(self, name: str, request: Request) -> Answer:
        fields = {key.lower(): value for key, value in request.values.items()}
        book = self._desk.find_book(fields.get("username", ""))
        if book is None:
            return Answer(b"1702")
        fault = book.note(name)
        if fault in UNSERVED:
            return UNSERVED[fault]
        if fault.startswith("code:"):
            return Answer(fault.removeprefix("code:").encode())
        if fields.get("auth") != self._digest(fields.get(SIGNS.get(name, "username"), "")):
            return Answer(b"1702")
        return spoil(self._answer(name, book, fields, fault), fault)

    def _answer(self, name: str, book: Book, fields: Fields, fault: str) -> Answer:
        try:
            return Answer(self._calls[name](book, fields, fault))
        except Refused as error:
            return Answer(error.code.encode())

    def _digest(self, signed: str) -> str:
        text = signed + self._desk.credentials["password"]
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    # --- entries -------------------------------------------------------------------------------------------------

    def add(self, book: Book, fields: Fields, fault: str) -> bytes:
        return success(book.add(fields), fault)

    def edit(self, book: Book, fields: Fields, fault: str) -> bytes:
        book.edit(fields.get("id", ""), fields)
        return b"1701"

    def delete(self, book: Book, fields: Fields, fault: str) -> bytes:
        book.delete(fields.get("id", ""))
        return b"1701"

    def list_entries(self, book: Book, fields: Fields, fault: str) -> bytes:
        page, size = read_paging(fields, fault)
        rows = [entry.fields(book.list_columns) for entry in book.page_of(page, size)]
        return write_list(book, faulty(rows, fault))

    def list_of_group(self, book: Book, fields: Fields, fault: str) -> bytes:
        page, size = read_paging(fields, fault)
        rows = [entry.fields(book.list_columns) for entry in book.page_of(page, size, fields.get("group", ""))]
        return write_list(book, faulty(rows, fault))

    def complete(self, book: Book, fields: Fields, fault: str) -> bytes:
        entry = book.entries.get(fields.get("id", ""))
        return write_list(book, [entry.fields()] if entry else [])

    def find_name(self, book: Book, fields: Fields, fault: str) -> bytes:
        found = book.find(name=fields.get("name", ""))
        return write_list(book, faulty([entry.fields(book.list_columns) for entry in found], fault))

    def find_number(self, book: Book, fields: Fields, fault: str) -> bytes:
        found = book.find(number=fields.get("no", ""))
        return write_list(book, faulty([entry.fields(book.list_columns) for entry in found], fault))

    # --- groups --------------------------------------------------------------------------------------------------

    def add_group(self, book: Book, fields: Fields, fault: str) -> bytes:
        return success(book.add_group(fields.get("group", "")), fault)

    def rename_group(self, book: Book, fields: Fields, fault: str) -> bytes:
        book.rename_group(fields.get("id", ""), fields.get("group", ""))
        return b"1701"

    def delete_group(self, book: Book, fields: Fields, fault: str) -> bytes:
        book.delete_group(fields.get("id", ""))
        return b"1701"

    def list_groups(self, book: Book, fields: Fields, fault: str) -> bytes:
        page, size = read_paging(fields, fault)
        size = min(size, book.page_cap)
        rows = [list(pair) for pair in list(book.groups.items())[(page - 1) * size : page * size]]
        return write_list(book, faulty(rows, fault))

    def find_groups(self, book: Book, fields: Fields, fault: str) -> bytes:
        wanted = fields.get("group", "").casefold()
        rows = [list(pair) for pair in list(book.groups.items()) if wanted in pair[1].casefold()]
        return write_list(book, faulty(rows[:FIND_LIMIT], fault))


def success(identifier: str, fault: str) -> bytes:
    return b"1701" + (b"" if fault == "bare_1701" else identifier.encode())


def read_paging(fields: Fields, fault: str) -> tuple[int, int]:
    """Page from 1 and size; what is no number counts as the document's default."""
    page, size = (int(text) if text.isdecimal() else 0 for text in (fields.get("page", ""), fields.get("size", "")))
    page = page - 1 if fault == "repeated_page" else page
    return max(page, 1), size or 10


def faulty(rows: list[list[str]], fault: str) -> list[list[str]]:
    if fault == "empty_page":
        return []
    return rows[: len(rows) // 2] if fault == "short_page" else rows


def write_list(book: Book, rows: Sequence[Sequence[str]]) -> bytes:
    """1704 where there is nothing. A name that holds a delimiter is not escaped: the provider's does not, either."""
    if not rows:
        return b"1704"
    charset = "cp1252" if book.delimiters == "bytes" else "utf-8"
    field, record = DELIMITERS[book.delimiters]
    body = record.join(field.join(value.encode(charset, "replace") for value in row) for row in rows)
    return body + (record if book.is_closed else b"")


def spoil(answer: Answer, fault: str) -> Answer:
    """The answer as the fault lets it out."""
    if fault == "cut":
        return replace(answer, body=answer.body[: len(answer.body) * 2 // 3 if len(answer.body) > 40 else 3])
    return replace(answer, manner=SPOILED[fault]) if fault in SPOILED else answer
