"""A campaign that waits at the provider: handed over at once, for its time, and then out of our hands."""

from datetime import timedelta

import pytest
from django.utils import timezone

from smsops.messaging.campaigns.control import cancel_campaign, cancel_rest
from smsops.messaging.campaigns.freezing import freeze_step
from smsops.messaging.campaigns.launching import launch_campaign
from smsops.messaging.campaigns.routing import route_refused
from smsops.messaging.campaigns.watching import watch_campaigns
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.gate import examine_campaign
from smsops.messaging.models import Message

NUMBERS = "081234567890 085612345678"


def moment(**ahead):
    return (timezone.now() + timedelta(**ahead)).replace(second=0, microsecond=0)


@pytest.fixture
def run(make_campaign):
    def run(account, **fields):
        values = {"kind": "transactional", "provider_schedule": True, "send_at": moment(days=2)}
        campaign = make_campaign(account, pasted=NUMBERS, **values | fields)
        launch_campaign(campaign_id=campaign.pk)
        freeze_step(campaign_id=campaign.pk, seconds=60)
        campaign.refresh_from_db()
        return campaign

    return run


@pytest.mark.parametrize("provider", ["rajasms", "unified"])
@pytest.mark.parametrize("kind", ["transactional", "otp"])
def test_the_provider_gets_all_of_it_at_once_with_its_time(run, sandbox, sandbox_account, provider, kind):
    account = sandbox_account(provider)
    campaign = run(account, kind=kind)
    dispatch_account(account_id=account.pk, seconds=60)
    assert [each.draft.scheduled_for for each in sandbox.submissions] == [campaign.send_at] * 2
    rows = Message.objects.all()
    assert {(row.status, row.provider_scheduled_for) for row in rows} == {("sent", campaign.send_at)}
    assert not cancel_rest(campaign_id=campaign.pk)
    watch_campaigns()
    campaign.refresh_from_db()
    assert campaign.status == "finished"
    assert not cancel_campaign(campaign_id=campaign.pk)


def test_its_consequences_are_said_before(make_campaign, make_account):
    campaign = make_campaign(
        make_account("rajasms"), pasted=NUMBERS, kind="otp", provider_schedule=True, send_at=moment(days=2)
    )
    verdict = examine_campaign(campaign, actor=None)
    assert verdict.is_open
    assert any("a later STOP cannot reach it" in warning for warning in verdict.warnings)


@pytest.mark.parametrize(
    ("provider", "fields", "words"),
    [
        ("rajasms", {"kind": "promotional"}, "a later STOP"),
        ("smsmasking", {}, "no scheduler of its own"),
        ("rajasms", {"send_at": None}, "needs a date and time"),
    ],
)
def test_it_is_refused_where_it_would_harm(make_campaign, make_account, provider, fields, words):
    values = {"kind": "transactional", "provider_schedule": True, "send_at": moment(days=2)} | fields
    campaign = make_campaign(make_account(provider), pasted=NUMBERS, **values)
    assert words in " ".join(examine_campaign(campaign, actor=None).refusals)


def test_a_time_that_passed_before_it_was_written_is_nobodys_to_wait_for(run, make_account, make_campaign):
    campaign = make_campaign(make_account("rajasms"), pasted=NUMBERS, kind="otp", provider_schedule=True)
    campaign.send_at, campaign.status = moment(minutes=-10), "freezing"
    campaign.save()
    freeze_step(campaign_id=campaign.pk, seconds=60)
    assert set(Message.objects.values_list("provider_scheduled_for", flat=True)) == {None}


def test_what_goes_on_by_another_account_waits_here(run, make_account):
    second = make_account()
    campaign = run(make_account("unified"), routes=[{"account": second.pk, "channel": "sms"}])
    Message.objects.update(status="failed", error_code="1707")
    assert route_refused(campaign_id=campaign.pk) == 2
    again = Message.objects.filter(account=second)
    assert {(row.provider_scheduled_for, row.send_after) for row in again} == {(None, campaign.send_at)}
