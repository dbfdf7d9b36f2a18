"""JSON from a person's form that the database can keep and a page can show again."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput


class StorableJSONField(forms.JSONField):
    """Django's, which breaks on nesting without end and numbers without end, and lets pass what PostgreSQL cannot keep
    or no page can show: NUL, lone surrogates, NaN. Nothing and the empty object are the same."""

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str) or value in self.empty_values:
            return super().to_python(value)
        try:
            _refuse_unstorable(value)
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value}) from error
        return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            _refuse_unstorable(data or "null")
        except ValueError:
            return InvalidJSONInput(data)
        return super().bound_data(data, initial)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        try:
            now = self.to_python(data)
        except ValidationError:
            return True
        return json.dumps(initial or None, sort_keys=True) != json.dumps(now or None, sort_keys=True)


def _refuse_unstorable(text: str) -> None:
    """Raises ValueError."""
    try:
        again = json.dumps(json.loads(text), ensure_ascii=False, allow_nan=False)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    again.encode()
    if "\\u0000" in again:
        raise ValueError("NUL")
