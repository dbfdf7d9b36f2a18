"""A list of names as a person types it: one a line."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget


class LinesField(forms.CharField):
    """A list of texts; empty lines and repetitions, in whatever case, are left out."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not self.disabled and lines_of(data or "") != list(initial or [])

    def clean(self, value: Any) -> list[str]:
        return lines_of(super().clean(value))


def lines_of(text: str) -> list[str]:
    first: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        first.setdefault(line.casefold(), line)
    return list(first.values())
