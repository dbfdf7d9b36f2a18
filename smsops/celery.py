"""The engine that moves the work. The message table is the queue; a lost task costs seconds, never a message."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from celery import Celery, signals
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

from smsops.messaging.sending.collector import collect_rarely

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsops.settings")
TRANSPORT_ALIASES["filesystem"] = "smsops.broker:Transport"

# Seconds that a worker waits on a dead connection before it makes a new one.
WORKER_TIMEOUT = 10
FOLDER = {"filesystem"}
REDIS = {"redis", "rediss"}
AMQP = {"amqp", "amqps", "pyamqp"}


def broker_scheme(broker_url: str) -> str:
    return urlsplit(broker_url).scheme


def transport_options(broker_url: str, timeout: float = WORKER_TIMEOUT) -> dict[str, Any]:
    """What the broker's library needs to be told; `timeout` in seconds bounds every single wait on its socket."""
    scheme = broker_scheme(broker_url)
    if scheme in FOLDER:
        return folder_options()
    if scheme in REDIS:
        return {"socket_timeout": timeout, "socket_connect_timeout": timeout, "visibility_timeout": 3600}
    return {}


def folder_options() -> dict[str, Any]:
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


def configuration() -> dict[str, Any]:
    return {
        "broker_url": settings.CELERY_BROKER_URL,
        "broker_transport_options": transport_options(settings.CELERY_BROKER_URL),
        "broker_connection_timeout": WORKER_TIMEOUT,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_ignore_result": True,
        "task_default_queue": "quick",
        "task_routes": ROUTES,
        "task_acks_late": False,
        "worker_prefetch_multiplier": 1,
        "worker_enable_remote_control": False,
        "worker_hijack_root_logger": False,
        "timezone": settings.TIME_ZONE,
        "imports": [
            "smsops.tasks",
            "smsops.messaging.campaigns.tasks",
            "smsops.console.notices.tasks",
            "smsops.console.retention.tasks",
            "smsops.inbox.optouts.importing.tasks",
            "contacts.importing.tasks",
            "contacts.exporting.tasks",
            "contacts.syncing.tasks",
            "smsops.reports.tasks",
            "smsops.reports.monthly.tasks",
            "smsops.reports.statements.tasks",
        ],
        "beat_schedule": {task: {"task": task, "schedule": seconds} for task, seconds in TIMETABLE.items()},
    }


# Task → seconds between its turns. Any number of beats is harmless.
TIMETABLE = {
    "smsops.messaging.tasks.tick": 3,
    "smsops.messaging.campaigns.tasks.watch": 3,
    "smsops.messaging.tasks.rematch_reports": 10,
    "smsops.tasks.apply_receipts": 10,
    "smsops.messaging.tasks.poll_reports": 60,
    "smsops.tasks.poll_inboxes": 60,
    "smsops.messaging.tasks.poll_balances": 900,
    "smsops.console.tasks.resume_group_changes": 5,
    "smsops.console.notices.tasks.watch_notices": 60,
    "smsops.console.notices.tasks.mail_notices": 30,
    "smsops.console.retention.tasks.prune_records": 3600,
    "smsops.inbox.optouts.importing.tasks.wake_suppression_imports": 30,
    "contacts.importing.tasks.wake_imports": 30,
    "contacts.exporting.tasks.wake_exports": 30,
    "contacts.syncing.tasks.wake_syncs": 30,
    "smsops.reports.tasks.follow_messages": 30,
    "smsops.reports.tasks.follow_readings": 60,
    "smsops.reports.tasks.follow_deliveries": 30,
    "smsops.reports.monthly.tasks.wake_months": 30,
    "smsops.reports.statements.tasks.wake_statements": 30,
}
# Task → queue; all others are quick.
ROUTES = {
    "smsops.messaging.tasks.dispatch_account": {"queue": "send"},
    "smsops.messaging.campaigns.tasks.run_campaign": {"queue": "long"},
    "smsops.messaging.campaigns.tasks.prepare_campaign": {"queue": "long"},
    "smsops.messaging.campaigns.tasks.call_group": {"queue": "long"},
    "*.poll_*": {"queue": "long"},
    "smsops.console.tasks.run_group_change": {"queue": "long"},
    "smsops.console.notices.tasks.*": {"queue": "long"},
    "smsops.console.retention.tasks.*": {"queue": "long"},
    "smsops.inbox.optouts.importing.tasks.run_*": {"queue": "long"},
    "contacts.importing.tasks.run_*": {"queue": "long"},
    "contacts.exporting.tasks.run_*": {"queue": "long"},
    "contacts.syncing.tasks.run_*": {"queue": "long"},
    "smsops.reports.tasks.follow_*": {"queue": "long"},
    "smsops.reports.monthly.tasks.run_*": {"queue": "long"},
    "smsops.reports.statements.tasks.run_*": {"queue": "long"},
}


app = Celery("smsops")
# Read when first needed: this module is imported while Django's settings are still being read.
app.add_defaults(configuration)
app.autodiscover_tasks()


@app.task(name="smsops.answer")
def answer() -> None:
    """The sign that a worker is there: it touches `var/worker_answer`."""
    (settings.SMSOPS_VAR / "worker_answer").touch()


@signals.worker_ready.connect
def settle_down(**given: Any) -> None:
    """All that a worker needs is imported by now."""
    collect_rarely()


@signals.setup_logging.connect
def keep_our_logging(**given: Any) -> None:
    """A receiver of this signal keeps Celery from setting up logs of its own."""
