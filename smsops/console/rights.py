"""Who may give which rights to whom, counted from the database: an idle user's rights count as well."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet


def permissions_of(user: Any) -> QuerySet[Permission]:
    """All rights a user has or would have if he were active, straight and by role; a superuser has every one."""
    if user.is_superuser:
        return Permission.objects.all()
    return Permission.objects.filter(Q(user=user.pk) | Q(group__user=user.pk)).distinct()


def grantable_permissions(actor: Any) -> QuerySet[Permission]:
    return Permission.objects.filter(pk__in=permissions_of(actor).order_by().values("pk"))


def grantable_groups(actor: Any) -> QuerySet[Group]:
    """Roles that hold nothing which the actor lacks."""
    if actor.is_superuser:
        return Group.objects.all()
    beyond = Permission.objects.exclude(pk__in=permissions_of(actor).order_by().values("pk"))
    return Group.objects.exclude(permissions__in=beyond)


def may_touch_user(actor: Any, target: User) -> bool:
    """Whether the actor has every right that the target has: else he could take them by setting its password."""
    if actor.is_superuser:
        return True
    if target.is_superuser:
        return False
    own = permissions_of(actor).order_by().values("pk")
    return not permissions_of(target).exclude(pk__in=own).exists()


def may_touch_group(actor: Any, group: Group) -> bool:
    return grantable_groups(actor).filter(pk=group.pk).exists()
