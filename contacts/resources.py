"""A contact as a row of a sheet: the columns that an import reads and an export writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from import_export import resources
from import_export.fields import Field

from contacts.importing.headers import ATTRIBUTE, ATTRIBUTES
from contacts.importing.verdicts import field_labels
from contacts.importing.widgets import (
    CellWidget,
    DayWidget,
    GroupsWidget,
    MergeFieldsWidget,
    MergeFieldWidget,
    NumberWidget,
    TextWidget,
    ZoneWidget,
)  # fmt: skip
from contacts.merge_fields import as_text
from contacts.models import Contact
from providers.numbers import operator_of


def _column(name: str, widget: CellWidget, **options: Any) -> Field:
    """An empty cell never clears a value."""
    return Field(name, name, widget, saves_null_values=False, **options)


class ContactResource(resources.ModelResource):
    """Columns in the order of an export; a number is one contact."""

    name = _column("name", TextWidget("name", limit=200, joint=" ", is_one_line=True))
    mobile = _column("mobile", NumberWidget())
    groups = _column("groups", GroupsWidget(), m2m_add=True)
    address = _column("address", TextWidget("address", limit=10_000, joint=", "))
    birth_date = _column("birth_date", DayWidget())
    description = _column("description", TextWidget("description", limit=10_000, joint="\n"))
    time_zone = _column("time_zone", ZoneWidget())

    class Meta:
        model = Contact
        import_id_fields = ["mobile"]
        fields = ("name", "mobile", "groups", "address", "birth_date", "description", "time_zone")
        export_order = fields
        skip_unchanged = True

    def __init__(self, is_known: Callable[[str], bool] = lambda name: True) -> None:
        """`is_known` tells the name of a group that exists."""
        super().__init__()
        self.fields["groups"].widget.is_known = is_known

    def before_save_instance(self, instance: Contact, row: Any, **kwargs: Any) -> None:
        instance.operator = operator_of(instance.mobile)

    def widget_of(self, target: str) -> CellWidget:
        """What reads the cells of a column that is mapped to `target`."""
        if target == ATTRIBUTES:
            return MergeFieldsWidget()
        if target.startswith(ATTRIBUTE):
            return MergeFieldWidget(target.removeprefix(ATTRIBUTE))
        return self.fields[target].widget

    def headers(self, keys: Sequence[str]) -> list[str]:
        """In the reader's language; import knows them in every language of ours."""
        labels = field_labels()
        return [*(labels[name] for name in self.get_export_order()), *self.attribute_headers(keys)]

    @staticmethod
    def attribute_headers(keys: Sequence[str]) -> list[str]:
        return [ATTRIBUTES if key == ATTRIBUTES else f"{ATTRIBUTE}{key}" for key in keys]

    def row(self, contact: Contact, keys: Sequence[str]) -> list[str]:
        """`keys`: of merge fields, one a column, or `attributes` alone for all of them as JSON."""
        cells = [str(cell or "") for cell in self.export_resource(contact)]
        if list(keys) == [ATTRIBUTES]:
            return [*cells, as_text(contact.attributes) if contact.attributes else ""]
        values = (contact.attributes.get(key, "") for key in keys)
        return [*cells, *(as_text(value) for value in values)]
