"""Pages of ours in the look of the admin site, and files that a person takes home."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.formats import number_format

FILE_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


def show_page(request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, admin.site.each_context(request) | {"title": title} | context)


def ask_first(
    request: HttpRequest, *, title: str, text: str, button: str, cancel_url: str, **more: Any
) -> HttpResponse:
    """A page to confirm, whose form goes to its own address. `more`: `rows` and `more_rows`, `hidden` (name, value),
    `form`, `is_dangerous`, `opts`."""
    context = {"text": text, "button": button, "cancel_url": cancel_url, **more}
    return show_page(request, "admin/confirm_action.html", title, context)


def offer_file(name: str, content: bytes | Iterable[bytes]) -> HttpResponseBase:
    """Streamed where it comes in pieces. What kind of file it is stands at the end of its name."""
    kind = FILE_TYPES[name.rpartition(".")[2]]
    made = HttpResponse if isinstance(content, bytes) else StreamingHttpResponse
    return made(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def progress_told(
    state: str, words: str, done: int, *, is_busy: bool, total: int = 0, poll_seconds: int = 1
) -> dict[str, Any]:
    """How far work is, for a page and its script: `words` name the `count`, `total` is 0 where nobody knows it yet."""
    return {
        "state": state,
        "done": min(done, total) if total else done,
        "total": total,
        "summary": words % {"count": number_format(done, force_grouping=True)},
        "poll_seconds": poll_seconds if is_busy else 0,
    }


def whole_number(text: str) -> int:
    """What an address or a form names; 0 where it is none, or larger than any id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
