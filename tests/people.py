"""People for tests, signed in at Django's test client."""

from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from smsops.console.roles import apply_roles


def make_person(role=None, *permissions, username=None, is_superuser=False):
    """A member of staff with a role, or with single permissions (`app.codename`)."""
    apply_roles(apps)
    username = username or f"{role or 'somebody'}-{User.objects.count()}".lower()
    user = User.objects.create_user(username, password="x", is_staff=True, is_superuser=is_superuser)
    if role:
        user.groups.add(Group.objects.get(name=role))
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def client_of(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def form_values(response):
    """What a browser would send back of the page's form, nothing changed."""
    form = response.context["adminform"].form
    values = {}
    for bound in form:
        value = bound.value()
        if value is None or value is False:
            continue
        if hasattr(bound.field.widget, "decompress"):
            parts = zip(("_0", "_1"), bound.field.widget.decompress(value), strict=False)
            values |= {f"{bound.html_name}{end}": part for end, part in parts if part is not None}
        elif isinstance(value, list | tuple) or hasattr(value, "all"):
            values[bound.html_name] = [getattr(entry, "pk", entry) for entry in value]
        else:
            values[bound.html_name] = "on" if value is True else value
    return values
