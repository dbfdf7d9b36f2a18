"""Which of our messages a line of the statement means, and what there is to say about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone

from providers.models import Account
from smsops.messaging.models import Message
from smsops.messaging.status import Status
from smsops.reports.monthly.definitions import BILLABLE
from smsops.reports.monthly.prices import PriceBook
from smsops.reports.rollup_rules import moment
from smsops.reports.statements.models import Statement, StatementLine

Verdict = StatementLine.Verdict
# A provider's clock and ours, and the time a batch takes.
NEARBY = timedelta(minutes=30)
# What rounding makes of a price.
TOLERANCE = Decimal("0.01")


def login_accounts(account: Account) -> list[int]:
    """The account and those that share its login: a statement is of the login."""
    same = Account.objects.filter(provider=account.provider, base_url=account.base_url)
    name = account.login_name
    return [account.pk, *(other.pk for other in same if other.pk != account.pk and name and other.login_name == name)]


class Matcher:
    """Decides over lines, some hundred at a time; `lines` are changed and not saved."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._account = statement.account
        self._accounts = login_accounts(statement.account)
        self._prices = PriceBook(Account.objects.filter(pk__in=self._accounts))
        self._zone = timezone.get_default_timezone()

    def by_id(self, lines: Sequence[StatementLine]) -> None:
        forms = {form for line in lines for form in self._forms(line)}
        found = self._messages(Q(provider_message_id__in=forms) | Q(reference__in=forms)) if forms else []
        by_form = {form: message for message in found for form in (message.provider_message_id, message.reference)}
        charged = self._charged([message.pk for message in found])
        for line in lines:
            message = next((by_form[form] for form in self._forms(line) if form and form in by_form), None)
            if message is not None:
                self._decide(line, message, charged)

    def by_number(self, lines: Sequence[StatementLine]) -> None:
        """Number, time and segments; what fits no message of ours is only theirs."""
        times = [line.at for line in lines if line.at and line.recipient]
        found = self._near({line.recipient for line in lines} - {""}, times)
        charged = self._charged([message.pk for messages in found.values() for message in messages])
        for line in lines:
            message = self._nearest(line, found.get(line.recipient, []), charged)
            if message is None:
                line.verdict = Verdict.THEIRS
            else:
                self._decide(line, message, charged)

    def _forms(self, line: StatementLine) -> tuple[str, ...]:
        return self._account.adapter.id_forms(line.provider_message_id) if line.provider_message_id else ()

    def _messages(self, which: Q) -> list[Any]:
        rows = Message.objects.filter(which, account__in=self._accounts).order_by("pk")
        return list(rows.annotate(at=moment()).defer("text"))

    def _near(self, numbers: Collection[str], times: Sequence[datetime]) -> dict[str, list[Any]]:
        if not numbers or not times:
            return {}
        within = Q(recipient__in=numbers, at__gte=min(times) - NEARBY, at__lte=max(times) + NEARBY)
        rows = Message.objects.annotate(at=moment()).filter(within, account__in=self._accounts)
        found: dict[str, list[Any]] = {}
        for message in rows.order_by("pk").defer("text"):
            found.setdefault(message.recipient, []).append(message)
        return found

    def _charged(self, ids: Iterable[int]) -> set[int]:
        """Those of these messages that a line stands for already."""
        lines = StatementLine.objects.filter(statement=self._statement, message__in=list(ids))
        return set(lines.values_list("message_id", flat=True))

    @staticmethod
    def _nearest(line: StatementLine, messages: Sequence[Any], charged: set[int]) -> Any:
        """One that no line stands for goes before one that is charged already."""
        if line.at is None:
            return None
        at = line.at
        fitting = [
            message for message in messages
            if abs(message.at - at) <= NEARBY and line.segments in (None, message.segments)
        ]  # fmt: skip
        return min(fitting, key=lambda message: (message.pk in charged, abs(message.at - at)), default=None)

    def _decide(self, line: StatementLine, message: Any, charged: set[int]) -> None:
        status = message.booked_status or message.status
        line.message, line.our_cost = message, self.cost_of(message, status)
        line.verdict = self._verdict(line, message, status, message.pk in charged)
        charged.add(message.pk)

    def _verdict(self, line: StatementLine, message: Any, status: str, is_charged: bool) -> str:
        if line.price is not None and line.price == 0:
            return Verdict.AGREED if not line.our_cost else Verdict.PRICE
        if is_charged:
            return Verdict.CHARGED_TWICE
        if status == Status.UNCERTAIN:
            return Verdict.CHARGED_UNCERTAIN
        if status not in BILLABLE:
            return Verdict.CHARGED_FAILED
        if line.price is not None and line.our_cost is not None and abs(line.price - line.our_cost) > TOLERANCE:
            return Verdict.PRICE
        return Verdict.AGREED if line.segments in (None, message.segments) else Verdict.PRICE

    def cost_of(self, message: Any, status: str) -> Decimal | None:
        """As the monthly report has it; None: not billable, or not known."""
        if status not in BILLABLE:
            return None
        if message.booked_month is not None:
            return message.booked_price
        if message.price is not None:
            return message.price
        day = message.at.astimezone(self._zone).date()
        each = self._prices.per_segment(message.account_id, message.channel, message.operator, day)
        return None if each is None else each * message.segments
