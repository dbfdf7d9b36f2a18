"""Which messages a report is about, and where in their table they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Min, Q

from providers.models import Account
from smsops.messaging.models import Message, MessageQuerySet
from smsops.reports.monthly.month import Month
from smsops.reports.rollup_rules import counted_between

# Ids in one query: rows of a month lie side by side.
WINDOW = 5000
EVERY = Q()


@dataclass(frozen=True, slots=True)
class Selection:
    """A month of some accounts. Closed: what was written down when it was. Open: what stands there now; right after a
    closed month also what came to that one too late to be in it."""

    month: Month
    accounts: tuple[Account, ...]
    is_closed: bool = False
    follows_closed: bool = False

    @property
    def account_ids(self) -> list[int]:
        return [account.pk for account in self.accounts]

    def rows(self) -> MessageQuerySet:
        """Without an order."""
        found = Message.objects.order_by().filter(account__in=self.account_ids)
        if self.is_closed:
            return found.filter(booked_month=self.month.first)
        annotations, counted = self._counted()
        # While it is being closed, some of its rows are booked already.
        return found.alias(**annotations).filter(counted, Q(booked_month=None) | Q(booked_month=self.month.first))

    def _counted(self) -> tuple[dict[str, Any], Q]:
        first = self.month.previous if self.follows_closed else self.month
        return counted_between(first.span()[0], self.month.span()[1])

    def bounds(self, which: Q = EVERY) -> tuple[int, int] | None:
        """(smallest id, largest id); None where there is nothing."""
        found = self.rows().filter(which).aggregate(first=Min("pk"), last=Max("pk"))
        return None if found["first"] is None else (found["first"], found["last"])

    def windows(self, bounds: tuple[int, int] | None) -> Iterator[MessageQuerySet]:
        """The rows in the order of their ids, some thousand at a time: each a query of its own, so that nothing is
        held open while they are written."""
        if bounds is None:
            return
        rows = self.rows().order_by("pk")
        for start in range(bounds[0], bounds[1] + 1, WINDOW):
            yield rows.filter(pk__gte=start, pk__lt=start + WINDOW)
