"""A month on the screen, read from roll-ups: it costs the same however many messages there were."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from providers.formats import money
from smsops.messaging.status import LABELS, Status
from smsops.reports.monthly.figures import Figures, Tally
from smsops.reports.monthly.names import Names
from smsops.reports.monthly.selection import Selection

# Campaigns and reasons shown; the workbook has all.
MOST_ROWS = 25
NOT_DELIVERED = (Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED)
# (statuses, colour that is told apart in the light and in the dark): those of the first page, where it has them.
BARS = (
    ((Status.DELIVERED,), "#16a34a"),
    ((Status.SENT,), "#94a3b8"),
    (NOT_DELIVERED, "#7c3aed"),
    ((Status.FAILED,), "#dc2626"),
    ((Status.UNCERTAIN,), "#d97706"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """`rows`: (what stands first, the figures as words)."""

    title: str
    key: str
    head: str
    columns: list[str]
    rows: list[tuple[str, list[str]]]
    left_out: int = 0


# --- tables ----------------------------------------------------------------------------------------------------------


def page_tables(selection: Selection, figures: Figures) -> list[Table]:
    names = Names(selection.accounts)
    names.learn(figures.campaigns, figures.people)
    columns = _columns(figures)

    def table(title: str, key: str, head: str, found: Iterable[tuple[str, Tally]]) -> Table:
        listed = list(found)
        most = len(listed) if key == "days" else MOST_ROWS
        rows = [(name, _cells(tally, figures)) for name, tally in listed[:most]]
        return Table(title, key, head, columns, rows, max(len(listed) - most, 0))

    return [
        table(_("Per day"), "days", _("Day"), ((_day(day), tally) for day, tally in sorted(figures.days.items()))),
        table(_("Per account"), "accounts", _("Account"), _largest(figures.accounts, names.accounts.__getitem__)),
        table(_("Per operator"), "operators", _("Operator"), _largest(figures.operators, names.operator)),
        table(_("Per campaign"), "campaigns", _("Campaign"), _largest(figures.campaigns, names.campaign)),
        table(_("Per member of staff"), "people", _("Member of staff"), _largest(figures.people, names.person)),
        _reasons(figures, names),
    ]


def _largest(tallies: dict[Any, Tally], name: Callable[[Any], str]) -> list[tuple[str, Tally]]:
    found = [(name(key), tally) for key, tally in tallies.items()]
    return sorted(found, key=lambda entry: (-entry[1].messages, entry[0]))


def _columns(figures: Figures) -> list[str]:
    costs = [_("Cost (%(currency)s)") % {"currency": currency} for currency in figures.used_currencies]
    return [
        _("Messages"), str(LABELS[Status.DELIVERED]), _("No report yet"), _("Not delivered"), _("Failed"),
        _("Uncertain"), _("Billable segments"), *costs, _("Delivery rate"),
    ]  # fmt: skip


def _cells(tally: Tally, figures: Figures) -> list[str]:
    counts = [
        tally.messages, tally.counts[Status.DELIVERED], tally.counts[Status.SENT], tally.count(*NOT_DELIVERED),
        tally.counts[Status.FAILED], tally.counts[Status.UNCERTAIN], tally.billable_segments,
    ]  # fmt: skip
    return [*map(shown, counts), *_costs(tally, figures), rate_shown(tally.rate)]


def _costs(tally: Tally, figures: Figures) -> list[str]:
    return [
        money(tally.cost.get(currency, Decimal(0)).quantize(Decimal("0.01")), currency)
        for currency in figures.used_currencies
    ]


def _reasons(figures: Figures, names: Names) -> Table:
    found = sorted(figures.reasons.items(), key=lambda entry: -sum(entry[1].counts.values()))
    rows = [
        (names.accounts[account], [names.statuses[status], code or "–", shown(tally.messages), shown(tally.segments)])
        for (account, status, code), tally in found
    ]
    columns = [_("Status"), _("Provider's code"), _("Messages"), _("Segments")]
    left_out = max(len(rows) - MOST_ROWS, 0)
    return Table(_("Failures by reason"), "reasons", _("Account"), columns, rows[:MOST_ROWS], left_out)


def shown(count: int) -> str:
    return str(number_format(count, force_grouping=True))


def rate_shown(rate: float | None) -> str:
    return "–" if rate is None else f"{number_format(round(rate * 100, 1))} %"


def _day(day: date) -> str:
    return str(date_format(day, "D j M"))


# --- the chart and the cards -----------------------------------------------------------------------------------------


def page_cards(figures: Figures) -> list[tuple[str, str]]:
    total = figures.total
    cards = [
        (_("Messages"), shown(total.messages)), (_("Delivered"), shown(total.counts[Status.DELIVERED])),
        (_("Delivery rate"), rate_shown(total.rate)), (_("Not delivered"), shown(total.count(*NOT_DELIVERED))),
        (_("Failed"), shown(total.counts[Status.FAILED])),
        (_("Uncertain"), shown(total.counts[Status.UNCERTAIN])),
        (_("Billable segments"), shown(total.billable_segments)),
    ]  # fmt: skip
    cards += [(_("Cost"), cost) for cost in _costs(total, figures)]
    return [*cards, *([(_("Without a price"), shown(total.unpriced))] if total.unpriced else [])]


def page_chart(selection: Selection, figures: Figures) -> str:
    """For the theme's bar chart, day by day."""
    days = [figures.days.get(day, Tally()) for day in selection.month.days]
    datasets = [
        {"label": title, "data": [tally.count(*statuses) for tally in days], "backgroundColor": color, "stack": "day"}
        for title, (statuses, color) in zip(_bar_titles(), BARS, strict=True)
    ]
    return json.dumps({"labels": [day.day for day in selection.month.days], "datasets": datasets})


def page_legend() -> list[tuple[str, str]]:
    """(colour, what it stands for)"""
    return [(color, title) for title, (_statuses, color) in zip(_bar_titles(), BARS, strict=True)]


def _bar_titles() -> list[str]:
    return [str(LABELS[Status.DELIVERED]), _("No report yet"), _("Not delivered"), _("Failed"), _("Uncertain")]


def totals(figures: Figures) -> Sequence[str]:
    """The cells under the columns of each table of figures."""
    return _cells(figures.total, figures)
