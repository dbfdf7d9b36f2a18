"""The page for a request that Django refuses to read, such as a form of more than 4 MB."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.shortcuts import render

STEP = 64 * 1024
# A caller who sends more than this meets a closed connection.
MOST_DRAINED = 64 * 1024 * 1024


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What is still on its way is read first: else the browser tells of a broken connection instead of this page."""
    _drain(request)
    return render(request, "400.html", status=400)


def _drain(request: HttpRequest) -> None:
    left = MOST_DRAINED
    try:
        while left > 0 and (chunk := request.read(STEP)):
            left -= len(chunk)
    except UnreadablePostError:
        pass
