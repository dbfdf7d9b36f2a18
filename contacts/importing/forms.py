"""The two forms of an import: the file, and what its columns are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldBooleanWidget

from contacts.importing.headers import ATTRIBUTE, ATTRIBUTES, MOBILE
from contacts.importing.models import ContactImport
from contacts.importing.verdicts import field_labels
from contacts.merge_fields import LONGEST_NAME
from providers.spreadsheets import unescape_cell

SHOWN_SAMPLES = 3


class UploadForm(forms.Form):
    use_required_attribute = False

    file = forms.FileField(
        label=gettext_lazy("File"), widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.vcf"}),
        help_text=gettext_lazy("CSV, TSV, XLSX or vCard, at most 100 MB; from Excel, Google, Outlook or a telephone."),
    )  # fmt: skip


class MappingForm(forms.Form):
    """One choice a column: what it is. `columns` pairs each with its header and some of its cells."""

    has_header = forms.BooleanField(
        label=gettext_lazy("The first row names the columns"), required=False, widget=UnfoldBooleanWidget
    )
    create_groups = forms.BooleanField(
        label=gettext_lazy("Make groups that do not exist yet"), required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, contact_import: ContactImport, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._import = contact_import
        self.initial["has_header"] = contact_import.has_header
        self.initial["create_groups"] = contact_import.create_groups
        for place, target in enumerate(contact_import.mapping):
            label = self._label(place)
            field = forms.ChoiceField(
                label=label, choices=self._choices(place, target), required=False, widget=UnfoldAdminSelectWidget
            )
            self.fields[f"column_{place}"] = field
            self.initial[f"column_{place}"] = target

    def _label(self, place: int) -> str:
        return self._import.shown_headers[place] or _("Column %(number)d") % {"number": place + 1}

    def _choices(self, place: int, target: str) -> list[tuple[str, str]]:
        key = attribute_key(self._import.headers[place]) or f"column_{place + 1}"
        own = target if target.startswith(ATTRIBUTE) else f"{ATTRIBUTE}{key}"
        kept = (own, _("Merge field “%(name)s”") % {"name": own.removeprefix(ATTRIBUTE)})
        whole = [(ATTRIBUTES, _("All merge fields (JSON)"))] if target == ATTRIBUTES else []
        return [("", _("Leave out")), *field_labels().items(), kept, *whole]

    @property
    def columns(self) -> list[tuple[forms.BoundField, list[str]]]:
        rows = self._import.sample[:SHOWN_SAMPLES]
        return [
            (self[f"column_{place}"], [row[place] for row in rows if place < len(row) and row[place]])
            for place in range(len(self._import.mapping))
        ]

    def mapping(self) -> list[str]:
        return [self.cleaned_data.get(f"column_{place}", "") for place in range(len(self._import.mapping))]

    def clean(self) -> dict[str, Any]:
        if MOBILE not in self.mapping():
            raise forms.ValidationError(_("Choose the column that holds the mobile numbers."))
        return self.cleaned_data


def attribute_key(header: str) -> str:
    """A header as the name of a merge field; "" where it cannot be one."""
    text = unescape_cell(header).strip()[:LONGEST_NAME].strip()
    return "" if set("{}") & set(text) or not text.isprintable() else text
