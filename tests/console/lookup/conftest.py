"""Somebody of the support desk."""

import pytest

from tests.contacts.conftest import add_contact as add_contact
from tests.people import client_of, make_person


@pytest.fixture
def support(db):
    return client_of(make_person("Support"))
