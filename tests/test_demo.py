"""The demo data of `make run`: for looking around, safe to make again."""

import stat

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from contacts.models import Contact
from providers.models import Account, ProviderSlug
from smsops.console.demo import CREDENTIALS, ROLES, demo_password
from tests.conftest import DEMO_CREDENTIALS

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(settings, capsys):
    settings.DEBUG = True
    return lambda port=8090: call_command("demo", sandbox_port=port)


def test_it_makes_an_account_per_provider_with_the_sandbox_credentials(make):
    make()
    accounts = {account.provider: account for account in Account.objects.all()}
    assert set(accounts) == set(ProviderSlug.values)
    assert {slug: account.credentials for slug, account in accounts.items()} == CREDENTIALS == DEMO_CREDENTIALS
    assert {account.base_url for account in accounts.values()} == {"http://127.0.0.1:8090"}


def test_it_makes_a_person_of_each_role_with_the_password_it_keeps(make):
    make()
    request = RequestFactory().get("/")
    for role in ROLES:
        user = authenticate(request, username=role.lower(), password=demo_password())
        assert user is not None
        assert set(user.groups.all()) == set(Group.objects.filter(name=role))


def test_it_adds_nothing_the_second_time_but_follows_the_port(make):
    make()
    counts = [model.objects.count() for model in (Account, User, Contact)]
    tokens = set(Account.objects.values_list("callback_token", flat=True))
    make(port=9191)
    assert [model.objects.count() for model in (Account, User, Contact)] == counts
    assert set(Account.objects.values_list("base_url", flat=True)) == {"http://127.0.0.1:9191"}
    assert set(Account.objects.values_list("callback_token", flat=True)) == tokens


def test_it_leaves_an_account_alone_that_points_elsewhere(make):
    make()
    Account.objects.filter(provider="tcast").update(base_url="https://provider.example")
    make(port=9191)
    assert Account.objects.get(provider="tcast").base_url == "https://provider.example"


def test_only_this_user_may_read_the_password(settings):
    assert len(demo_password()) >= 12
    assert stat.S_IMODE((settings.SMSOPS_VAR / "demo_password").stat().st_mode) == 0o600


def test_it_refuses_in_production():
    with pytest.raises(CommandError, match="DEBUG=1"):
        call_command("demo")
    assert User.objects.count() == 0
