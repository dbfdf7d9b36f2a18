"""A campaign to a group of the provider's own phone book."""

import pytest

from smsops.messaging.campaigns import tasks
from tests.messaging.campaigns.group_call.phonebook import GROUP


@pytest.fixture
def draft(make_campaign, sandbox_account):
    """A campaign to a remote group, its members listed."""

    def draft(text="Toko tutup besok.", kind="transactional", **fields):
        account = fields.pop("account", None) or sandbox_account(name="Solo")
        campaign = make_campaign(account, text=text, kind=kind, remote_group=GROUP, **fields)
        tasks.prepare_campaign(campaign.pk)
        campaign.refresh_from_db()
        return campaign

    return draft
