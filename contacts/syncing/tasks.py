"""Thin Celery tasks of the sync: ids only, safe to run twice, short, and begun again by beat where they were lost."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db.models.functions import Now

from contacts.background import publish
from contacts.sync import Request, has_phonebook, request_sync, run_stretch
from contacts.syncing.lease import SyncBusy, end_dead_runs, ready_runs, take_run
from contacts.syncing.models import SyncRun
from providers.models import Account

DEEP_EVERY = timedelta(days=1)
IDLE_KEPT = timedelta(days=1)


@shared_task
def run_sync(run_id: int) -> None:
    """One stretch of a run, and the next where it is not over."""
    run = take_run(run_id)
    if run is not None and run_stretch(run):
        publish(run_sync, run_id)


@shared_task(expires=30)
def wake_syncs() -> None:
    """Begin again what died, hand out what waits, and start what the timetable says."""
    for run in end_dead_runs():
        if run.origin != SyncRun.Origin.COMMAND:
            begin_sync(account=run.account, request=_again(run))
    for run_id in ready_runs().values_list("pk", flat=True):
        publish(run_sync, run_id)
    for account in Account.objects.sending():
        if has_phonebook(account) and is_due(account):
            _forget_idle_runs(account)
            request = Request(origin=SyncRun.Origin.TIMETABLE, is_deep=is_deep_due(account))
            begin_sync(account=account, request=request)


def begin_sync(*, account: Account, request: Request) -> SyncRun | None:
    """A run for the next worker; None where one is at work already."""
    with suppress(SyncBusy):
        run = request_sync(account=account, request=request)
        publish(run_sync, run.pk)
        return run
    return None


def is_due(account: Account) -> bool:
    """Whether the account's timetable asks for a run now."""
    try:
        minutes = int(account.options.get("sync_every_minutes") or 0)
    except (TypeError, ValueError):
        return False
    if minutes <= 0:
        return False
    recent = SyncRun.objects.filter(account=account, started_at__gt=Now() - timedelta(minutes=minutes))
    return not recent.filter(is_preview=False).exists()


def is_deep_due(account: Account) -> bool:
    done = SyncRun.objects.filter(account=account, is_deep=True, state=SyncRun.State.DONE)
    return not done.filter(started_at__gt=Now() - DEEP_EVERY).exists()


def _again(run: SyncRun) -> Request:
    return Request(run.is_deep, run.is_preview, SyncRun.Origin(run.origin), run.created_by, run.approves)


def _forget_idle_runs(account: Account) -> None:
    """Runs of the timetable that found nothing to do are no record worth keeping."""
    nothing: dict[str, Any] = {"planned": {}, "conflicts": 0, "is_deep": False, "state": SyncRun.State.DONE}
    idle = SyncRun.objects.filter(account=account, origin=SyncRun.Origin.TIMETABLE, **nothing)
    idle.filter(finished_at__lt=Now() - IDLE_KEPT).delete()
