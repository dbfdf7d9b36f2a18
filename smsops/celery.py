"""The engine that moves the work. The message table is the queue; a lost task costs seconds, never a message."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsops.settings")

PUBLISH_TIMEOUT = 2


def transport_options(broker_url: str) -> dict[str, Any]:
    """Socket time-outs short enough that a silent broker delays no page; the folder of the built-in engine."""
    if broker_url.startswith("filesystem"):
        folder = settings.SMSOPS_VAR / "broker"
        for name in ("messages", "control"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        messages = str(folder / "messages")
        return {
            "data_folder_in": messages,
            "data_folder_out": messages,
            "control_folder": str(folder / "control"),
            "polling_interval": 0.2,
        }
    if broker_url.startswith("redis"):
        return {
            "socket_timeout": PUBLISH_TIMEOUT,
            "socket_connect_timeout": PUBLISH_TIMEOUT,
            "visibility_timeout": 3600,
        }
    return {"read_timeout": PUBLISH_TIMEOUT, "write_timeout": PUBLISH_TIMEOUT, "connect_timeout": PUBLISH_TIMEOUT}


app = Celery("smsops")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_transport_options=transport_options(settings.CELERY_BROKER_URL),
    broker_connection_timeout=PUBLISH_TIMEOUT,
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_default_queue="quick",
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    timezone=settings.TIME_ZONE,
)
app.autodiscover_tasks()
