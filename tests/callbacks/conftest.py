"""The door, and messages that wait for their report."""

import pytest


@pytest.fixture
def ring(client):
    """Call the door: `ring(path, method=…, data=…, content_type=…)`."""

    def call(path, *, method="POST", query_string="", **extra):
        return client.generic(method, f"{path}?{query_string}" if query_string else path, **extra)

    return call


@pytest.fixture
def make_sent(make_account, queue_messages):
    def make(provider="smsmasking", id="4711", **fields):
        options = {"zero_means_delivered": True} if provider == "tcast" else {}
        account = make_account(provider, options=options, **fields)
        return queue_messages(account, ["+6281200000001"], status="sent", provider_message_id=id)[0]

    return make
