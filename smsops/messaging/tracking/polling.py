"""Asking the providers: delivery reports that no callback has brought, and balances."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from providers.asking import asking, keep_calls
from providers.base import Provider
from providers.errors import Uncertain
from providers.models import Account
from providers.services import record_balance
from smsops.messaging.delivery import apply_reports
from smsops.messaging.models import Message, MessageEvent
from smsops.messaging.status import Status
from smsops.messaging.tracking.horizon import report_horizon

MOST_AT_A_TIME = 10_000
MOST_FAILURES = 3
FIRST_WAIT = timedelta(seconds=60)
LONGEST_WAIT = timedelta(hours=6)
# What the provider itself keeps until later is on its way from then on.
LEFT_AT = Coalesce("provider_scheduled_for", "sent_at")


def pollable_accounts() -> Iterator[Account]:
    """Accounts that may be asked: in use, not suspended, with that feature."""
    for account in Account.objects.sending():
        if account.adapter.capabilities_for(account.options).report_poll:
            yield account


def poll_reports(*, account: Account, ask_all: bool = False) -> int:
    """Ask for the reports of sent messages; `ask_all` asks whatever the back-off. Returns how many were applied.

    Raises one of `providers.errors`; no transaction is open during a call. An id that the provider has no answer for
    keeps nobody else from being asked for, but three such answers in a row end it.
    """
    applied = failures = 0
    _stop_asking(account)
    with asking(account) as provider:
        for batch in _batches(account, ask_all, provider.capabilities.max_report_ids):
            try:
                applied += _poll_batch(account, provider, batch)
                failures = 0
            except Uncertain:
                failures += 1
                if failures >= MOST_FAILURES:
                    raise
    return applied


def _waiting_for_report(account: Account, ask_all: bool) -> QuerySet[Message]:
    since = Now() - report_horizon(account)
    sent = Message.objects.filter(account=account, status=Status.SENT, report_asked=True)
    sent = sent.alias(left_at=LEFT_AT).filter(left_at__gt=since)
    sent = sent.exclude(provider_message_id="")
    return sent if ask_all else sent.filter(next_poll_at__lte=Now())


def _stop_asking(account: Account) -> None:
    """What nobody has told in all that time is not looked at again each minute for ever."""
    due = Message.objects.filter(account=account, status=Status.SENT, next_poll_at__lte=Now())
    old = due.alias(left_at=LEFT_AT).filter(left_at__lte=Now() - report_horizon(account))
    ids_of_old = old.order_by("next_poll_at").values_list("id", flat=True)
    while ids := list(ids_of_old[:MOST_AT_A_TIME]):
        Message.objects.filter(id__in=ids, status=Status.SENT).update(next_poll_at=None)


def _uncertain_with_id(account: Account, ask_all: bool) -> QuerySet[Message]:
    """What may have gone out, and has an id to ask by: an answer settles it. By the index of what is uncertain."""
    since = Now() - report_horizon(account)
    rows = Message.objects.filter(status=Status.UNCERTAIN, report_asked=True, attempted_at__gt=since)
    rows = rows.alias(owner=F("account_id") + 0).filter(owner=account.pk).exclude(provider_message_id="")
    return rows if ask_all else rows.filter(Q(next_poll_at=None) | Q(next_poll_at__lte=Now()))


def _batches(account: Account, ask_all: bool, size: int) -> Iterator[list[Message]]:
    questions = (_waiting_for_report(account, ask_all), _uncertain_with_id(account, ask_all))
    ordered = (
        messages.order_by("next_poll_at").values_list("id", flat=True)[:MOST_AT_A_TIME] for messages in questions
    )
    ids = [id for found in ordered for id in found]
    for start in range(0, len(ids), size):
        yield list(Message.objects.filter(id__in=ids[start : start + size]))


def _poll_batch(account: Account, provider: Provider, batch: list[Message]) -> int:
    try:
        reports = provider.fetch_reports([message.provider_message_id for message in batch])
        keep_calls(account, provider, is_plain=True)
    finally:
        keep_calls(account, provider, is_plain=False)
        _ask_later(batch)
    return apply_reports(account=account, reports=reports, source=MessageEvent.Source.POLL).matched


def _ask_later(batch: list[Message]) -> None:
    """The older a message without a report, the longer until it is asked for again."""
    now = timezone.now()
    for message in batch:
        left_at = message.provider_scheduled_for or message.sent_at or message.attempted_at or now
        wait = min(max((now - left_at) / 2, FIRST_WAIT), LONGEST_WAIT)
        message.next_poll_at = max(now, left_at) + wait
    Message.objects.bulk_update(batch, ["next_poll_at"])


def poll_balance(*, account: Account) -> None:
    """Read the balance and keep the reading; raises one of `providers.errors`."""
    with asking(account) as provider:
        balance = provider.check()
        keep_calls(account, provider, is_plain=True)
    if balance is not None:
        record_balance(account=account, balance=balance)


def accounts_with_balance() -> Iterator[Account]:
    for account in Account.objects.sending():
        if account.adapter.capabilities_for(account.options).balance:
            yield account
