"""An account whose phone book is at the sandbox, empty or known on both sides."""

import pytest

from tests.contacts.syncing.people import BUDI, SITI, entry, sync


@pytest.fixture
def book(sandbox):
    return sandbox.phonebook("demo")


@pytest.fixture
def account(sandbox_account):
    return sandbox_account("smsmasking")


@pytest.fixture
def known(account, book, add_contact):
    """Two people in one group, known on both sides."""
    book.seed(entries=[entry(BUDI, "Budi", address="Jl. Bali 1", birth="20000817")])
    add_contact("Siti", f"+{SITI}", groups=["Bali"])
    sync(account)
    book.calls.clear()
    return account
