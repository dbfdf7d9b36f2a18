"""The phone book of an account whose provider is the recording counterpart."""

import pytest

from providers.adapters.smsmasking import SmsMasking
from providers.types import AccountConfig


@pytest.fixture
def book(wire):
    credentials = {"username": "sms", "password": "geheim&1"}
    provider = SmsMasking(AccountConfig("demo", wire.base_url, credentials, timeout_seconds=20))
    yield provider.phonebook
    provider.close()
