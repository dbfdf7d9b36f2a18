"""Thin Celery tasks of an import of opt-outs: safe to run twice, short, and begun again by beat where lost."""

from __future__ import annotations

from celery import shared_task

from contacts.background import RUN_SECONDS, publish, wake
from smsops.inbox.optouts.importing.models import AT_WORK, SuppressionImport
from smsops.inbox.optouts.importing.services import STEPS
from smsops.inbox.optouts.importing.taking_back import take_back_step


@shared_task
def run_suppression_import(import_id: int) -> None:
    """Read, apply or take back for some seconds, and come back while there is more."""
    if any(step(import_id=import_id, seconds=RUN_SECONDS) for step in (STEPS.go_on, take_back_step)):
        publish(run_suppression_import, import_id)


@shared_task(expires=30)
def wake_suppression_imports() -> None:
    """Imports whose task was lost, and old ones to be forgotten."""
    wake(run_suppression_import, SuppressionImport.objects.filter(state__in=AT_WORK))
    STEPS.purge()
