"""Writes down who took which file away, wherever a page answers with one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from providers.cleaning import clip
from smsops.console.models import DownloadLog


class DownloadLogMiddleware:
    """A page that gives a file to a person who is logged in; one that forgets to tell is not possible."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        disposition = response.headers.get("Content-Disposition", "")
        if response.status_code == 200 and disposition.startswith("attachment") and request.user.is_authenticated:
            write_download(request, actor=request.user, file_name=disposition.partition("filename=")[2].strip('"'))
        return response


def write_download(request: HttpRequest, *, actor: Any, file_name: str) -> None:
    DownloadLog.objects.create(
        actor=actor,
        file_name=clip(file_name, 200),
        page=clip(request.path, 200),
        filter=clip(request.GET.urlencode(), 1000),
    )
