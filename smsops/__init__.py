"""The project: wiring, and the apps that are SMSOps itself."""

from smsops.celery import app as celery_app

__all__ = ["celery_app"]
