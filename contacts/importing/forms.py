"""The two forms of an import: the file, and what its columns are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.formats.base_formats import CSV, TSV, XLSX
from unfold.contrib.import_export.forms import ImportForm
from unfold.widgets import UnfoldBooleanWidget

from contacts.importing.headers import ATTRIBUTE, ATTRIBUTES, MOBILE
from contacts.importing.models import ContactImport
from contacts.importing.verdicts import field_labels
from contacts.merge_fields import LONGEST_NAME
from contacts.resources import ContactResource
from contacts.uploads.forms import LISTS, ColumnsForm, file_field
from contacts.uploads.sniffing import VCARD
from providers.spreadsheets import unescape_cell

FORMATS = (CSV, TSV, XLSX)


class UploadForm(ImportForm):
    use_required_attribute = False

    import_file = file_field(
        gettext_lazy("CSV, TSV, XLSX or vCard, at most 100 MB; from Excel, Google, Outlook or a telephone."),
        accept=f"{LISTS},.vcf",
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(FORMATS, [ContactResource], **kwargs)
        # The file itself says what it is, whatever its name.
        del self.fields["format"]


class MappingForm(ColumnsForm):
    has_header = forms.BooleanField(
        label=gettext_lazy("The first row names the columns"), required=False, widget=UnfoldBooleanWidget
    )
    create_groups = forms.BooleanField(
        label=gettext_lazy("Make groups that do not exist yet"), required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, contact_import: ContactImport, **kwargs: Any) -> None:
        super().__init__(contact_import, **kwargs)
        self.initial["has_header"] = contact_import.has_header
        self.initial["create_groups"] = contact_import.create_groups
        if contact_import.kind == VCARD:
            # Cards name what they hold, each for itself.
            del self.fields["has_header"]

    def headers(self) -> list[str]:
        return list(self.upload.shown_headers)

    def choices(self, place: int, target: str) -> list[tuple[str, Any]]:
        key = attribute_key(self.upload.headers[place]) or f"column_{place + 1}"
        own = target if target.startswith(ATTRIBUTE) else f"{ATTRIBUTE}{key}"
        kept = (own, _("Merge field “%(name)s”") % {"name": own.removeprefix(ATTRIBUTE)})
        whole = [(ATTRIBUTES, _("All merge fields (JSON)"))] if target == ATTRIBUTES else []
        return [("", _("Leave out")), *field_labels().items(), kept, *whole]

    def clean(self) -> dict[str, Any]:
        if MOBILE not in self.mapping():
            raise forms.ValidationError(_("Choose the column that holds the mobile numbers."))
        return self.cleaned_data


def attribute_key(header: str) -> str:
    """A header as the name of a merge field; "" where it cannot be one."""
    text = unescape_cell(header).strip()[:LONGEST_NAME].strip()
    return "" if set("{}") & set(text) or not text.isprintable() else text
