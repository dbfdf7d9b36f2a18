"""Roles and rights as a person reads them: the database keeps their English names."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.forms import ModelMultipleChoiceField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

ROLE_NAMES: dict[str, Any] = {
    "Operator": pgettext_lazy("role", "Operator"),
    "Approver": pgettext_lazy("role", "Approver"),
    "Support": pgettext_lazy("role", "Support"),
    "Administrator": pgettext_lazy("role", "Administrator"),
}
RIGHTS: dict[str, Any] = {
    "add": gettext_lazy("Can add"),
    "change": gettext_lazy("Can change"),
    "delete": gettext_lazy("Can delete"),
    "view": gettext_lazy("Can view"),
}


def role_label(group: Group) -> str:
    """A role's name; a company's own roles as they were named."""
    return str(ROLE_NAMES.get(group.name, group.name))


def permission_label(permission: Permission) -> str:
    """Such as "Messages | message | Can view"; Django's own permissions have names in English only."""
    verb, _sign, model = permission.codename.partition("_")
    is_standard = verb in RIGHTS and model == permission.content_type.model
    right = RIGHTS[verb] if is_standard else _(permission.name)
    return f"{permission.content_type} | {right}"


class RolesField(ModelMultipleChoiceField):
    """A choice of roles."""

    def label_from_instance(self, obj: Any) -> str:
        return role_label(obj)


class PermissionsField(ModelMultipleChoiceField):
    """A choice of rights."""

    def label_from_instance(self, obj: Any) -> str:
        return permission_label(obj)
