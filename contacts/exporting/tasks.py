"""Thin Celery tasks of an export: safe to run twice, short, and begun again by beat where they were lost."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from contacts.background import publish
from contacts.exporting.models import ContactExport
from contacts.exporting.writing import export_step, purge_exports

RUN_SECONDS = 12
LOST_AFTER = timedelta(seconds=40)


@shared_task
def run_export(export_id: int) -> None:
    """Write for some seconds, and come back while there is more."""
    if export_step(export_id=export_id, seconds=RUN_SECONDS):
        publish(run_export, export_id)


@shared_task(expires=30)
def wake_exports() -> None:
    """Exports whose task was lost, and old files to be forgotten."""
    running = ContactExport.objects.filter(state=ContactExport.State.RUNNING)
    for export_id in running.filter(touched_at__lt=timezone.now() - LOST_AFTER).values_list("pk", flat=True):
        publish(run_export, export_id)
    purge_exports()
