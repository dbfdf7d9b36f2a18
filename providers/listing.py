"""Admin lists of tables with millions of rows: nothing is counted, and only "previous" and "next" lead on."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

# Farther back a search or a filter leads; an offset would read all rows before it.
LAST_PAGE = 200


class InfinitePaginator(Paginator):
    """Reads one row more than it shows, to know whether there is a next page. The theme knows it by this name.

    First the ids alone, which an index of the filter holds in their order; asked for whole rows, the database would
    rather walk through the table in the hope of finding some soon, and where none came lately it reads millions.
    """

    object_list: Any
    template_name = "admin/pagination_countless.html"

    @property
    def count(self) -> int:
        """More than one page holds, so that the list always asks for a page."""
        return self.per_page * LAST_PAGE

    def page(self, number: int | str) -> Page:
        number = int(number)
        if not 1 <= number <= LAST_PAGE:
            raise InvalidPage
        first = (number - 1) * self.per_page
        ids = list(self.object_list.values_list("pk", flat=True)[first : first + self.per_page + 1])
        is_beyond = len(ids) > self.per_page
        self.has_more = is_beyond and number < LAST_PAGE
        self.is_cut = is_beyond and number == LAST_PAGE
        return Page(self._rows(ids[: self.per_page]), number, self)

    def _rows(self, ids: list[Any]) -> list[Model]:
        """In the order of their ids; what has changed so much since that the filter no longer wants it is left out."""
        found = {row.pk: row for row in self.object_list.order_by().filter(pk__in=ids)}
        return [found[pk] for pk in ids if pk in found]


class OfferedLookups(ModelAdmin):
    """Filters in a list's address only by what the list offers: Django lets every column of the row be asked for, so
    that `?callback_token__startswith=a` would tell, letter by letter, what no page shows."""

    # Beyond `list_filter`: columns that links of ours filter by.
    linked_lookups: tuple[str, ...] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        column = lookup.split("__")[0]
        columns = {field.name for field in self.opts.get_fields()} | {"pk"}
        if column in columns and column not in self._offered_columns(request):
            return False
        return super().lookup_allowed(lookup, value, request)

    def get_paginator(self, request: HttpRequest, queryset: QuerySet, per_page: int, *args: Any) -> Paginator:
        """The history of one row is short, and its page shows a count."""
        kind = Paginator if queryset.model is LogEntry else self.paginator
        return kind(queryset, per_page, *args)

    def _offered_columns(self, request: HttpRequest) -> set[str]:
        filters = (entry[0] if isinstance(entry, tuple | list) else entry for entry in self.get_list_filter(request))
        return {str(entry).split("__")[0] for entry in (*filters, *self.linked_lookups)}


class ReadOnlyAdmin(OfferedLookups):
    """Rows that are a record: to be looked at, not to be written."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_disable_select_all = True
    list_per_page = 50
    list_max_show_all = 0
    sortable_by = ()
    actions: Any = None

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        shut = self._shut_fields(request)
        return [
            (title, options | {"fields": [shut.get(name, name) for name in options["fields"]]})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def _shut_fields(self, request: HttpRequest) -> dict[str, Any]:
        """What leads to rows that this person may not open, as words without a link."""
        links = [field for field in self.opts.fields if isinstance(field, ForeignKey)]
        return {field.name: _unlinked(field) for field in links if not _may_open(field.related_model, request)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _may_open(model: Any, request: HttpRequest) -> bool:
    return any(
        request.user.has_perm(f"{model._meta.app_label}.{verb}_{model._meta.model_name}") for verb in ("view", "change")
    )


def _unlinked(field: ForeignKey) -> Any:
    """The field's column without its link. Made for each request: the admin page is shared by all people."""

    @admin.display(description=field.verbose_name)
    def shown(row: Model) -> str:
        return str(getattr(row, field.name) or "–")

    return shown
