"""Credentials at rest."""

import json

import pytest
from django.core import serializers
from django.db import connection

from providers.encryption import UnreadableCredentials
from providers.models import Account
from smsops.messaging.dispatch import dispatch_account


def stored(account):
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM providers_account WHERE id = %s", [account.pk])
        return cursor.fetchone()[0]


def test_the_database_holds_no_plain_credential(make_account):
    account = make_account(credentials={"username": "toko", "password": "rahasia-123"})
    assert "rahasia" not in stored(account)
    assert Account.objects.get().credentials == {"username": "toko", "password": "rahasia-123"}


def test_keys_rotate_the_first_writes_and_all_read(make_account, settings):
    settings.SALT_KEYS = ["old"]
    account = make_account()
    settings.SALT_KEYS = ["new", "old"]
    account = Account.objects.get()
    assert account.credentials["username"] == "demo"
    account.credentials = dict(account.credentials)
    account.save()
    settings.SALT_KEYS = ["new"]
    assert Account.objects.get().credentials["username"] == "demo"


def test_a_lost_key_raises_on_use_and_not_in_a_list(make_account, settings):
    make_account()
    settings.SALT_KEYS = ["another"]
    (account,) = Account.objects.all()
    assert account.name
    with pytest.raises(UnreadableCredentials):
        account.config()


def test_saving_another_field_keeps_credentials_that_cannot_be_read(make_account, settings):
    before = stored(make_account())
    settings.SALT_KEYS = ["another"]
    account = Account.objects.get()
    account.sender_id = "TOKO"
    account.save()
    assert stored(account) == before


@pytest.mark.django_db(transaction=True)
def test_an_unreadable_value_suspends_the_account(make_account, queue_messages, settings):
    account = make_account()
    queue_messages(account, 1)
    settings.SALT_KEYS = ["another"]
    dispatch_account(account_id=account.pk)
    assert "SALT_KEY" in Account.objects.get().suspended_reason


def test_a_dump_holds_the_ciphertext(make_account):
    account = make_account()
    (row,) = json.loads(serializers.serialize("json", [account]))
    assert "demo-secret" not in json.dumps(row)
    assert row["fields"]["credentials"].startswith("gAAAA")
