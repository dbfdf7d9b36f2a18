"""A browser, and campaigns to look at."""

import pytest

from tests.people import client_of


@pytest.fixture
def browser(rina):
    return client_of(rina)


@pytest.fixture
def calm(make_account):
    """An account without quiet hours, so that a test is the same at night."""
    return make_account(name="Toko", options={"quiet_hours_sms": ""}, price_per_segment=350, sender_id="TOKO")
