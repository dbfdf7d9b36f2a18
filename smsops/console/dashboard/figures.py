"""A number with the list that it stands for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import number_format

from smsops.messaging.status import Status

COUNT_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Figure:
    """`text` is `1.000+` beyond the limit; `usual` and `note` say what to think of it. No `url`: no list to open."""

    label: str
    text: str
    url: str = ""
    usual: str = ""
    note: str = ""
    colour: str = ""


def capped(rows: QuerySet, limit: int = COUNT_LIMIT) -> tuple[str, int]:
    """How many rows there are, as words and as a number; counted no farther than the limit."""
    count = rows.order_by()[: limit + 1].count()
    return (f"{number_format(limit)}+" if count > limit else number_format(count)), count


def messages_url(
    statuses: Iterable[Status], *, first: date | None = None, last: date | None = None, **filters: Any
) -> str:
    """The list of messages of these statuses that count on these days."""
    given = sorted(status.value for status in statuses)
    query: dict[str, Any] = {"status__exact": given[0]} if len(given) == 1 else {}
    if len(given) > 1:
        query["status__in"] = ",".join(given)
    query |= filters
    if first is not None:
        query |= {"counted_from": first.isoformat(), "counted_to": (last or first).isoformat()}
    return f"{reverse('admin:messaging_message_changelist')}?{urlencode(query)}"
