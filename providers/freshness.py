"""Forms that save changed fields only, and refuse when the row changed since they were opened, showing both."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from providers.deletion import without_link_counts, without_links
from providers.listing import OfferedLookups

SALT = "providers.freshness"
OPENED = "opened_with"


class FreshForm(forms.ModelForm):
    """Carries, signed, what every field showed when the form was opened."""

    opened_with = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial[OPENED] = signing.dumps([self.instance.pk, self.shown()], salt=SALT, compress=True)

    @cached_property
    def changed_data(self) -> list[str]:
        """What the person changed; the seal is not his."""
        return [name for name in super().changed_data if name != OPENED]

    def shown(self) -> dict[str, str]:
        """Field → what the form shows for the row as it is now."""
        names = [name for name, field in self.fields.items() if name != OPENED and not field.disabled]
        return {name: _plain(self.get_initial_for_field(self.fields[name], name)) for name in names}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk is not None:
            self._refuse_stale()
        return cleaned

    def _refuse_stale(self) -> None:
        stale = self._changed_by_others()
        # The person has seen both now: the next save stands on what the row says now.
        data: Any = self.data.copy() if isinstance(self.data, QueryDict) else dict(self.data)
        data[self.add_prefix(OPENED)] = self.initial[OPENED]
        self.data = data
        for name, now in stale.items():
            self.add_error(name, self._told_both(name, now))

    def _changed_by_others(self) -> dict[str, str]:
        now = self.shown()
        try:
            key, opened = signing.loads(self.cleaned_data.get(OPENED, ""), salt=SALT)
        except (signing.BadSignature, ValueError) as error:
            raise ValidationError(_("This form is out of date. Open it again.")) from error
        if key != self.instance.pk:
            raise ValidationError(_("This form is out of date. Open it again."))
        return {name: value for name, value in now.items() if name in opened and opened[name] != value}

    def _told_both(self, name: str, now: str) -> str:
        if name in self.secret_names():
            return _("Somebody changed this while you had the form open. Save again to put yours in its place.")
        mine = _plain(self.cleaned_data.get(name, self.data.get(self.add_prefix(name), "")))
        told = _("Somebody changed this while you had the form open: it is “%(now)s” now, you have “%(mine)s”.")
        return told % {"now": now, "mine": mine} + " " + _("Save again to put yours in its place.")

    def secret_names(self) -> set[str]:
        """Fields whose values are never shown."""
        return set()


def _plain(value: Any) -> str:
    """A field's value as text that can be compared and shown."""
    value = value() if callable(value) else value
    if isinstance(value, QuerySet | list | tuple | set):
        return ", ".join(sorted(str(getattr(entry, "pk", entry)) for entry in value))
    return "" if value is None else str(value)


class FreshAdmin(OfferedLookups):
    """An admin page whose form is a `FreshForm`."""

    form: Any = FreshForm
    change_form_template: Any = "admin/fresh_change_form.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for name in super().get_fields(request, obj) if name != OPENED]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """What is chosen in a field is deleted on its own page, not from beside the field."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_delete_related = False
        return field

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row as it is now; a form that is being saved holds it until the save is through."""
        found = super().get_object(request, object_id, from_field)
        if found is not None and request.method == "POST":
            locked = self.model._default_manager.select_for_update(no_key=True, of=("self",))
            return locked.filter(pk=found.pk).first()
        return found

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """The links of many-to-many fields go as well; only programmers care."""
        deleted, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        return without_links(deleted), without_link_counts(counts), perms_needed, protected

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what the person changed; whatever else moved on meanwhile stays as it is."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        columns = {field.name for field in obj._meta.concrete_fields}
        if changed := columns.intersection(form.changed_data):
            obj.save(update_fields=changed)
