"""Thin Celery tasks of an import: safe to run twice, short, and begun again by beat where they were lost."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from contacts.background import publish
from contacts.importing.models import ContactImport
from contacts.importing.services import STEPS

RUN_SECONDS = 12
LOST_AFTER = timedelta(seconds=40)


@shared_task
def run_import(import_id: int) -> None:
    """Read or apply for some seconds, and come back while there is more."""
    if STEPS.go_on(import_id=import_id, seconds=RUN_SECONDS):
        publish(run_import, import_id)


@shared_task(expires=30)
def wake_imports() -> None:
    """Imports whose task was lost, and old ones to be forgotten."""
    states = [ContactImport.State.READING, ContactImport.State.APPLYING]
    lost = ContactImport.objects.filter(state__in=states, touched_at__lt=timezone.now() - LOST_AFTER)
    for import_id in lost.values_list("pk", flat=True):
        publish(run_import, import_id)
    STEPS.purge()
