"""A group of the provider's own phone book, sent to by its one call: once, never again."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.db.models.functions import Now
from django.utils import timezone

from smsops.inbox.suppressions import add_suppression
from smsops.messaging.campaigns.control import pause_campaign, resume_campaign
from smsops.messaging.campaigns.freezing import freeze_step
from smsops.messaging.campaigns.group_call import _mark, call_group
from smsops.messaging.campaigns.launching import launch_campaign
from smsops.messaging.campaigns.retrying import retriable
from smsops.messaging.campaigns.watching import watch_campaigns
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Campaign, CampaignEvent, Message
from smsops.messaging.resending import why_not_resend
from smsops.messaging.sending.recovery import recover_claims
from tests.messaging.campaigns.group_call.phonebook import GROUP, MOBILES, seed


@pytest.fixture
def running(draft):
    """Launched, its rows written."""

    def running(**fields):
        campaign = draft(**fields)
        launch_campaign(campaign_id=campaign.pk)
        freeze_step(campaign_id=campaign.pk, seconds=60)
        campaign.refresh_from_db()
        return campaign

    return running


def sends(sandbox):
    return sorted(message.number for message in sandbox.submissions)


def test_every_member_is_a_row_and_one_call_reaches_them_all(sandbox, running):
    seed(sandbox)
    campaign = running()
    dispatch_account(account_id=campaign.account_id, seconds=60)
    assert Message.objects.filter(status="queued").count() == 3
    assert call_group(campaign_id=campaign.pk)
    assert sends(sandbox) == MOBILES
    rows = Message.objects.order_by("recipient")
    assert [(row.recipient, row.status, row.attempts, row.report_asked) for row in rows] == [
        (f"+{mobile}", "sent", 1, False) for mobile in MOBILES
    ]
    watch_campaigns()
    campaign.refresh_from_db()
    assert (campaign.status, campaign.called_at is None) == ("finished", False)
    assert CampaignEvent.objects.get(kind="called").text == GROUP


def test_it_is_called_once_whoever_asks_again(sandbox, running):
    seed(sandbox)
    campaign = running()
    call_group(campaign_id=campaign.pk)
    Message.objects.update(status="queued")
    Campaign.objects.update(asked_at=None)
    assert not call_group(campaign_id=campaign.pk)
    watch_campaigns()
    dispatch_account(account_id=campaign.account_id, seconds=60)
    assert sends(sandbox) == MOBILES


@pytest.mark.parametrize("fault", ["silent", "reset", "500", "html", "empty", "truncated"])
def test_an_unclear_answer_leaves_all_uncertain_and_nothing_is_repeated(sandbox, running, sandbox_account, fault):
    seed(sandbox)
    campaign = running(account=sandbox_account(timeout_seconds=1))
    sandbox.set_fault("smsmasking", fault)
    assert call_group(campaign_id=campaign.pk)
    assert set(Message.objects.values_list("status", flat=True)) == {"uncertain"}
    sandbox.set_fault("smsmasking", None)
    Message.objects.update(claimed_at=Now() - timedelta(hours=1))
    recover_claims()
    dispatch_account(account_id=campaign.account_id, seconds=60)
    assert set(Message.objects.values_list("status", flat=True)) == {"uncertain"}
    assert len(sends(sandbox)) <= 3


def test_a_worker_that_dies_between_the_mark_and_the_call_leaves_doubt_and_no_second_send(sandbox, running):
    seed(sandbox)
    campaign = running()
    _mark(campaign, {f"+{mobile}" for mobile in MOBILES})
    Message.objects.update(claimed_at=Now() - timedelta(hours=1))
    recover_claims()
    assert set(Message.objects.values_list("status", flat=True)) == {"uncertain"}
    Campaign.objects.update(asked_at=None)
    assert not call_group(campaign_id=campaign.pk)
    dispatch_account(account_id=campaign.account_id, seconds=60)
    assert sends(sandbox) == []


def test_a_refusal_ends_all_of_them_and_nobody_can_send_them_again(sandbox, running):
    seed(sandbox)
    campaign = running()
    sandbox.set_fault("smsmasking", "refused")
    call_group(campaign_id=campaign.pk)
    message = Message.objects.first()
    assert (message.status, message.never_resend) == ("failed", True)
    assert "forbids" in why_not_resend(message)
    assert not retriable(campaign).exists()


def test_a_refused_account_is_suspended_and_the_call_is_not_made_again(sandbox, running):
    seed(sandbox)
    campaign = running()
    sandbox.set_fault("smsmasking", "credit")
    call_group(campaign_id=campaign.pk)
    campaign.account.refresh_from_db()
    assert "credit" in campaign.account.suspended_reason
    assert set(Message.objects.values_list("status", flat=True)) == {"failed"}


def test_who_joined_or_left_since_it_was_confirmed_stops_it(sandbox, running):
    seed(sandbox)
    campaign = running()
    seed(sandbox, ["6281210000009"])
    assert not call_group(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.status, "no longer the one" in campaign.state_reason, campaign.called_at) == ("paused", True, None)
    assert set(Message.objects.values_list("status", flat=True)) == {"queued"}
    resume_campaign(campaign_id=campaign.pk)
    assert not call_group(campaign_id=campaign.pk)
    assert sends(sandbox) == []


def test_an_opt_out_since_then_stops_it_for_everybody(sandbox, running):
    seed(sandbox)
    campaign = running()
    add_suppression(number="+6281210000002", reason="stop")
    Message.objects.update(status="queued")
    assert not call_group(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.status, "opted out" in campaign.state_reason) == ("paused", True)
    assert sends(sandbox) == []


def test_once_who_opted_out_is_taken_out_of_the_group_it_goes_to_the_others(
    sandbox, running, django_capture_on_commit_callbacks
):
    _first, second, _third = seed(sandbox)
    campaign = running()
    with django_capture_on_commit_callbacks(execute=True):
        add_suppression(number="+6281210000002", reason="stop")
    for _each in range(2):
        assert not call_group(campaign_id=campaign.pk)
        assert resume_campaign(campaign_id=campaign.pk)
    del sandbox.phonebook().entries[second]
    assert call_group(campaign_id=campaign.pk)
    assert sends(sandbox) == ["6281210000001", "6281210000003"]
    assert Message.objects.get(recipient="+6281210000002").status == "suppressed"


def test_a_paused_one_and_a_suspended_account_wait(sandbox, running):
    seed(sandbox)
    campaign = running()
    pause_campaign(campaign_id=campaign.pk)
    assert not call_group(campaign_id=campaign.pk)
    resume_campaign(campaign_id=campaign.pk)
    campaign.account.suspended_reason = "no credit"
    campaign.account.save()
    assert not call_group(campaign_id=campaign.pk)
    assert Message.objects.filter(status="queued").count() == 3


def test_while_one_members_night_lasts_all_wait(sandbox, running):
    seed(sandbox)
    campaign = running()
    one = Message.objects.first()
    Message.objects.filter(pk=one.pk).update(send_after=timezone.now() + timedelta(hours=3))
    assert not call_group(campaign_id=campaign.pk)
    Message.objects.update(send_after=Now())
    assert call_group(campaign_id=campaign.pk)


def test_a_provider_that_does_not_list_the_group_is_asked_again_later(sandbox, running):
    seed(sandbox)
    campaign = running()
    sandbox.phonebook().fault("phbkGetListbyGroup", "error_500")
    assert not call_group(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert "Asking who is in the group goes wrong" in campaign.state_reason
    assert Campaign.objects.get().called_at is None
    assert not call_group(campaign_id=campaign.pk)
    Campaign.objects.update(asked_at=Now() - timedelta(minutes=3))
    assert call_group(campaign_id=campaign.pk)
    assert Campaign.objects.get().state_reason == ""


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_call(sandbox, running):
    seed(sandbox)
    campaign = running()
    made = []

    def run():
        made.append(call_group(campaign_id=campaign.pk))
        connections.close_all()

    threads = [threading.Thread(target=run) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(made) == 1
    assert sends(sandbox) == MOBILES
