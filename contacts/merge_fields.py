"""Merge fields as people write them: rows of a name and a value, kept as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.widgets import INPUT_CLASSES

from providers.cleaning import clip

MOST_FIELDS, LONGEST_NAME, LONGEST_VALUE = 100, 60, 2000
SPARE_ROWS = 2
Row = tuple[str, str]


def as_text(value: Any) -> str:
    """A stored value as the form shows it: what is no text (it came from elsewhere) as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_rows(attributes: Mapping[str, Any]) -> list[Row]:
    return [(name, as_text(value)) for name, value in attributes.items()]


def read_rows(rows: list[Row]) -> dict[str, str]:
    """Rows as an object; raises ValidationError with one sentence for each row that cannot be kept."""
    found: dict[str, str] = {}
    complaints = []
    for name, value in rows:
        if complaint := _complaint(name, value, found):
            complaints.append(complaint)
        else:
            found[name] = value
    if len(found) > MOST_FIELDS:
        complaints.append(_("A contact holds at most %(limit)d merge fields.") % {"limit": MOST_FIELDS})
    if complaints:
        raise ValidationError(complaints)
    return found


def _complaint(name: str, value: str, found: Mapping[str, str]) -> str:
    if not name:
        return _("“%(value)s” has no name. Name it, or empty the row.") % {"value": value[:LONGEST_NAME]}
    shown = {"name": name[:LONGEST_NAME], "limit": LONGEST_NAME, "longest": LONGEST_VALUE}
    if len(name) > LONGEST_NAME or not name.isprintable() or set("{}") & set(name):
        return _("“%(name)s” cannot be a name: at most %(limit)d letters, digits and signs, no { or }.") % shown
    if name.casefold() in {other.casefold() for other in found}:
        return _("“%(name)s” stands there twice. Keep one of them.") % shown
    if len(value) > LONGEST_VALUE:
        return _("The value of “%(name)s” is longer than %(longest)d characters. Shorten it.") % shown
    if clip(value, LONGEST_VALUE) != value:
        return _("The value of “%(name)s” holds a character that cannot be kept. Type it again.") % shown
    return ""


class MergeFieldsWidget(forms.Widget):
    """Rows of two text fields; a script adds more, and without it there are two spare ones."""

    template_name = "contacts/merge_fields.html"

    class Media:
        js = ("contacts/merge_fields.js",)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        rows = as_rows(value) if isinstance(value, dict) else [row for row in value or [] if any(row)]
        shown = [*rows, *[("", "")] * SPARE_ROWS]
        return super().get_context(name, value, attrs) | {"rows": shown, "classes": " ".join(INPUT_CLASSES)}

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> SafeString:
        """From the project's templates, which the renderer of forms does not know."""
        return render_to_string(template_name, context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row] | None:
        if self.value_omitted_from_data(data, files, name):
            return None
        names, values = data.getlist(f"{name}-name"), data.getlist(f"{name}-value")
        return list(zip(names, [*values, *[""] * len(names)], strict=False))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-name" not in data

    def id_for_label(self, id_: str) -> str:
        return ""


class MergeFieldsField(forms.Field):
    """A dict of names and texts."""

    widget = MergeFieldsWidget

    def to_python(self, value: list[Row] | None) -> dict[str, str]:
        written = [(" ".join(name.split()), text.strip()) for name, text in value or []]
        return read_rows([row for row in written if row != ("", "")])

    def has_changed(self, initial: Any, data: list[Row] | None) -> bool:
        """What the form did not carry stays as it is."""
        if self.disabled or data is None:
            return False
        try:
            return self.to_python(data) != dict(as_rows(initial or {}))
        except ValidationError:
            return True
