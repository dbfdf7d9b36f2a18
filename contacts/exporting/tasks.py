"""Thin Celery tasks of an export: safe to run twice, short, and begun again by beat where they were lost."""

from __future__ import annotations

from celery import shared_task

from contacts.background import RUN_SECONDS, publish, wake
from contacts.exporting.models import ContactExport
from contacts.exporting.writing import export_step, purge_exports


@shared_task
def run_export(export_id: int) -> None:
    """Write for some seconds, and come back while there is more."""
    if export_step(export_id=export_id, seconds=RUN_SECONDS):
        publish(run_export, export_id)


@shared_task(expires=30)
def wake_exports() -> None:
    """Exports whose task was lost, and old files to be forgotten."""
    wake(run_export, ContactExport.objects.filter(state=ContactExport.State.RUNNING))
    purge_exports()
