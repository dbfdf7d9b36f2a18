"""Structured logs without secrets: one JSON object a line, credentials and callback tokens blanked out."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import ItemsView
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from providers.masking import MASK, mask_parameters

# Keys of ours; a provider's own parameters (`account`, `user`) are masked within texts.
SECRET_KEYS = {"password", "auth", "apikey", "credentials", "token", "callback_token", "secret_key", "salt_key"}
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request", "taskName"}


class JsonFormatter(logging.Formatter):
    """`{"at", "level", "logger", "message", …extra, "exception"}`, all of it masked."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(masked(line), default=_masked_text, ensure_ascii=False)


class MaskingFilter(logging.Filter):
    """For loggers that log addresses: masked at the source, whatever handler and level somebody sets beside ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask_parameters(record.getMessage()), None
        return True


class PlainFormatter(logging.Formatter):
    """One line for a person at a terminal, masked as well."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return mask_parameters(super().format(record))


def masked(value: Any, key: str = "") -> Any:
    """The same value without secrets, however deep: by the key that it stands under, and within texts."""
    if key.lower() in SECRET_KEYS:
        return MASK
    if isinstance(value, dict):
        return {name: masked(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner) for inner in value]
    return mask_parameters(value) if isinstance(value, str) else value


def _masked_text(value: Any) -> str:
    return mask_parameters(str(value))


def logging_config(*, is_for_people: bool = False) -> dict[str, Any]:
    """For `logging.config`: everything to standard error, one JSON object a line, or plain lines for people."""
    formatter = "smsops.logs.PlainFormatter" if is_for_people else "smsops.logs.JsonFormatter"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "filters": {"mask": {"()": "smsops.logs.MaskingFilter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"filters": ["mask"]},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True, "filters": ["mask"]},
            # Their debug lines are statements and pages with all their values: tokens, customers' numbers and texts.
            "django.db.backends": {"level": "INFO"},
            "django.template": {"level": "INFO"},
            # Its debug lines are request lines, and so credentials.
            "urllib3": {"level": "INFO"},
            "urllib3.connectionpool": {"filters": ["mask"]},
            "axes": {"level": "WARNING"},
            # A task received and done, several each second: only their failures are news.
            "celery": {"level": "WARNING"},
            # Says that filesystem:// names no host.
            "kombu.connection": {"level": "ERROR"},
        },
    }


class MaskingReporter(ExceptionReporter):
    """Error pages and error mails, masked as a whole: an exception's own words may quote a request."""

    def get_traceback_html(self) -> SafeString:
        return SafeString(mask_parameters(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        return SafeString(mask_parameters(super().get_traceback_text()))


class MaskingReporterFilter(SafeExceptionReporterFilter):
    """Error pages and error mails show no local variable and no body: any of them may hold a credential.

    Beyond Django's own list, addresses may hold one: DATABASE_URL, CELERY_BROKER_URL, EMAIL_URL.
    """

    hidden_settings = re.compile("API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|URL|SALT", re.IGNORECASE)

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> ItemsView[str, Any]:
        return dict.fromkeys(tb_frame.f_locals, MASK).items()

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return dict.fromkeys(request.POST, MASK) if request is not None else {}
