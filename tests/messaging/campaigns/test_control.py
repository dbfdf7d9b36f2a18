"""A campaign that runs: pause, resume, cancel, speed, retry, and its figures."""

from datetime import timedelta

import pytest
from django.utils import timezone

from smsops.inbox.suppressions import add_suppression
from smsops.messaging.campaigns import tasks
from smsops.messaging.campaigns.control import (
    cancel_campaign,
    cancel_rest,
    pace_campaign,
    pause_campaign,
    resume_campaign,
)
from smsops.messaging.campaigns.counting import count_messages
from smsops.messaging.campaigns.freezing import freeze_chunk, freeze_step
from smsops.messaging.campaigns.launching import launch_campaign
from smsops.messaging.campaigns.tasks import resting_freezes
from smsops.messaging.campaigns.watching import watch_campaigns
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Campaign, CampaignEvent, Message

NUMBERS = "\n".join(f"0812{number:08d}" for number in range(30))


@pytest.fixture
def run(make_campaign):
    """A campaign whose messages are written, through an account that leads nowhere unless one is given."""

    def run(account=None, pasted=NUMBERS, **fields):
        campaign = make_campaign(account, pasted=pasted, **{"kind": "transactional"} | fields)
        launch_campaign(campaign_id=campaign.pk)
        freeze_step(campaign_id=campaign.pk, seconds=60)
        return again(campaign)

    return run


def again(campaign):
    campaign.refresh_from_db()
    return campaign


def statuses(campaign):
    return count_messages(again(campaign))["statuses"]


def test_nothing_of_a_paused_campaign_goes_out_and_all_of_it_once_after(run, sandbox_account, sandbox):
    account = sandbox_account(max_connections=1)
    campaign = run(account)
    dispatch_account(account_id=account.pk, seconds=60, limit=5)
    assert pause_campaign(campaign_id=campaign.pk)
    assert not pause_campaign(campaign_id=campaign.pk)
    dispatch_account(account_id=account.pk, seconds=60)
    sent = Message.objects.exclude(status="queued").count()
    assert 0 < sent < 30
    assert resume_campaign(campaign_id=campaign.pk)
    dispatch_account(account_id=account.pk, seconds=60)
    assert "queued" not in statuses(campaign)
    assert Message.objects.filter(attempts=1).count() == 30


def test_a_cancelled_campaign_sends_nothing_more(run, rina):
    campaign = run()
    assert cancel_campaign(campaign_id=campaign.pk, actor=rina)
    assert cancel_rest(campaign_id=campaign.pk) == 30
    assert cancel_rest(campaign_id=campaign.pk) == 0
    assert not resume_campaign(campaign_id=campaign.pk)
    assert not cancel_campaign(campaign_id=campaign.pk)
    assert again(campaign).counts["statuses"] == {"cancelled": 30}
    assert CampaignEvent.objects.get(kind="cancelled").actor == rina


def test_paused_while_it_is_written_it_goes_on_being_written(make_campaign):
    campaign = make_campaign(pasted="\n".join(f"0812{number:08d}" for number in range(2500)))
    launch_campaign(campaign_id=campaign.pk)
    freeze_chunk(campaign_id=campaign.pk)
    pause_campaign(campaign_id=campaign.pk)
    assert not freeze_chunk(campaign_id=campaign.pk)
    resume_campaign(campaign_id=campaign.pk)
    assert again(campaign).status == "freezing"
    freeze_step(campaign_id=campaign.pk, seconds=60)
    assert (again(campaign).status, Message.objects.count()) == ("running", 2500)


def test_a_freeze_that_nobody_works_on_is_found_and_finished(make_campaign):
    campaign = make_campaign(pasted="\n".join(f"0812{number:08d}" for number in range(2500)))
    launch_campaign(campaign_id=campaign.pk)
    assert resting_freezes() == [campaign.pk]
    freeze_chunk(campaign_id=campaign.pk)
    assert resting_freezes() == []
    Campaign.objects.update(counted_at=timezone.now() - timedelta(minutes=1))
    for campaign_id in resting_freezes():
        tasks.run_campaign(campaign_id)
    assert again(campaign).status == "running"


def test_slower_and_faster_while_it_runs(run):
    campaign = run()
    held = Message.objects.first()
    tomorrow = timezone.now() + timedelta(days=1)
    Message.objects.filter(pk=held.pk).update(send_after=tomorrow, error_text="Held until the quiet hours are over.")
    pace_campaign(campaign_id=campaign.pk, per_second=2)
    moments = list(Message.objects.exclude(pk=held.pk).order_by("send_after").values_list("send_after", flat=True))
    assert moments[-1] - moments[0] == pytest.approx(timedelta(seconds=14), abs=timedelta(milliseconds=20))
    pace_campaign(campaign_id=campaign.pk, per_second=None)
    assert Message.objects.due().count() == 29
    held.refresh_from_db()
    assert held.send_after == tomorrow


