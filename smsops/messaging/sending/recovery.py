"""What a dead worker left behind: claims older than their lease, on the database's clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_noop

from providers.encryption import UnreadableCredentials
from providers.models import Account
from smsops.messaging.models import Message, MessageQuerySet
from smsops.messaging.sending.lease import lease_seconds
from smsops.messaging.sending.queue import BATCH, COLUMNS, QueuedRow, locked, locked_for_update, write_events
from smsops.messaging.status import Status

WORKER_LOST = gettext_noop("The worker ended while this was on its way to the provider; nobody knows whether it left.")
OTHER_COUNTERPART = gettext_noop(
    "It may have gone out under the account's earlier address or user, and the present one cannot tell a repeat apart."
)
SUBMIT_AGAIN = gettext_noop("The worker ended while sending; submitted again under the same reference.")


def recover_claims() -> int:
    """Give back what was claimed and never marked; judge what was marked. Returns how many rows moved."""
    stale = Message.objects.filter(status=Status.SENDING, claimed_at__lt=Now() - timedelta(seconds=lease_seconds(0)))
    accounts = Account.objects.filter(pk__in=stale.order_by().values("account_id").distinct())
    return sum(_recover_account(account) for account in accounts) + doubt_stragglers()


def _recover_account(account: Account) -> int:
    lease = timedelta(seconds=lease_seconds(account.timeout_seconds))
    stale = Message.objects.filter(account=account, status=Status.SENDING, claimed_at__lt=Now() - lease)
    total = 0
    while count := _recover_batch(account, stale.order_by("claimed_at")):
        total += count
    return total


def _recover_batch(account: Account, stale: MessageQuerySet) -> int:
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        values = locked(stale).values_list("attempted_at", *COLUMNS)[:BATCH]
        found = [(attempted_at, QueuedRow(*row)) for attempted_at, *row in values]
        untouched = [row.id for attempted_at, row in found if attempted_at is None]
        marked = [row for attempted_at, row in found if attempted_at is not None]
        repeatable = _repeatable(account, found) - _never_again(row.id for row in marked)
        _give_back(untouched)
        _submit_again([row.id for row in marked if row.id in repeatable])
        _leave_uncertain([row.id for row in marked if row.id not in repeatable])
    return len(found)


def _repeatable(account: Account, found: list[tuple[datetime | None, QueuedRow]]) -> set[int]:
    """Which marked rows may be submitted again under their own reference: this counterpart has to know it."""
    try:
        provider = account.open_provider()
    except UnreadableCredentials:
        return set()
    since = _known_since(account)
    first_sent = [(row.doubtful_since or attempted_at, row) for attempted_at, row in found]
    rows = [row for at, row in first_sent if at is not None and (since is None or at > since)]
    return {row.id for row in rows if provider.keeps_duplicates_out(row.outbound())}


def _never_again(ids: Iterable[int]) -> set[int]:
    """Which of them may not be submitted again whatever the provider keeps out, such as a group call's."""
    return set(Message.objects.filter(id__in=list(ids), never_resend=True).values_list("id", flat=True))


def _known_since(account: Account) -> datetime | None:
    """Since when what is submitted surely goes to the present counterpart; None: always. Runs that were under way at
    the change go on with what they had read."""
    changed_at = account.counterpart_changed_at
    return changed_at and changed_at + timedelta(seconds=lease_seconds(account.timeout_seconds))


def doubt_repeats(account: Account) -> int:
    """Another counterpart from now on: what waits to be repeated becomes uncertain. Returns how many rows did."""
    unmarked = Q(status=Status.QUEUED) | Q(status=Status.SENDING, attempted_at=None)
    return _doubt(Message.objects.filter(unmarked, account=account, doubtful_since__isnull=False))


def doubt_stragglers() -> int:
    """What was on the wire while the counterpart changed, and was put back to be repeated since."""
    changed = Account.objects.filter(counterpart_changed_at__isnull=False).annotate(now=Now())
    return sum(_doubt_stragglers_of(account, account.now) for account in changed)


def _doubt_stragglers_of(account: Account, now: datetime) -> int:
    since = _known_since(account)
    if since is None or now > since + timedelta(seconds=lease_seconds(account.timeout_seconds)):
        return 0
    return _doubt(Message.objects.filter(account=account, status=Status.QUEUED, doubtful_since__lte=since))


@transaction.atomic
def _doubt(rows: MessageQuerySet) -> int:
    ids = list(locked_for_update(rows).values_list("id", flat=True))
    for start in range(0, len(ids), BATCH):
        chunk = ids[start : start + BATCH]
        Message.objects.filter(id__in=chunk).update(
            status=Status.UNCERTAIN, claim_id=None, error_code="", error_text=OTHER_COUNTERPART
        )
        write_events(chunk, status=Status.UNCERTAIN, text=OTHER_COUNTERPART)
    return len(ids)


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
