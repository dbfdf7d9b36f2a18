"""Nobody gives away, or takes over, rights that he lacks."""

import pytest
from django.contrib.auth.models import Group, Permission, User

from smsops.console.roles import ROLES
from tests.people import client_of, form_values, make_person

MANAGE_USERS = ("auth.view_user", "auth.change_user", "auth.add_user", "auth.view_group", "auth.change_group")


@pytest.fixture
def manager(db):
    """May manage users, and holds what an Operator may do; nothing of accounts."""
    return make_person("Operator", *MANAGE_USERS, "auth.delete_user", "auth.add_group")


def edit(client, user, **changes):
    url = f"/admin/auth/user/{user.pk}/change/"
    return client.post(url, form_values(client.get(url)) | changes)


def group(name):
    return Group.objects.get(name=name)


@pytest.mark.parametrize("role", ROLES)
def test_the_migration_gave_each_role_its_rights(db, role):
    make_person(role)
    rights = group(role).permissions.select_related("content_type")
    assert {f"{right.content_type.app_label}.{right.codename}" for right in rights} == set(ROLES[role])


def test_support_can_send_nothing(db):
    support = make_person("Support")
    assert not support.has_perm("messaging.send_message")
    assert not support.has_perm("providers.change_credentials")


def test_a_manager_gives_a_role_that_he_holds_entirely(manager):
    target = make_person()
    edit(client_of(manager), target, groups=[group("Operator").pk])
    assert list(target.groups.all()) == [group("Operator")]


@pytest.mark.parametrize("role", ["Approver", "Administrator"])
def test_he_cannot_give_a_role_beyond_his_own(manager, role):
    target = make_person()
    response = edit(client_of(manager), target, groups=[group(role).pk])
    assert response.status_code == 200
    assert not target.groups.exists()


def test_he_cannot_give_himself_a_right(manager):
    right = Permission.objects.get(codename="change_credentials")
    edit(client_of(manager), manager, user_permissions=[right.pk])
    assert not User.objects.get(pk=manager.pk).has_perm("providers.change_credentials")


def test_he_cannot_make_anybody_a_superuser(manager):
    target = make_person()
    edit(client_of(manager), target, is_superuser="on")
    edit(client_of(manager), manager, is_superuser="on")
    assert not User.objects.filter(is_superuser=True).exists()


@pytest.mark.parametrize("page", ["password", "delete"])
@pytest.mark.parametrize("is_active", [True, False])
def test_he_cannot_take_over_or_remove_somebody_with_more_rights(manager, page, is_active):
    target = make_person("Administrator")
    User.objects.filter(pk=target.pk).update(is_active=is_active)
    client = client_of(manager)
    posted = {"password1": "new-secret-77", "password2": "new-secret-77", "post": "yes"}
    assert client.post(f"/admin/auth/user/{target.pk}/{page}/", posted).status_code == 403
    assert User.objects.get(pk=target.pk).check_password("x")


def test_he_cannot_touch_a_superuser(manager):
    target = make_person(is_superuser=True)
    assert client_of(manager).post(f"/admin/auth/user/{target.pk}/change/", {}).status_code == 403
    assert client_of(manager).get(f"/admin/auth/user/{target.pk}/password/").status_code == 403


def test_he_cannot_remove_them_by_the_lists_action(manager):
    target = make_person("Administrator")
    posted = {"action": "delete_selected", "_selected_action": [target.pk], "post": "yes"}
    client_of(manager).post("/admin/auth/user/", posted)
    assert User.objects.filter(pk=target.pk).exists()


def test_he_cannot_put_a_right_that_he_lacks_into_a_role(manager):
    right = Permission.objects.get(codename="change_credentials")
    url = f"/admin/auth/group/{group('Operator').pk}/change/"
    client_of(manager).post(url, {"name": "Operator", "permissions": [right.pk]})
    client_of(manager).post("/admin/auth/group/add/", {"name": "Mine", "permissions": [right.pk]})
    assert right not in group("Operator").permissions.all()
    assert not Group.objects.filter(name="Mine").exists()


def test_he_cannot_change_a_role_beyond_his_own(manager):
    url = f"/admin/auth/group/{group('Administrator').pk}/change/"
    assert client_of(manager).post(url, {"name": "Administrator", "permissions": []}).status_code == 403


def test_an_administrator_manages_administrators(db):
    administrator, target = make_person("Administrator"), make_person("Approver")
    edit(client_of(administrator), target, groups=[group("Administrator").pk])
    assert list(target.groups.all()) == [group("Administrator")]


def test_a_users_form_refuses_what_somebody_changed_meanwhile(db):
    client, target = client_of(make_person("Administrator")), make_person("Support")
    url = f"/admin/auth/user/{target.pk}/change/"
    opened = form_values(client.get(url))
    User.objects.filter(pk=target.pk).update(last_name="Theirs")
    page = client.post(url, opened | {"last_name": "Mine"}).content.decode()
    assert "Theirs" in page
    assert not User.objects.filter(last_name="Mine").exists()


def test_the_form_carries_no_password_hash(db):
    client, target = client_of(make_person("Administrator")), make_person("Support")
    form = client.get(f"/admin/auth/user/{target.pk}/change/").context["adminform"].form
    assert "password" not in form.shown()
