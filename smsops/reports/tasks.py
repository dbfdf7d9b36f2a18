"""Thin Celery tasks of the figures: short, safe to run twice, and begun again by beat."""

from __future__ import annotations

from celery import shared_task

from smsops.publishing import publish
from smsops.reports.balances.runway_following import follow_balances
from smsops.reports.reach.following import follow_reach
from smsops.reports.rollup_following import catch_up

RUN_SECONDS = 12


@shared_task(expires=30)
def follow_messages() -> None:
    """Bring the roll-ups up to date, and come back while there is more."""
    if catch_up(seconds=RUN_SECONDS):
        publish(follow_messages)


@shared_task(expires=60)
def follow_readings() -> None:
    """Take up the balances that were read since."""
    if follow_balances(seconds=RUN_SECONDS):
        publish(follow_readings)


@shared_task(expires=30)
def follow_deliveries() -> None:
    """Mark who was written to and never reached, and come back while there is more."""
    if follow_reach(seconds=RUN_SECONDS):
        publish(follow_deliveries)
