"""The price table: by operator, channel and day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from providers.models import Account
from smsops.messaging.campaigns.freezing import freeze_step
from smsops.messaging.campaigns.launching import launch_campaign
from smsops.messaging.campaigns.page import live_context
from smsops.messaging.campaigns.prices import read_prices
from smsops.messaging.campaigns.reserving import reserved
from smsops.messaging.campaigns.watching import watch_campaigns
from smsops.messaging.gate import examine_campaign
from smsops.messaging.models import Price

DAY = date(2026, 11, 21)


@pytest.fixture
def account(make_account):
    account = make_account(price_per_segment=Decimal(400))
    for operator, since, price in [
        ("Telkomsel", date(2026, 1, 1), 350),
        ("Telkomsel", date(2026, 11, 1), 375),
        ("Telkomsel", date(2026, 12, 1), 390),
        ("XL", date(2026, 1, 1), 300),
    ]:
        Price.objects.create(account=account, operator=operator, valid_from=since, price=price)
    return account


def prices(account, day=DAY, channel="sms"):
    return read_prices([account], channel=channel, day=day)[account.pk]


def test_the_newest_line_that_holds_counts(account):
    assert prices(account).of("Telkomsel") == 375
    assert prices(account, date(2026, 12, 1)).of("Telkomsel") == 390


def test_an_operator_without_a_line_costs_what_the_account_says(account):
    assert prices(account).of("Indosat") == 400
    Price.objects.create(account=account, valid_from=date(2026, 6, 1), price=420)
    assert prices(account).of("Indosat") == 420


def test_another_channel_has_prices_of_its_own(account):
    assert prices(account, channel="whatsapp").of("Telkomsel") == 400


def test_a_cost_is_the_sum_over_operators_and_unknown_if_one_price_is(account):
    assert prices(account).cost({"Telkomsel": 10, "XL": 2, "": 0}) == 4350
    account.price_per_segment = None
    assert prices(account).cost({"Telkomsel": 1, "Indosat": 1}) is None
    assert prices(account).cost({"Telkomsel": 1, "Indosat": 0}) == 375


def test_prices_of_all_accounts_take_one_query(account, make_account, django_assert_num_queries):
    accounts = [account, make_account(), make_account()]
    with django_assert_num_queries(1):
        assert len(read_prices(accounts, channel="sms", day=DAY)) == 3


def test_a_price_that_changes_mid_campaign_leaves_what_was_agreed(make_account, make_campaign):
    account = make_account(price_per_segment=350)
    campaign = make_campaign(account, pasted="081234567890 085612345678", kind="transactional")
    launch_campaign(campaign_id=campaign.pk)
    freeze_step(campaign_id=campaign.pk, seconds=60)
    Price.objects.create(account=account, price=900)
    Account.objects.update(price_per_segment=900)
    watch_campaigns()
    campaign.refresh_from_db()
    assert (campaign.status, campaign.quoted_cost, campaign.total) == ("running", 700, 2)
    other = make_campaign(account, pasted="081234567890")
    assert reserved([account], but=other) == {account.pk: 700}
    assert examine_campaign(other, actor=None).cost == 900


def test_a_planned_campaign_stays_spoken_for_when_it_is_looked_at(make_account, make_campaign):
    account = make_account(price_per_segment=350)
    later = timezone.now() + timedelta(days=2)
    campaign = make_campaign(account, pasted="081234567890 085612345678", send_at=later)
    launch_campaign(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert live_context(campaign)["summary"] == "2 recipients"
    other = make_campaign(account, pasted="081234567890")
    assert reserved([account], but=other) == {account.pk: 700}
