"""A phone book in the sandbox, asked over HTTP."""

import pytest

from tests.providers.sandbox.conftest import md5
from tests.providers.sandbox.phonebook.entries import ANA


@pytest.fixture
def book(sandbox):
    return sandbox.phonebook()


@pytest.fixture
def ask(client):
    """One call by its name, signed as told: `ask("phbkGetList", page=1)`, `ask("phbkDelete", "7", id="7")`."""

    def ask(call, signs="demo", /, **fields):
        auth = md5(signs + "demo-secret")
        return client.get(f"/web2sms/api/{call}.aspx", **{"username": "demo", "auth": auth} | fields)

    return ask


@pytest.fixture
def add(ask):
    return lambda **changes: ask("phbkAdd", (ANA | changes)["mobile"], **ANA | changes).text
