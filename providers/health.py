"""How an account fares: rate slots over all workers, holds with back-off, and the silence of a provider.

All of it by atomic updates of the account's `AccountHealth` row, on the database's clock.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from providers.models import AccountEvent, AccountHealth

NOT_ANSWERING = gettext_noop("The provider is not answering.")
LONGEST_HOLD = 300
SILENT_AFTER = 5
PROBE_EVERY = 60


def ensure_health(account_id: int) -> AccountHealth:
    return AccountHealth.objects.get_or_create(account_id=account_id)[0]


def take_slots(*, account_id: int, count: int, per_second: float) -> float:
    """Reserve the next `count` sends of an account; returns the seconds to wait before they may leave."""
    if connection.vendor == "postgresql":
        now, latest = "extract(epoch FROM clock_timestamp())", "greatest"
    else:
        now, latest = "((julianday('now') - 2440587.5) * 86400.0)", "max"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE providers_accounthealth SET next_slot = {latest}(next_slot, {now}) + %s "
            f"WHERE account_id = %s RETURNING next_slot - {now}",
            [count / per_second, account_id],
        )
        (until_end,) = cursor.fetchone()
    return max(0.0, float(until_end) - count / per_second)


def may_send(account_id: int) -> bool:
    """Whether no hold stands in the way just now."""
    free = Q(held_until=None) | Q(held_until__lte=Now())
    return AccountHealth.objects.filter(free, account_id=account_id, is_silent=False).exists()


def hold_account(*, account_id: int, reason: str, seconds: float | None = None) -> None:
    """Keep an account from sending for `seconds`, else for 1 s, 2 s, 4 s … up to 5 min."""
    health = AccountHealth.objects.get(account_id=account_id)
    wait = seconds if seconds is not None else min(2**health.failures, LONGEST_HOLD)
    changed = AccountHealth.objects.filter(Q(held_until=None) | Q(held_until__lte=Now()), account_id=account_id)
    until = Now() + timedelta(seconds=wait)
    if changed.update(held_until=until, hold_reason=reason, failures=F("failures") + 1) and health.failures == 0:
        _tell(account_id, AccountEvent.Kind.HELD, reason)


def note_readable(account_id: int) -> None:
    """A readable answer came: whatever held the account is over."""
    troubled = AccountHealth.objects.filter(account_id=account_id)
    troubled = troubled.filter(Q(uncertain_streak__gt=0) | Q(failures__gt=0) | Q(is_silent=True))
    if troubled.update(uncertain_streak=0, failures=0, is_silent=False, held_until=None, hold_reason=""):
        _tell(account_id, AccountEvent.Kind.RELEASED, "")


def note_uncertain(*, account_id: int, count: int) -> bool:
    """Count uncertain answers in a row; at five the account is silent: held, and only a probe may call it.

    Returns whether the account is silent now.
    """
    mine = AccountHealth.objects.filter(account_id=account_id)
    mine.update(uncertain_streak=F("uncertain_streak") + count)
    silent = mine.filter(uncertain_streak__gte=SILENT_AFTER, is_silent=False)
    until = Now() + timedelta(seconds=PROBE_EVERY)
    if silent.update(is_silent=True, held_until=until, hold_reason=NOT_ANSWERING):
        _tell(account_id, AccountEvent.Kind.HELD, NOT_ANSWERING)
    return mine.filter(is_silent=True).exists()


def take_probe(account_id: int) -> bool:
    """Whether it is this worker's turn to ask a silent account; at most one worker a minute gets True."""
    due = AccountHealth.objects.filter(account_id=account_id, is_silent=True, held_until__lte=Now())
    return bool(due.update(held_until=Now() + timedelta(seconds=PROBE_EVERY)))


def _tell(account_id: int, kind: AccountEvent.Kind, text: str) -> None:
    AccountEvent.objects.create(account_id=account_id, kind=kind, text=text)
