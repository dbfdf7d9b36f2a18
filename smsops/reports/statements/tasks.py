"""Thin Celery tasks of statements: safe to run twice, short, and begun again by beat where they were lost."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from smsops.publishing import publish
from smsops.reports.statements.models import Statement
from smsops.reports.statements.services import AT_WORK, statement_step

RUN_SECONDS = 12
LOST_AFTER = timedelta(seconds=40)


@shared_task
def run_statement(statement_id: int) -> None:
    """Read or match for some seconds, and come back while there is more."""
    if statement_step(statement_id=statement_id, seconds=RUN_SECONDS):
        publish(run_statement, statement_id)


@shared_task(expires=30)
def wake_statements() -> None:
    """Those whose task was lost."""
    lost = Statement.objects.filter(state__in=AT_WORK, touched_at__lt=timezone.now() - LOST_AFTER)
    for statement_id in lost.values_list("pk", flat=True):
        publish(run_statement, statement_id)
