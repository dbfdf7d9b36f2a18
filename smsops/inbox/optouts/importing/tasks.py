"""Thin Celery tasks of an import of opt-outs: safe to run twice, short, and begun again by beat where lost."""

from __future__ import annotations

from celery import shared_task

from contacts.background import RUN_SECONDS, publish, wake
from smsops.inbox.optouts.importing.services import STEPS


@shared_task
def run_suppression_import(import_id: int) -> None:
    """Read or apply for some seconds, and come back while there is more."""
    if STEPS.go_on(import_id=import_id, seconds=RUN_SECONDS):
        publish(run_suppression_import, import_id)


@shared_task(expires=30)
def wake_suppression_imports() -> None:
    """Imports whose task was lost, and old ones to be forgotten."""
    wake(run_suppression_import, STEPS.at_work())
    STEPS.purge()
