"""Thin Celery task: by beat, for a few seconds each time."""

from __future__ import annotations

from celery import shared_task

from smsops.console.retention.pruning import prune_old

RUN_SECONDS = 15


@shared_task(expires=3600)
def prune_records() -> None:
    prune_old(seconds=RUN_SECONDS)
