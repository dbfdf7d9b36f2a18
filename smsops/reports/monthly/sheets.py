"""The sheets of figures: one table each, all with the same columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name

from smsops.messaging.status import LABELS, Status
from smsops.reports.monthly.book import COUNT, DATE, MONEY, RATE, TEXT, Book, Column, Written, write_table
from smsops.reports.monthly.definitions import DEFINITIONS
from smsops.reports.monthly.figures import Figures, Tally
from smsops.reports.monthly.month import Month
from smsops.reports.monthly.names import Names

# Statuses with a column each, in their order.
SHOWN = (
    Status.DELIVERED, Status.SENT, Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED, Status.FAILED,
    Status.UNCERTAIN,
)  # fmt: skip


def tally_columns(figures: Figures, lead: int) -> list[Column]:
    """The columns of every table of figures after its first `lead`."""
    titles = [_("Messages"), *(str(LABELS[status]) for status in SHOWN), _("Not sent"), _("Segments"),
              _("Billable messages"), _("Billable segments")]  # fmt: skip
    counts = [Column(title, COUNT, 12, is_summed=True) for title in titles]
    money = [
        Column(_("Cost (%(currency)s)") % {"currency": currency}, _money(currency), 14, is_summed=True)
        for currency in figures.used_currencies
    ]
    delivered, billable = (xl_col_to_name(lead + place) for place in (1, titles.index(_("Billable messages"))))
    rate = Column(
        _("Delivery rate"), RATE, 10, value=figures.total.rate,
        formula=lambda row: f'IF({billable}{row}=0,"",{delivered}{row}/{billable}{row})',
    )  # fmt: skip
    return [*counts, *money, Column(_("Without a price"), COUNT, 12, is_summed=True), rate]


def _money(currency: str) -> str:
    return MONEY if currency == "IDR" else "cents"


def tally_cells(tally: Tally, currencies: Sequence[str]) -> list[Any]:
    return [
        tally.messages, *(tally.counts[status] for status in SHOWN), tally.not_sent, tally.segments, tally.billable,
        tally.billable_segments, *(tally.cost.get(currency, 0) for currency in currencies), tally.unpriced, tally.rate,
    ]  # fmt: skip


class FigureSheets:
    """The sheets are made at once, so that they stand before the details; they are filled when all is counted."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.summary = book.add_sheet(_("Summary"))
        self.about = book.add_sheet(_("What was counted"))
        self._days = book.add_sheet(_("Per day"))
        self._accounts = book.add_sheet(_("Per account"))
        self._operators = book.add_sheet(_("Per operator"))
        self._channels = book.add_sheet(_("Per channel"))
        self._campaigns = book.add_sheet(_("Per campaign"))
        self._people = book.add_sheet(_("Per member of staff"))
        self._reasons = book.add_sheet(_("Failures by reason"))

    def fill(self, figures: Figures, month: Month, names: Names) -> Written:
        """Returns where the accounts' totals stand: those of the month."""
        text = Column
        days = sorted({*month.days, *figures.days})
        self._table(self._days, figures, [text(_("Day"), DATE, 12)],
                    (([day], figures.days.get(day, Tally())) for day in days))  # fmt: skip
        by_account = self._table(self._accounts, figures, [text(_("Account"), TEXT, 24)],
                                 _sorted(figures.accounts, lambda pk: [names.accounts[pk]]))  # fmt: skip
        self._table(self._operators, figures, [text(_("Operator"), TEXT, 20)],
                    _sorted(figures.operators, lambda name: [names.operator(name)]))  # fmt: skip
        self._table(self._channels, figures, [text(_("Channel"), TEXT, 12), text(_("Kind"), TEXT, 16)],
                    _sorted(figures.channels, lambda key: [names.channels[key[0]], names.kinds[key[1]]]))  # fmt: skip
        self._table(self._campaigns, figures, [text(_("Campaign"), TEXT, 36)],
                    _sorted(figures.campaigns, lambda pk: [names.campaign(pk)]))  # fmt: skip
        self._table(self._people, figures, [text(_("Member of staff"), TEXT, 24)],
                    _sorted(figures.people, lambda pk: [names.person(pk)]))  # fmt: skip
        self._fill_reasons(figures, names)
        return by_account

    def _table(
        self, sheet: Any, figures: Figures, lead: list[Column], rows: Iterable[tuple[list[Any], Tally]]
    ) -> Written:
        columns = [*lead, *tally_columns(figures, len(lead))]
        cells = ([*head, *tally_cells(tally, figures.used_currencies)] for head, tally in rows)
        return write_table(self._book, sheet, columns, cells, total=_("Total"), empty=_nothing())

    def _fill_reasons(self, figures: Figures, names: Names) -> None:
        columns = [
            Column(_("Account"), TEXT, 24), Column(_("Status"), TEXT, 24), Column(_("Provider's code"), TEXT, 16),
            Column(_("Messages"), COUNT, 12, is_summed=True), Column(_("Segments"), COUNT, 12, is_summed=True),
        ]  # fmt: skip
        rows: list[list[Any]] = [
            [names.accounts[account], names.statuses[status], code, tally.messages, tally.segments]
            for (account, status, code), tally in figures.reasons.items()
        ]
        rows.sort(key=lambda row: (row[0], -row[3], *row[1:3]))
        empty = _("Nothing failed in this month.")
        write_table(self._book, self._reasons, columns, rows, total=_("Total"), empty=empty)

    def fill_about(self, facts: Sequence[tuple[str, Any]]) -> None:
        """What the report is, and the definitions."""
        self.about.set_column(0, 0, 26)
        self.about.set_column(1, 1, 100)
        self.about.write_string(0, 0, _("What was counted, and when"), self._book.title)
        for row, (name, value) in enumerate([*facts, ("", ""), *DEFINITIONS], start=2):
            if name:
                self.about.write_string(row, 0, str(name), self._book.head)
                self.about.write_string(row, 1, str(value), self._book.wrapped)


def _nothing() -> str:
    return _("No messages in this month.")


def _sorted(tallies: dict[Any, Tally], lead: Callable[[Any], list[str]]) -> list[tuple[list[Any], Tally]]:
    """By name; none of the names needs to be unique."""
    found = [(lead(key), tally) for key, tally in tallies.items()]
    return sorted(found, key=lambda entry: [text.casefold() for text in entry[0]])
