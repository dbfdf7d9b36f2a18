"""One synchronisation an account at a time: who holds a run, for how long, and who may take over from the dead."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from contacts.syncing.models import SyncRow, SyncRun
from providers.models import Account

State = SyncRun.State
ACTIVE = (State.READING, State.APPLYING)
# Seconds without a sign of life after which a run counts as dead; beyond any single call's time-out.
LEASE = 120
# Seconds that a run sits out in all, where the provider asks for pauses.
MOST_WAITED = 3600
KILLED = gettext_noop("Its process ended in the middle. What it did stays; the next run goes on from there.")


class SyncBusy(Exception):
    """Another synchronisation of this account is at work."""


class StopAsked(Exception):
    """A person pressed “Stop”."""


class LeaseLost(Exception):
    """Somebody else took the run over, or ended it."""


def begin_run(*, account: Account, **fields: Any) -> SyncRun:
    """Start a run, once dead ones are put away; raises SyncBusy while another is at work.

    With `holder` it is this process's own; without, the next worker takes it.
    """
    end_dead_runs(account)
    try:
        with transaction.atomic():
            return SyncRun.objects.create(account=account, lease_until=Now() + _lease(account), **fields)
    except IntegrityError:
        raise SyncBusy from None


def take_run(run_id: int) -> SyncRun | None:
    """Make a waiting run this process's own; None where another has it, or it is over."""
    if (
        not ready_runs()
        .filter(pk=run_id)
        .update(holder=this_process(), wait_until=None, lease_until=Now() + timedelta(seconds=LEASE))
    ):
        return None
    return SyncRun.objects.select_related("account").get(pk=run_id)


def ready_runs() -> QuerySet[SyncRun]:
    """Runs that the next worker may take: at work, nobody's, and with no pause to sit out."""
    waiting = SyncRun.objects.filter(state__in=ACTIVE, holder="")
    return waiting.filter(Q(wait_until=None) | Q(wait_until__lte=Now()) | Q(stop_asked=True))


def pause_run(run: SyncRun, seconds: float) -> bool:
    """Leave the run to a worker that takes it after so long; False where it has waited long enough in all."""
    waited = run.cursor.get("waited", 0) + seconds
    if waited > MOST_WAITED:
        return False
    pause = timedelta(seconds=seconds)
    times = {"wait_until": Now() + pause, "lease_until": Now() + (pause + _lease(run.account))}
    return bool(_mine(run).update(holder="", cursor={**run.cursor, "waited": waited}, **times))


def hand_back(run: SyncRun) -> None:
    """Leave the run to the next worker that has time."""
    _mine(run).update(holder="")


def renew(run: SyncRun, **counters: Any) -> None:
    """A sign of life, and the moment to learn that somebody wants it to stop."""
    mine = _mine(run).filter(stop_asked=False)
    if mine.update(lease_until=Now() + _lease(run.account), **counters):
        return
    raise StopAsked if _mine(run).exists() else LeaseLost


def advance_run(run: SyncRun, state: SyncRun.State) -> None:
    """On to the next state, unless somebody ended the run meanwhile (LeaseLost)."""
    if not _mine(run).update(state=state):
        raise LeaseLost
    run.state = state


def finish_run(run: SyncRun, state: SyncRun.State, error: str = "", **fields: Any) -> bool:
    """End a run of ours; what it had read is no longer needed."""
    ended = _mine(run).update(state=state, error=error, finished_at=Now(), holder="", cursor={}, **fields)
    if ended:
        SyncRow.objects.filter(run=run).delete()
        run.refresh_from_db()
    return bool(ended)


def ask_to_stop(run: SyncRun) -> None:
    SyncRun.objects.filter(pk=run.pk, state__in=ACTIVE).update(stop_asked=True)


def end_dead_runs(account: Account | None = None) -> list[SyncRun]:
    """Put away runs whose process is gone, of one account also those that no worker took; returns them."""
    active = SyncRun.objects.filter(state__in=ACTIVE).select_related("account")
    active = active.exclude(holder="") if account is None else active.filter(account=account)
    lapsed = set(active.filter(Q(lease_until__lt=Now()) | Q(lease_until=None)).values_list("pk", flat=True))
    dead = [run for run in active if run.pk in lapsed or (run.holder and is_gone(run.holder))]
    return [run for run in dead if _bury(run)]


def _bury(run: SyncRun) -> bool:
    found = SyncRun.objects.filter(pk=run.pk, state__in=ACTIVE, holder=run.holder, lease_until=run.lease_until)
    buried = found.update(state=State.INTERRUPTED, error=KILLED, finished_at=Now(), holder="", cursor={})
    if buried:
        SyncRow.objects.filter(run=run).delete()
    return bool(buried)


def this_process() -> str:
    """Names this process beyond the reuse of its number: host, number, start."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start_of(os.getpid())}"


def is_gone(holder: str) -> bool:
    """Whether a process of this host is certainly over; of another host only its lease can tell."""
    host, pid, start = holder.rsplit(":", 2)
    return host == socket.gethostname() and _start_of(int(pid)) != start


def _start_of(pid: int) -> str:
    """When a process started, as this system tells it; "" where there is no such process."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[-1].split()
    except OSError:
        return "" if Path("/proc/self/stat").exists() or not _is_running(pid) else "running"
    # A zombie does nothing any more.
    return "" if words[0] == "Z" else words[19]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _mine(run: SyncRun) -> Any:
    return SyncRun.objects.filter(pk=run.pk, holder=run.holder, state__in=ACTIVE)


def _lease(account: Account) -> timedelta:
    return timedelta(seconds=max(LEASE, 2 * account.timeout_seconds + 60))
