"""Two people who answer."""

import pytest

from tests.people import make_person


@pytest.fixture
def operator(db):
    return make_person("Operator")


@pytest.fixture
def colleague(db):
    return make_person("Operator", username="dewi")
