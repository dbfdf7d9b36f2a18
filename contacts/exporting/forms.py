"""The choice of a list's kind of file."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from import_export.formats import base_formats
from unfold.contrib.import_export import forms

from contacts.exporting.writing import CSV, XLSX

FORMATS = {XLSX: base_formats.XLSX, CSV: base_formats.CSV}
KINDS = tuple(FORMATS)


class ExportForm(forms.ExportForm):
    """The theme's, with the kinds as people call them."""

    def __init__(self, resource: Any, *, kind: str, **given: Any) -> None:
        super().__init__(tuple(FORMATS.values()), [resource], initial={"format": str(KINDS.index(kind))}, **given)
        names = {XLSX: _("Excel (XLSX)"), CSV: "CSV"}
        self.fields["format"].choices = [(str(place), names[kind]) for place, kind in enumerate(KINDS)]

    @property
    def kind(self) -> str:
        """What was chosen."""
        return KINDS[int(self.cleaned_data["format"])]
