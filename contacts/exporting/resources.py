"""A contact as a row of a sheet: the columns of every export, and django-import-export's own way of importing them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from import_export import fields, resources, widgets

from contacts.importing.group_names import join_groups, split_groups
from contacts.importing.headers import ATTRIBUTE, ATTRIBUTES
from contacts.importing.verdicts import field_labels
from contacts.merge_fields import as_text
from contacts.models import Contact, Group
from providers.numbers import operator_of, to_e164


class GroupsWidget(widgets.ManyToManyWidget):
    """Names of groups in one cell."""

    def __init__(self) -> None:
        super().__init__(Group, field="name")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return Group.objects.filter(name__in=split_groups(value or "", lambda name: True))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        # A contact that is not stored yet has none.
        return join_groups(group.name for group in value.all()) if value else ""


class ContactResource(resources.ModelResource):
    """Columns in the order of an export; a number is one contact."""

    groups = fields.Field("groups", "groups", GroupsWidget())

    class Meta:
        model = Contact
        import_id_fields = ["mobile"]
        fields = ("name", "mobile", "groups", "address", "birth_date", "description", "time_zone")
        export_order = fields
        skip_unchanged = True

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        row["mobile"] = to_e164(row["mobile"])

    def before_save_instance(self, instance: Contact, row: Any, **kwargs: Any) -> None:
        instance.operator = operator_of(instance.mobile)

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
