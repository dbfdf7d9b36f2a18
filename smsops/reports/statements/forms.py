"""The two forms of a statement: the file with whose and when, and what its columns are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from providers.models import Account
from smsops.reports.monthly.month import Month
from smsops.reports.statements.columns import TARGETS, why_not
from smsops.reports.statements.models import Statement


class UploadForm(forms.Form):
    use_required_attribute = False

    account = forms.ModelChoiceField(
        Account.objects.order_by("name"), label=gettext_lazy("Account"), widget=UnfoldAdminSelectWidget
    )
    month = forms.CharField(
        label=gettext_lazy("Month"),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "month", "placeholder": "2026-09"}),
    )
    file = forms.FileField(
        label=gettext_lazy("File"), widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        help_text=gettext_lazy("The provider's own usage export: CSV or XLSX, at most 100 MB."),
    )  # fmt: skip

    def clean_month(self) -> Month:
        written = self.cleaned_data["month"]
        try:
            return Month.parse(written)
        except ValueError:
            raise forms.ValidationError(
                _("“%(text)s” is no month. Write it as 2026-09.") % {"text": written[:20]}
            ) from None


class ColumnsForm(forms.Form):
    """One choice a column; `columns` pairs each with some of its cells."""

    def __init__(self, statement: Statement, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._statement = statement
        choices = [("", _("Leave out")), *TARGETS.items()]
        for place, target in enumerate(statement.mapping):
            label = statement.headers[place] or _("Column %(number)d") % {"number": place + 1}
            field = forms.ChoiceField(label=label, choices=choices, required=False, widget=UnfoldAdminSelectWidget)
            self.fields[f"column_{place}"] = field
            self.initial[f"column_{place}"] = target

    @property
    def columns(self) -> list[tuple[forms.BoundField, list[str]]]:
        rows = self._statement.sample
        return [
            (self[f"column_{place}"], [row[place] for row in rows if place < len(row) and row[place]])
            for place in range(len(self._statement.mapping))
        ]

    def mapping(self) -> list[str]:
        return [self.cleaned_data.get(f"column_{place}", "") for place in range(len(self._statement.mapping))]

    def clean(self) -> dict[str, Any]:
        if reason := why_not(self.mapping()):
            raise forms.ValidationError(reason)
        return self.cleaned_data
