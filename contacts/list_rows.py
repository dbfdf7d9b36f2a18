"""The contacts that a list in the admin shows, found again from the list's address."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from contacts.models import Contact, GroupChange


def rows_of_list(query: str, user: Any) -> QuerySet[Contact]:
    """All rows of the list with this query string, whatever its page. Raises ValueError where there is none."""
    request = HttpRequest()
    request.method, request.user = "GET", user
    request.GET = QueryDict(query)
    model_admin = admin.site.get_model_admin(Contact)
    try:
        found = model_admin.get_changelist_instance(request).get_queryset(request)
    except (IncorrectLookupParameters, SuspiciousOperation) as error:
        raise ValueError(query) from error
    return found.order_by().prefetch_related(None).select_related(None)


def find_selected(change: GroupChange) -> QuerySet[Contact]:
    """The contacts that a change of a group is about."""
    if "ids" in change.selection:
        return Contact.objects.filter(pk__in=change.selection["ids"])
    return rows_of_list(str(change.selection["query"]), change.created_by)
