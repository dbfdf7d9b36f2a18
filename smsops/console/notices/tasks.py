"""Thin Celery tasks: what is wrong now, and who is told."""

from __future__ import annotations

from celery import shared_task

from smsops.console.notices import mailing, services


@shared_task(expires=60)
def watch_notices() -> None:
    services.update_notices()


@shared_task(expires=60)
def mail_notices() -> None:
    mailing.send_due_mails()
