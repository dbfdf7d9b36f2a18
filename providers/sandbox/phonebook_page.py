"""The page at /phonebook: smsmasking's phone book as the provider's own website would show it, to see and to edit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from providers.sandbox.control import is_foreign
from providers.sandbox.page import LANGUAGES, SECURITY, language_of
from providers.sandbox.phonebook import Book, Entry, Refused
from providers.sandbox.wire import Answer, Request

if TYPE_CHECKING:
    from providers.sandbox.service import Sandbox

PATH = "/phonebook"
SHOWN = 50
# More than any field of a real entry, and still a page that a browser likes to show.
MAX_FIELD = 5000
MESSAGES = {
    "1704": _("This entry or group is no longer there."),
    "1707": _("An entry needs a number."),
    "1711": _("A group needs a name that no other group has, and an entry a group that exists."),
    "1712": _("This group is no longer there."),
    "1721": _("An entry needs a name."),
    "1722": _("This entry is no longer there."),
}


@dataclass(frozen=True, slots=True)
class View:
    """What of the book is looked at: whose, which words or digits are sought, and which page."""

    language: str
    username: str
    query: str = ""
    page: int = 1

    def url(self, **changes: Any) -> str:
        values = {"lang": self.language, "username": self.username, "q": self.query, "page": self.page} | changes
        return f"{PATH}?{urlencode({name: value for name, value in values.items() if value not in ('', 1)})}"


class PhonebookPage:
    """GET shows the book, POST changes it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._actions: dict[str, Callable[[Book, Mapping[str, str]], object]] = {
            "add": lambda book, fields: book.add(fields),
            "save": lambda book, fields: book.edit(fields.get("id", ""), fields),
            "delete": lambda book, fields: book.delete(fields.get("id", "")),
            "add_group": lambda book, fields: book.add_group(fields.get("group", "")),
            "rename_group": lambda book, fields: book.rename_group(fields.get("id", ""), fields.get("group", "")),
            "delete_group": lambda book, fields: book.delete_group(fields.get("id", "")),
        }

    def answer(self, request: Request) -> Answer:
        if is_foreign(request):
            return Answer(b"Forbidden", 403, "text/plain")
        view = self._read_view(request)
        if request.method == "POST":
            return self._change(view, request.values)
        return self._show(view) if request.method == "GET" else Answer(b"", 405)

    def _read_view(self, request: Request) -> View:
        query = {name: values[0] for name, values in parse_qs(request.query).items()}
        own = self.sandbox.state.credentials["smsmasking"]["username"]
        known = query.get("username") if query.get("username") in self.sandbox.state.books else own
        page = query.get("page", "")
        number = int(page) if page.isdecimal() and len(page) < 8 else 1
        return View(language_of(request), known or own, query.get("q", "").strip(), max(1, number))

    def _change(self, view: View, fields: Mapping[str, str]) -> Answer:
        action = self._actions.get(fields.get("action", ""))
        if action is None or any(len(value) > MAX_FIELD for value in fields.values()):
            return self._show(view, error=_("That did not work; nothing has changed."), status=400)
        try:
            action(self.sandbox.phonebook(view.username), fields)
        except Refused as error:
            return self._show(view, error=MESSAGES[error.code], status=400)
        return Answer(b"", 303, headers=(("Location", view.url()),))

    def _show(self, view: View, *, error: Any = "", status: int = 200) -> Answer:
        book = self.sandbox.phonebook(view.username)
        entries, has_more = seek(book, view)
        with book.lock:
            groups = [(identifier, name, len(book.members(name))) for identifier, name in book.groups.items()]
            total = len(book.entries)
        context = {
            "view": view, "entries": entries, "groups": groups, "total": total, "error": error,
            "usernames": sorted(self.sandbox.state.books), "language": view.language,
            "languages": [(code, view.url(lang=code)) for code in LANGUAGES], "here": view.url(),
            "previous": view.url(page=view.page - 1) if view.page > 1 else "",
            "next": view.url(page=view.page + 1) if has_more else "", "max_field": MAX_FIELD,
        }  # fmt: skip
        with translation.override(view.language):
            page = render_to_string("sandbox/phonebook.html", context)
        return Answer(page.encode("utf-8", "replace"), status, headers=SECURITY)


def seek(book: Book, view: View) -> tuple[list[Entry], bool]:
    """The entries of the page that is looked at, newest first, and whether there are more."""
    with book.lock:
        newest = list(reversed(book.entries.values()))
    if view.query:
        newest = [entry for entry in newest if is_sought(entry, view.query)]
    start = (view.page - 1) * SHOWN
    return newest[start : start + SHOWN], len(newest) > start + SHOWN


def is_sought(entry: Entry, query: str) -> bool:
    """By words in name or group, or by the digits of the number as they stand there."""
    digits = "" if any(map(str.isalpha, query)) else re.sub(r"\D", "", query)
    words = query.casefold()
    has_number = bool(digits) and digits in re.sub(r"\D", "", entry.mobile)
    return has_number or words in entry.name.casefold() or words in entry.group.casefold()
