"""The two forms of a statement: the file with whose and when, and what its columns are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from contacts.uploads.forms import ColumnsForm, file_field
from providers.models import Account
from smsops.reports.monthly.month import Month
from smsops.reports.statements.columns import TARGETS, why_not


class UploadForm(forms.Form):
    use_required_attribute = False

    account = forms.ModelChoiceField(
        Account.objects.order_by("name"), label=gettext_lazy("Account"), widget=UnfoldAdminSelectWidget
    )
    month = forms.CharField(
        label=gettext_lazy("Month"),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "month", "placeholder": "2026-09"}),
    )
    file = file_field(gettext_lazy("The provider's own usage export: CSV or XLSX, at most 100 MB."))

    def clean_month(self) -> Month:
        written = self.cleaned_data["month"]
        try:
            return Month.parse(written)
        except ValueError:
            raise forms.ValidationError(
                _("“%(text)s” is no month. Write it as 2026-09.") % {"text": written[:20]}
            ) from None


class TargetsForm(ColumnsForm):
    def choices(self, place: int, target: str) -> list[tuple[str, Any]]:
        return [("", _("Leave out")), *TARGETS.items()]

    def clean(self) -> dict[str, Any]:
        if reason := why_not(self.mapping()):
            raise forms.ValidationError(reason)
        return self.cleaned_data
