"""Thin Celery tasks of an import: safe to run twice, short, and begun again by beat where they were lost."""

from __future__ import annotations

from celery import shared_task

from contacts.background import RUN_SECONDS, publish, wake
from contacts.importing.services import STEPS


@shared_task
def run_import(import_id: int) -> None:
    """Read or apply for some seconds, and come back while there is more."""
    if STEPS.go_on(import_id=import_id, seconds=RUN_SECONDS):
        publish(run_import, import_id)


@shared_task(expires=30)
def wake_imports() -> None:
    """Imports whose task was lost, and old ones to be forgotten."""
    wake(run_import, STEPS.at_work())
    STEPS.purge()
