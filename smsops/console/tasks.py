"""Thin Celery tasks of the pages: ids only, safe to run twice, short, and begun again by beat."""

from __future__ import annotations

from celery import shared_task

from contacts.groups.changes import run_group_change as go_on
from contacts.list_rows import find_selected
from contacts.models import GroupChange
from smsops.publishing import publish

RUN_SECONDS = 15


@shared_task(expires=20)
def run_group_change(change_id: int) -> None:
    """Go on with one; while two are at it, they take turns."""
    go_on(change_id=change_id, find=find_selected, seconds=RUN_SECONDS)


@shared_task(expires=5)
def resume_group_changes() -> None:
    """Whatever is not finished is gone on with, however its task was lost."""
    running = GroupChange.objects.filter(state=GroupChange.State.RUNNING)
    for change_id in running.order_by("pk").values_list("pk", flat=True):
        publish(run_group_change, change_id)
