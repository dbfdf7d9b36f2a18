"""Structured logs without secrets: one JSON object a line, credentials and callback tokens blanked out."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

from providers.masking import MASK, mask_parameters

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request"}


class JsonFormatter(logging.Formatter):
    """`{"at", "level", "logger", "message", …extra, "exception"}`; the exception's text is masked as well."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": mask_parameters(record.getMessage()),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["exception"] = mask_parameters(self.formatException(record.exc_info))
        return json.dumps(line, default=str, ensure_ascii=False)


class MaskingFilter(logging.Filter):
    """Blanks out secrets in the arguments of a record, for handlers with a formatter of their own."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask_parameters(record.getMessage()), None
        return True


class MaskingReporterFilter(SafeExceptionReporterFilter):
    """Error pages and error mails show no local variable and no body: any of them may hold a credential."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> list[tuple[str, Any]]:
        return [(name, MASK) for name in tb_frame.f_locals]

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return dict.fromkeys(request.POST, MASK) if request is not None else {}