def test_refusals_past_the_limit_stop_it_and_say_why(run, rina):
    campaign = run()
    ids = list(Message.objects.values_list("pk", flat=True))
    Message.objects.filter(pk__in=ids[:19]).update(status="failed", error_code="1706", error_text="Invalid number")
    watch_campaigns()
    assert again(campaign).status == "running"
    Message.objects.filter(pk__in=ids[:21]).update(status="failed", error_code="1706", error_text="Invalid number")
    watch_campaigns()
    assert (again(campaign).status, "Invalid number (1706)" in campaign.state_reason) == ("paused", True)
    resume_campaign(campaign_id=campaign.pk, actor=rina)
    watch_campaigns()
    assert again(campaign).status == "running"


def test_a_limit_of_nought_never_stops_it(run):
    campaign = run(refusal_limit=0)
    Message.objects.update(status="failed")
    watch_campaigns()
    assert again(campaign).status == "finished"


def test_it_is_finished_when_nothing_waits_and_not_before(run):
    campaign = run()
    Message.objects.update(status="delivered")
    Message.objects.filter(pk=Message.objects.first().pk).update(status="sending")
    watch_campaigns()
    assert again(campaign).status == "running"
    Message.objects.filter(status="sending").update(status="uncertain")
    watch_campaigns()
    assert again(campaign).status == "finished"
    assert campaign.counts["statuses"] == {"delivered": 29, "uncertain": 1}
    assert CampaignEvent.objects.filter(kind="finished").count() == 1


def test_what_comes_back_to_the_queue_wakes_its_campaign(run):
    campaign = run()
    Message.objects.update(status="sent")
    watch_campaigns()
    Message.objects.filter(pk=Message.objects.first().pk).update(status="queued")
    watch_campaigns()
    assert again(campaign).status == "running"


def test_an_opt_out_between_freeze_and_send_is_honoured(run, sandbox_account, django_capture_on_commit_callbacks):
    account = sandbox_account()
    campaign = run(account, pasted="081200000001 081200000002")
    with django_capture_on_commit_callbacks(execute=True):
        add_suppression(number="081200000001", reason="stop")
    dispatch_account(account_id=account.pk, seconds=60)
    assert statuses(campaign)["suppressed"] == 1
    assert Message.objects.get(recipient="+6281200000001").attempted_at is None


def test_counting_is_one_query_more_or_less_whatever_the_size(run, django_assert_max_num_queries):
    campaign = run()
    with django_assert_max_num_queries(3):
        count_messages(campaign)


def refuse_all(campaign):
    Message.objects.filter(campaign=campaign).update(status="failed", error_code="1706", error_text="Invalid number")


def test_a_count_takes_away_nothing_that_was_noted_meanwhile(run, rina):
    campaign = run()
    Message.objects.filter(pk=Message.objects.first().pk).update(status="failed", error_code="1706")
    watch_campaigns()
    pause_campaign(campaign_id=campaign.pk, reason="look", actor=rina)
    counting, counting_too = Campaign.objects.get(pk=campaign.pk), Campaign.objects.get(pk=campaign.pk)
    resume_campaign(campaign_id=campaign.pk, actor=rina)
    for each in (counting, counting_too):
        assert count_messages(each)["statuses"] == {"queued": 29, "failed": 1}
    noted = again(campaign).counts
    assert (noted["refused_before"], noted["settled_before"], noted["refused"]) == (1, 1, 1)
    assert noted == counting_too.counts


def test_refusals_to_the_last_row_end_it_and_say_why(run):
    campaign = run()
    refuse_all(campaign)
    watch_campaigns()
    assert (again(campaign).status, "Invalid number (1706)" in campaign.state_reason) == ("finished", True)
    assert not CampaignEvent.objects.filter(kind="paused").exists()
    assert "1706" in CampaignEvent.objects.get(kind="finished").text


def test_what_was_on_the_wire_when_it_stopped_by_itself_ends_it_when_it_is_settled(run):
    campaign = run()
    refuse_all(campaign)
    last = Message.objects.first()
    Message.objects.filter(pk=last.pk).update(status="sending")
    watch_campaigns()
    assert again(campaign).status == "paused"
    Message.objects.filter(pk=last.pk).update(status="sent")
    watch_campaigns()
    assert (again(campaign).status, "1706" in campaign.state_reason) == ("finished", True)


def test_a_paused_one_whose_last_row_is_uncertain_waits_for_a_person(run):
    campaign = run()
    Message.objects.update(status="sent")
    Message.objects.filter(pk=Message.objects.first().pk).update(status="uncertain")
    pause_campaign(campaign_id=campaign.pk)
    watch_campaigns()
    assert again(campaign).status == "paused"
    resume_campaign(campaign_id=campaign.pk)
    watch_campaigns()
    assert (again(campaign).status, campaign.state_reason) == ("finished", "")
