"""System checks name what an operator has set up wrongly."""

from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test.utils import override_settings

POSTGRESQL = {"default": {"ENGINE": "django.db.backends.postgresql"}}


def ids(**options):
    return {message.id for message in run_checks(**options) if message.id.startswith("smsops.")}


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("TRUSTED_PROXIES", ["10.0.0.0/24", "10.0.0.0/99"], "smsops.E001"),
        ("TRUSTED_PROXIES", ["proxy.example.com"], "smsops.E001"),
        ("CELERY_BROKER_URL", "kafka://localhost", "smsops.E002"),
        ("CELERY_BROKER_URL", "localhost:6379", "smsops.E002"),
        ("SMSOPS_VAR", Path("/dev/null/nowhere"), "smsops.E003"),
        ("PUBLIC_URL", "sms.example.com", "smsops.E004"),
        ("PUBLIC_URL", "https://", "smsops.E004"),
        ("ALLOWED_HOSTS", ["https://sms.example.com"], "smsops.E005"),
        ("ALLOWED_HOSTS", ["sms.example.com/admin"], "smsops.E005"),
    ],
)
def test_it_refuses_a_setting_that_makes_no_sense(setting, value, expected):
    assert ids() == set()
    with override_settings(**{setting: value}):
        assert ids() == {expected}


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"SECRET_KEY_GIVEN": False}, "smsops.W001"),
        ({"SALT_KEYS": ["same"], "SECRET_KEY": "same"}, "smsops.W002"),
        ({"PUBLIC_URL": "http://sms.example.com"}, "smsops.W003"),
        ({"PUBLIC_URL": "https://127.0.0.1"}, "smsops.W003"),
        ({"CELERY_BROKER_URL": "filesystem://"}, "smsops.W004"),
        ({"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}}, "smsops.W005"),
        ({"ALLOWED_HOSTS": ["*"]}, "smsops.W006"),
    ],
)
@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_it_warns_before_a_deployment(overrides, expected):
    production = {
        "SECRET_KEY_GIVEN": True,
        "SALT_KEYS": ["another"],
        "PUBLIC_URL": "https://sms.example.com",
        "ALLOWED_HOSTS": ["sms.example.com"],
        "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0",
        "DATABASES": POSTGRESQL,
    }
    tags = {"tags": ["security"], "include_deployment_checks": True}
    with override_settings(**production):
        assert ids(**tags) == set()
    with override_settings(**production | overrides):
        assert ids(**tags) == {expected}


def test_every_message_tells_what_to_do():
    with override_settings(TRUSTED_PROXIES=["x"], CELERY_BROKER_URL="x://", ALLOWED_HOSTS=["a/b"], PUBLIC_URL="x"):
        found = [message for message in run_checks() if message.id.startswith("smsops.")]
    assert len(found) == 4
    assert all(message.hint for message in found)


@pytest.mark.django_db(transaction=True)
def test_it_refuses_a_database_that_does_not_wait_for_the_disk():
    assert ids(databases=["default"]) == set()
    is_sqlite = connection.vendor == "sqlite"
    off, on = ("PRAGMA synchronous=OFF", "PRAGMA synchronous=FULL")
    if not is_sqlite:
        off, on = ("SET synchronous_commit=off", "SET synchronous_commit=on")
    with connection.cursor() as cursor:
        cursor.execute(off)
    try:
        assert ids(databases=["default"]) == {"smsops.E006"}
    finally:
        with connection.cursor() as cursor:
            cursor.execute(on)


def test_it_warns_of_an_account_that_does_not_look_at_certificates(make_account):
    make_account(options={"tls_verify": True})
    assert ids(databases=["default"]) == set()
    make_account(options={"tls_verify": False}, name="Careless")
    found = [message for message in run_checks(databases=["default"]) if message.id == "smsops.W007"]
    assert ["Careless" in message.msg for message in found] == [True]
