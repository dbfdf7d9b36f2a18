"""Thin Celery tasks of statements: safe to run twice, short, and begun again by beat where they were lost."""

from __future__ import annotations

from celery import shared_task

from contacts.background import RUN_SECONDS, publish, wake
from smsops.reports.statements.models import Statement
from smsops.reports.statements.services import AT_WORK, statement_step


@shared_task
def run_statement(statement_id: int) -> None:
    """Read or match for some seconds, and come back while there is more."""
    if statement_step(statement_id=statement_id, seconds=RUN_SECONDS):
        publish(run_statement, statement_id)


@shared_task(expires=30)
def wake_statements() -> None:
    """Those whose task was lost."""
    wake(run_statement, Statement.objects.filter(state__in=AT_WORK))
