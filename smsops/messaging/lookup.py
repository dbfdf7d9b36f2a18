"""Finding messages in a table of millions: only by what has an index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.forms import RangeDateForm

from providers.numbers import to_e164
from smsops.messaging.models import Message, MessageQuerySet
from smsops.messaging.moments import day_span, settled_moment

MAX_FOUND = 200
FIRST_DAY, LAST_DAY = date(1970, 1, 2), date(9999, 1, 1)


def find_messages(rows: MessageQuerySet, term: str) -> MessageQuerySet:
    """By a number in any spelling, our reference, or the provider's id; all of them exact."""
    term = term.strip()
    ids = set(Message.objects.filter(reference=term.lower()).values_list("pk", flat=True))
    theirs = Message.objects.filter(provider_message_id=term).exclude(provider_message_id="")
    ids.update(theirs.order_by("-pk").values_list("pk", flat=True)[:MAX_FOUND])
    number = to_e164(term)
    return rows.filter(Q(pk__in=ids) | Q(recipient=number)) if number else rows.filter(pk__in=ids)


def reference_at(moment: datetime) -> str:
    """Where references made at this moment begin: they grow with time (see `new_reference`)."""
    return f"{int(moment.timestamp() * 1000):011x}"


class WrittenFilter(admin.ListFilter):
    """From one day to another, in the person's zone, by the index of the references."""

    title = _("date")
    template = "unfold/filters/filters_date_range.html"
    form_class = RangeDateForm
    parameter_name = "written"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.request = request
        for name in self.expected_parameters():
            if name in params:
                value = params.pop(name)
                self.used_parameters[name] = value[-1] if isinstance(value, list) else value

    def expected_parameters(self) -> list[str | None]:
        return [f"{self.parameter_name}_from", f"{self.parameter_name}_to"]

    def has_output(self) -> bool:
        return True

    def form(self) -> RangeDateForm:
        return RangeDateForm(self.parameter_name, data=self.used_parameters)

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        yield {"request": self.request, "parameter_name": self.parameter_name, "form": self.form()}

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        form = self.form()
        if not form.is_valid():
            return queryset
        first, last = (form.cleaned_data.get(str(name)) for name in self.expected_parameters())
        if first:
            queryset = queryset.filter(reference__gte=reference_at(_midnight(first)))
        if last:
            queryset = queryset.filter(reference__lt=reference_at(_midnight(min(last, LAST_DAY) + timedelta(days=1))))
        return queryset


def _midnight(day: date) -> datetime:
    """Of a day that clocks can tell in every zone."""
    day = min(max(day, FIRST_DAY), LAST_DAY)
    return timezone.make_aware(datetime.combine(day, time.min))


class CountedFilter(WrittenFilter):
    """By the days on which messages count in the figures (TIME_ZONE): sent, or ended without."""

    title = _("sent or ended")
    parameter_name = "counted"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        form = self.form()
        if not form.is_valid():
            return queryset
        first, last = (form.cleaned_data.get(str(name)) for name in self.expected_parameters())
        rows = queryset.alias(settled_moment=settled_moment()) if first or last else queryset
        if first:
            rows = rows.filter(settled_moment__gte=day_span(min(max(first, FIRST_DAY), LAST_DAY))[0])
        if last:
            rows = rows.filter(settled_moment__lt=day_span(min(max(last, FIRST_DAY), LAST_DAY))[1])
        return rows
