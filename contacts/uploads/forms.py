"""A file to choose, and what its columns are: alike wherever a person uploads one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

LISTS = ".csv,.tsv,.txt,.xlsx"
SHOWN_SAMPLES = 3


def file_field(help_text: Any, *, accept: str = LISTS, required: bool = True) -> forms.FileField:
    # The theme writes a chosen file's name into the next line of text around it: into its own widget's.
    widget = UnfoldAdminFileFieldWidget(attrs={"accept": accept})
    return forms.FileField(label=gettext_lazy("File"), widget=widget, help_text=help_text, required=required)


class ColumnsForm(forms.Form):
    """One choice a column: what it is. `columns` pairs each with its header and some of its cells."""

    def __init__(self, upload: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.upload = upload
        for place, (header, target) in enumerate(zip(self.headers(), upload.mapping, strict=True)):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=header or _("Column %(number)d") % {"number": place + 1}, choices=self.choices(place, target),
                required=False, widget=UnfoldAdminSelectWidget,
            )  # fmt: skip
            self.initial[f"column_{place}"] = target

    def headers(self) -> list[str]:
        headers: list[str] = self.upload.headers
        return headers

    def choices(self, place: int, target: str) -> list[tuple[str, Any]]:
        """What the column may be, beside what it is taken for."""
        raise NotImplementedError

    @property
    def columns(self) -> list[tuple[forms.BoundField, list[str]]]:
        rows = self.upload.sample[:SHOWN_SAMPLES]
        return [
            (self[f"column_{place}"], [row[place] for row in rows if place < len(row) and row[place]])
            for place in range(len(self.upload.mapping))
        ]

    def mapping(self) -> list[str]:
        return [self.cleaned_data.get(f"column_{place}", "") for place in range(len(self.upload.mapping))]
