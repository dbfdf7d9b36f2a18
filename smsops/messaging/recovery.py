"""What a dead worker left behind: claims older than their lease, on the database's clock."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_noop

from providers.encryption import UnreadableCredentials
from providers.models import Account
from smsops.messaging.lease import lease_seconds
from smsops.messaging.models import Message, MessageQuerySet
from smsops.messaging.queue import BATCH, COLUMNS, QueuedRow, locked, write_events
from smsops.messaging.status import Status

WORKER_LOST = gettext_noop("The worker ended while this was on its way to the provider; nobody knows whether it left.")
SUBMIT_AGAIN = gettext_noop("The worker ended while sending; submitted again under the same reference.")


def recover_claims() -> int:
    """Give back what was claimed and never marked; judge what was marked. Returns how many rows moved."""
    stale = Message.objects.filter(status=Status.SENDING, claimed_at__lt=Now() - timedelta(seconds=lease_seconds(0)))
    accounts = Account.objects.filter(pk__in=stale.order_by().values("account_id").distinct())
    return sum(_recover_account(account) for account in accounts)


def _recover_account(account: Account) -> int:
    lease = timedelta(seconds=lease_seconds(account.timeout_seconds))
    stale = Message.objects.filter(account=account, status=Status.SENDING, claimed_at__lt=Now() - lease)
    total = 0
    while count := _recover_batch(account, stale.order_by("claimed_at")):
        total += count
    return total


def _recover_batch(account: Account, stale: MessageQuerySet) -> int:
    with transaction.atomic():
        values = locked(stale).values_list("attempted_at", *COLUMNS)[:BATCH]
        found = [(attempted_at, QueuedRow(*row)) for attempted_at, *row in values]
        untouched = [row.id for attempted_at, row in found if attempted_at is None]
        marked = [row for attempted_at, row in found if attempted_at is not None]
        repeatable = _repeatable(account, marked)
        _give_back(untouched)
        _submit_again([row.id for row in marked if row.id in repeatable])
        _leave_uncertain([row.id for row in marked if row.id not in repeatable])
    return len(found)


def _repeatable(account: Account, rows: list[QueuedRow]) -> set[int]:
    """Which rows may be submitted again under their own reference."""
    try:
        provider = account.open_provider()
    except UnreadableCredentials:
        return set()
    return {row.id for row in rows if provider.keeps_duplicates_out(row.outbound())}


def _give_back(ids: list[int]) -> None:
    Message.objects.filter(id__in=ids).update(status=Status.QUEUED, claim_id=None, claimed_at=None)


def _submit_again(ids: list[int]) -> None:
    Message.objects.filter(id__in=ids).update(
        status=Status.QUEUED,
        doubtful_since=Coalesce("doubtful_since", "attempted_at"),
        claim_id=None,
        claimed_at=None,
        attempted_at=None,
        error_code="",
        error_text=SUBMIT_AGAIN,
    )
    write_events(ids, status=Status.QUEUED, text=SUBMIT_AGAIN)


def _leave_uncertain(ids: list[int]) -> None:
    """The claim's id stays: should its worker live after all, it may still tell what came of them."""
    Message.objects.filter(id__in=ids).update(status=Status.UNCERTAIN, error_code="", error_text=WORKER_LOST)
    write_events(ids, status=Status.UNCERTAIN, text=WORKER_LOST)
