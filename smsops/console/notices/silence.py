"""Accounts whose delivery reports stopped coming: a dead callback address looks like bad luck for days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from providers.models import Account, CallbackReceipt
from smsops.console.notices.detecting import Finding, of_account
from smsops.messaging.models import Message, MessageEvent
from smsops.messaging.status import RANKS

# Of the account's newest messages so many are looked at; with fewer than `ENOUGH` that should have had a report by
# now, nobody can tell.
NEWEST = 1000
ENOUGH = 10
WAIT = timedelta(hours=1)
LATELY = timedelta(days=1)


def silent_accounts(opened: set[str]) -> Iterator[Finding]:
    """Messages were sent over an hour ago, and none was reported on, though the account's provider pushes reports."""
    for account in Account.objects.filter(is_active=True):
        subject = f"account:{account.pk}"
        if not _pushes(account):
            continue
        sent = _overdue(account)
        is_dead = not _was_reported(sent) if len(sent) >= ENOUGH else subject in opened and not _came_lately(account)
        if is_dead:
            yield Finding(subject, of_account(account) | {"count": len(sent)})


def _pushes(account: Account) -> bool:
    """Whether reports come by callback: where they can be asked for as well, only if one has ever come."""
    capabilities = account.adapter.capabilities_for(account.options)
    if not capabilities.report_push:
        return False
    return not capabilities.report_poll or _reports(account).exists()


def _reports(account: Account) -> QuerySet[CallbackReceipt]:
    return CallbackReceipt.objects.filter(
        account=account, kind=CallbackReceipt.Kind.REPORTS, source=CallbackReceipt.Source.PUSH
    ).order_by()


def _overdue(account: Account) -> list[int]:
    """Of the account's newest messages those that were handed over in the last day, an hour ago or longer."""
    now = timezone.now()
    newest = Message.objects.filter(account=account).order_by("-id").values("pk")[:NEWEST]
    rows = Message.objects.filter(pk__in=newest, report_asked=True, status__in=list(RANKS)).order_by()
    rows = rows.filter(sent_at__gt=now - LATELY, sent_at__lt=now - WAIT, provider_scheduled_for=None)
    return list(rows.values_list("pk", flat=True))


def _was_reported(messages: list[int]) -> bool:
    callbacks = MessageEvent.objects.filter(message__in=messages, source=MessageEvent.Source.CALLBACK)
    return callbacks.order_by().exists()


def _came_lately(account: Account) -> bool:
    last = _reports(account).order_by("-id").values_list("received_at", flat=True).first()
    return last is not None and last > timezone.now() - LATELY
