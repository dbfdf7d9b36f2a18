"""Thin Celery tasks of monthly reports: safe to run twice, and begun again by beat where they were lost."""

from __future__ import annotations

from celery import shared_task

from contacts.background import RUN_SECONDS, wake
from smsops.messaging.dispatch import stopping
from smsops.publishing import publish
from smsops.reports.monthly.closing import closing_step
from smsops.reports.monthly.mail import mail_report
from smsops.reports.monthly.models import MonthClosing
from smsops.reports.monthly.reporting import lost_reports, make_report, purge_drafts, purge_reports
from smsops.reports.monthly.turn import close_by_setting, take_turn


@shared_task
def run_report(report_id: int) -> None:
    """In one go: a workbook cannot be left and taken up again. A worker that is about to end leaves it to the next."""
    report = make_report(report_id=report_id)
    if report is None and stopping.is_set():
        publish(run_report, report_id)
    if report is not None and report.is_automatic:
        mail_report(report=report)


@shared_task
def run_closing(closing_id: int) -> None:
    """Close for some seconds, and come back while there is more; then its report."""
    if closing_step(closing_id=closing_id, seconds=RUN_SECONDS):
        publish(run_closing, closing_id)
    else:
        publish_reports()


def publish_reports() -> None:
    for report in take_turn():
        publish(run_report, report.pk)


@shared_task(expires=30)
def wake_months() -> None:
    """What is due by itself, what was lost, and old files to be forgotten."""
    publish_reports()
    if (closing := close_by_setting()) is not None:
        publish(run_closing, closing.pk)
    wake(run_closing, MonthClosing.objects.exclude(state=MonthClosing.State.DONE))
    for report_id in lost_reports().values_list("pk", flat=True):
        publish(run_report, report_id)
    purge_reports()
    purge_drafts()
