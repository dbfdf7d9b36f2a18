"""Users and roles, under one rule: nobody gives away, or touches in others, rights that he lacks himself."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from providers.freshness import FreshAdmin, FreshForm
from providers.listing import ReadOnlyAdmin
from smsops.console import contact_admin as contact_admin
from smsops.console import download_admin as download_admin
from smsops.console import forget_admin as forget_admin
from smsops.console import lookup_admin as lookup_admin
from smsops.console import receipt_admin as receipt_admin
from smsops.console.labels import PermissionsField, RolesField, role_label
from smsops.console.retention import retention_admin as retention_admin
from smsops.console.rights import grantable_groups, grantable_permissions, may_touch_group, may_touch_user

for model in (User, Group, AccessAttempt, AccessFailureLog, AccessLog):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class UserForm(FreshForm, UserChangeForm):
    """A user; the password has a page of its own."""


class RightsAdmin(FreshAdmin):
    """Offers only the roles and rights that the person has."""

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Group:
            kwargs |= {
                "queryset": grantable_groups(request.user),
                "form_class": RolesField,
                "label": _("Roles"),
                "help_text": _("A person may do what any of these roles allows."),
            }
        if db_field.related_model is Permission:
            offered = grantable_permissions(request.user).select_related("content_type")
            kwargs |= {"queryset": offered, "form_class": PermissionsField}
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, RightsAdmin):
    """Staff."""

    form = UserForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "roles", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    show_facets = admin.ShowFacets.NEVER
    compressed_fields = True

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("Roles"))
    def roles(self, user: User) -> str:
        return ", ".join(map(role_label, user.groups.all()))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[Any, ...]:
        fields = ("last_login", "date_joined", *super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, "is_superuser")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_touch_user(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or may_touch_user(request.user, obj))


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, RightsAdmin):
    """Roles."""

    list_display = ("role",)

    @admin.display(description=Group._meta.get_field("name").verbose_name, ordering="name")
    def role(self, group: Group) -> str:
        return role_label(group)

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        # Django's own sets a queryset that would offer every right.
        return RightsAdmin.formfield_for_manytomany(self, db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may_touch_group(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or may_touch_group(request.user, obj))


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    """Failed logins; deleting one lifts its lock-out."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time")
    search_fields = ("username", "ip_address")
    ordering = ("-id",)
    fields = ("username", "ip_address", "failures_since_start", "attempt_time", "user_agent", "path_info")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return ModelAdmin.has_delete_permission(self, request, obj)
