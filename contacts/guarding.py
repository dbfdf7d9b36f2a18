"""Pages of the admin site that one permission opens."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed

View = Callable[..., HttpResponseBase]


def needs(permission: str, *, post_only: bool = False, is_own: bool = False) -> Callable[[View], View]:
    """`is_own`: the page shows rows of one's own only, so that the permission alone does not open it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            if post_only and request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            return view(request, *args, **kwargs)

        if not is_own:
            # Read by whoever lists the addresses and who may open them.
            vars(guarded)["permission"] = permission
        return guarded

    return decorate
