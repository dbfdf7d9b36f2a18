"""Further ways: after a refusal that they may cure, and never where nobody knows."""

import pytest

from smsops.messaging.campaigns.freezing import freeze_step
from smsops.messaging.campaigns.launching import launch_campaign
from smsops.messaging.campaigns.routing import make_routes, route_refused, why_no_route
from smsops.messaging.campaigns.watching import watch_campaigns
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Campaign, Message
from smsops.messaging.queue import claim


@pytest.fixture
def run(make_campaign):
    def run(account, routes, channel="sms", pasted="081234567890 085612345678", **fields):
        campaign = make_campaign(account, pasted=pasted, routes=routes, channel=channel, kind="transactional", **fields)
        launch_campaign(campaign_id=campaign.pk)
        freeze_step(campaign_id=campaign.pk, seconds=20)
        campaign.refresh_from_db()
        return campaign

    return run


def sms(account):
    return {"account": account.pk, "channel": "sms"}


def refuse(code, status="failed", **fields):
    Message.objects.filter(recipient="+6281234567890").update(status=status, error_code=code, **fields)


def test_a_sender_that_is_not_allowed_here_is_tried_there_once(run, make_account):
    first, second = make_account("unified"), make_account("smsmasking", sender_id="OTHER")
    campaign = run(first, [sms(second)])
    refuse("1707")
    assert route_refused(campaign_id=campaign.pk) == 1
    assert route_refused(campaign_id=campaign.pk) == 0
    again = Message.objects.get(account=second)
    original = Message.objects.get(recipient="+6281234567890", account=first)
    assert (again.resend_of, again.recipient, again.sender_id, again.status) == (
        original, "+6281234567890", "OTHER", "queued",
    )  # fmt: skip
    refuse("1707")
    assert route_refused(campaign_id=campaign.pk) == 0


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("1707", {"status": "uncertain"}), ("1707", {"never_resend": True}), ("1028", {}), ("1706", {}),
        ("1707", {"status": "undelivered"}), ("1715", {"status": "uncertain"}),
    ],
)  # fmt: skip
def test_nothing_else_moves(run, make_account, code, fields):
    campaign = run(make_account("unified"), [sms(make_account("smsmasking"))])
    refuse(code, **fields)
    assert route_refused(campaign_id=campaign.pk) == 0


def test_an_account_of_the_same_platform_is_no_way_out(run, make_account):
    first, second = (
        make_account("unified", options={"upstream": "Rute A"}),
        make_account(options={"upstream": "rute a"}),
    )
    campaign = run(first, [sms(second)])
    refuse("1707")
    assert route_refused(campaign_id=campaign.pk) == 0
    assert "same platform" in why_no_route(account=first, channel="sms", second=second, sms_instead=False)


def test_who_has_no_whatsapp_gets_an_sms_with_its_segments(run, make_account):
    account = make_account("smsmasking", options={"channel": "both"})
    routes = make_routes(account=account, channel="whatsapp", second=None, sms_instead=True)
    assert routes == [sms(account)]
    campaign = run(account, routes, channel="whatsapp", text="a" * 200)
    refuse("1751")
    assert route_refused(campaign_id=campaign.pk) == 1
    again = Message.objects.get(resend_of__isnull=False)
    assert (again.channel, again.segments, again.account) == ("sms", 2, account)


def test_the_other_account_may_take_what_came_to_it(run, make_account):
    import uuid

    first, second = make_account("unified"), make_account("smsmasking")
    campaign = run(first, [sms(second)])
    refuse("1707")
    route_refused(campaign_id=campaign.pk)
    assert [row.recipient for row in claim(account_id=second.pk, limit=10, claim_id=uuid.uuid4())] == ["+6281234567890"]
    Campaign.objects.update(status="paused")
    assert claim(account_id=first.pk, limit=10, claim_id=uuid.uuid4()) == []


def test_it_is_finished_only_when_the_last_way_was_gone(run, make_account, sandbox_account):
    second = sandbox_account("smsmasking")
    campaign = run(make_account("unified"), [sms(second)])
    Message.objects.update(status="failed", error_code="1707")
    watch_campaigns()
    campaign.refresh_from_db()
    assert campaign.status == "running"
    dispatch_account(account_id=second.pk, seconds=10)
    watch_campaigns()
    campaign.refresh_from_db()
    assert campaign.status == "finished"
    assert sum(campaign.counts["statuses"].values()) == 2
    assert "failed" not in campaign.counts["statuses"]
