"""What phones write in these tests, and the conversations that come of it."""

import itertools

import pytest

from providers.types import Channel, InboundText
from smsops.inbox.models import Conversation
from smsops.inbox.services import store_inbound

NUMBER = "+6281234567890"
COUNTER = itertools.count(1)


@pytest.fixture
def receive(db):
    """Store what a phone wrote: `receive(account, "Halo", sender="0812…")`; gives the conversation."""

    def store(account, text="Halo", *, sender=NUMBER, channel=Channel.SMS, id=None, **fields):
        given = {"provider_message_id": id or f"in-{next(COUNTER)}", "sender": sender, "text": text, "channel": channel}
        store_inbound(account=account, texts=[InboundText(**given | fields)])
        return Conversation.objects.get(number=sender)

    return store
