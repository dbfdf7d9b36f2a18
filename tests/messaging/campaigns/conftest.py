"""Campaigns for tests."""

import pytest

from contacts.models import Contact, Group
from providers.numbers import operator_of
from smsops.messaging.campaigns.audience import count_audience
from smsops.messaging.campaigns.lists import store_pasted
from smsops.messaging.campaigns.spec import AudienceSpec
from smsops.messaging.models import Campaign
from tests.people import make_person


@pytest.fixture
def rina(db):
    """An operator, who writes campaigns."""
    return make_person("Operator", username="rina")


@pytest.fixture
def make_campaign(make_account, rina):
    """A draft; `pasted` numbers and an `AudienceSpec` by its fields, counted already."""

    def make(account=None, pasted="", text="Halo", spec=None, **fields):
        account = account or make_account("smsmasking", sender_id="TOKO")
        values = {"name": "Promo", "account": account, "status": "draft", "text": text, "created_by": rina}
        campaign = Campaign.objects.create(**values | fields)
        campaign.audience = (spec or AudienceSpec()).as_json()
        campaign.save()
        store_pasted(campaign=campaign, text=pasted)
        count_audience(campaign=campaign)
        return campaign

    return make


@pytest.fixture
def make_contacts(db):
    """Contacts with running numbers, in a group if one is named: `make_contacts(3, "Toko")`."""
    made = []

    def make(count, group="", **fields):
        first = len(made)
        numbers = [f"+62812{number:08d}" for number in range(first, first + count)]
        contacts = Contact.objects.bulk_create(
            [Contact(mobile=number, operator=operator_of(number), **fields) for number in numbers]
        )
        made.extend(contacts)
        if group:
            Group.objects.get_or_create(name=group)[0].contacts.add(*contacts)
        return contacts

    return make


@pytest.fixture
def approver(db):
    return make_person("Approver", username="tono")


@pytest.fixture
def strict(make_account):
    return make_account(options={"approve_above_recipients": 1})
