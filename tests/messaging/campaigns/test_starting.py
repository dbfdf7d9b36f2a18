"""When a campaign starts: at its time, late, missed, and again and again."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone, translation

from contacts.models import Group
from providers.formats import told
from providers.models import Account
from smsops.messaging.campaigns.launching import (
    Moved,
    approve_campaign,
    skip_turn,
    start_due_campaigns,
    start_missed,
)
from smsops.messaging.campaigns.spec import AudienceSpec
from smsops.messaging.compose import Refused
from smsops.messaging.models import Campaign, CampaignEvent, Message
from tests.messaging.campaigns.launches import freeze, launch

JAKARTA = ZoneInfo("Asia/Jakarta")
NOON = datetime(2027, 1, 31, 12, 0, tzinfo=JAKARTA)


def test_a_scheduled_campaign_starts_at_its_time_and_not_before(make_campaign):
    with time_machine.travel(NOON, tick=False) as clock:
        campaign = make_campaign(pasted="081234567890", send_at=NOON + timedelta(hours=2))
        assert launch(campaign) == "scheduled"
        assert start_due_campaigns() == 0
        clock.shift(timedelta(hours=1, minutes=59, seconds=30))
        assert (start_due_campaigns(), start_due_campaigns()) == (1, 0)
        (row,) = freeze(campaign)
        assert row.send_after == campaign.send_at


def test_a_start_missed_by_over_an_hour_asks(make_campaign, rina):
    with time_machine.travel(NOON, tick=False) as clock:
        campaign = make_campaign(pasted="081234567890", send_at=NOON + timedelta(hours=1))
        launch(campaign)
        clock.shift(timedelta(hours=2, minutes=1))
        assert start_due_campaigns() == 0
        campaign.refresh_from_db()
        assert (campaign.status, Message.objects.count()) == ("missed", 0)
        start_missed(campaign_id=campaign.pk, actor=rina)
        (row,) = freeze(campaign)
        assert row.send_after == timezone.now()


def test_a_start_late_by_some_minutes_goes_out(make_campaign):
    with time_machine.travel(NOON, tick=False) as clock:
        campaign = make_campaign(pasted="081234567890", send_at=NOON + timedelta(hours=1))
        launch(campaign)
        clock.shift(timedelta(hours=1, minutes=40))
        assert start_due_campaigns() == 1


def test_what_repeats_plans_its_next_turn_and_finds_its_audience_anew(make_campaign, make_contacts):
    make_contacts(1, "Toko")
    spec = AudienceSpec(any_groups=(Group.objects.get().pk,))
    with time_machine.travel(NOON, tick=False) as clock:
        campaign = make_campaign(spec=spec, send_at=NOON + timedelta(hours=1), repeat="monthly", pasted="081399990000")
        launch(campaign)
        clock.shift(timedelta(hours=1))
        start_due_campaigns()
        following = Campaign.objects.get(repeats=campaign)
        assert following.send_at == datetime(2027, 2, 28, 13, 0, tzinfo=JAKARTA)
        make_contacts(2, "Toko")
        clock.move_to(following.send_at)
        assert start_due_campaigns() == 1
        assert len(freeze(following)) == 4
        assert Campaign.objects.get(repeats=following).send_at == datetime(2027, 3, 31, 13, 0, tzinfo=JAKARTA)


def test_a_turn_that_starts_late_by_hand_leaves_the_days_and_the_hour_of_the_next_ones(make_campaign, rina):
    with time_machine.travel(NOON, tick=False) as clock:
        campaign = make_campaign(pasted="081234567890", send_at=NOON + timedelta(hours=1), repeat="monthly")
        launch(campaign)
        clock.shift(timedelta(days=1))
        start_due_campaigns()
        start_missed(campaign_id=campaign.pk, actor=rina)
        assert Campaign.objects.get(repeats=campaign).send_at == datetime(2027, 2, 28, 13, 0, tzinfo=JAKARTA)


def test_the_day_of_the_month_is_the_one_of_its_own_zone(make_campaign):
    first = datetime(2027, 2, 1, 1, 0, tzinfo=ZoneInfo("Asia/Jayapura"))
    with time_machine.travel(first - timedelta(minutes=30), tick=False) as clock:
        campaign = make_campaign(pasted="081234567890", send_at=first, zone="WIT", repeat="monthly")
        launch(campaign)
        clock.move_to(first)
        start_due_campaigns()
        assert Campaign.objects.get(repeats=campaign).send_at == first.replace(month=3)


def test_what_repeats_ends_on_its_last_day(make_campaign):
    with time_machine.travel(NOON, tick=False):
        campaign = make_campaign(pasted="081234567890", repeat="daily", repeat_until=NOON.date())
        launch(campaign)
    assert Campaign.objects.count() == 1


def test_a_turn_that_has_outgrown_what_was_agreed_asks_again(make_campaign, strict, make_contacts, rina, approver):
    make_contacts(2, "Toko")
    spec = AudienceSpec(any_groups=(Group.objects.get().pk,))
    with time_machine.travel(NOON, tick=False) as clock:
        campaign = make_campaign(strict, spec=spec, repeat="daily")
        launch(campaign, rina)
        approve_campaign(campaign_id=campaign.pk, actor=approver)
        clock.shift(timedelta(days=1))
        assert start_due_campaigns() == 1
        make_contacts(1, "Toko")
        clock.shift(timedelta(days=1))
        assert start_due_campaigns() == 0
        assert Campaign.objects.get(status="approval").total == 3


def take_turn(make_campaign, make_contacts, clock, **fields):
    """A daily campaign to a group whose first turn has started: the second, scheduled."""
    make_contacts(2, "Toko")
    spec = AudienceSpec(any_groups=(Group.objects.get().pk,))
    campaign = make_campaign(spec=spec, send_at=NOON + timedelta(hours=1), repeat="daily", **fields)
    launch(campaign)
    clock.shift(timedelta(hours=1))
    start_due_campaigns()
    return Campaign.objects.get(repeats=campaign)


def test_a_turn_with_nobody_left_asks_and_says_why_in_the_readers_language(make_campaign, make_contacts, rina):
    with time_machine.travel(NOON, tick=False) as clock:
        turn = take_turn(make_campaign, make_contacts, clock)
        Group.objects.get().contacts.clear()
        clock.move_to(turn.send_at)
        start_due_campaigns()
        turn.refresh_from_db()
        assert turn.status == "missed"
        assert told(turn.state_reason).startswith("Nobody would get it.")
        with translation.override("id"):
            assert told(CampaignEvent.objects.get(campaign=turn, kind="missed").text).startswith("Tidak ada")
        with pytest.raises(Refused, match="Nobody would get it"):
            start_missed(campaign_id=turn.pk, actor=rina)


def test_a_turn_by_an_account_that_is_no_longer_in_use_asks(make_campaign, make_contacts):
    with time_machine.travel(NOON, tick=False) as clock:
        turn = take_turn(make_campaign, make_contacts, clock)
        Account.objects.update(is_active=False)
        clock.move_to(turn.send_at)
        assert start_due_campaigns() == 0
        turn.refresh_from_db()
        assert "is not in use" in told(turn.state_reason)


def test_a_missed_turn_that_has_outgrown_what_was_agreed_is_not_sent_by_one_person(
    make_campaign, strict, make_contacts, rina
):
    with time_machine.travel(NOON, tick=False) as clock:
        turn = take_turn(make_campaign, make_contacts, clock)
        Account.objects.update(options={"approve_above_recipients": 1})
        make_contacts(5, "Toko")
        clock.move_to(turn.send_at + timedelta(hours=2))
        start_due_campaigns()
        assert start_missed(campaign_id=turn.pk, actor=rina).status == "approval"


def test_who_approves_some_minutes_late_starts_it_and_hours_late_is_asked(make_campaign, strict, rina, approver):
    with time_machine.travel(NOON, tick=False) as clock:
        soon, later = (
            make_campaign(strict, pasted="081200000001 081200000002", send_at=NOON + timedelta(minutes=1))
            for _each in range(2)
        )
        launch(soon, rina)
        launch(later, rina)
        clock.shift(timedelta(minutes=30))
        assert approve_campaign(campaign_id=soon.pk, actor=approver).status == "scheduled"
        assert start_due_campaigns() == 1
        clock.shift(timedelta(hours=1))
        assert approve_campaign(campaign_id=later.pk, actor=approver).status == "missed"


def test_one_turn_is_left_out_and_the_next_one_keeps_its_day(make_campaign, rina):
    with time_machine.travel(NOON, tick=False):
        send_at = NOON + timedelta(hours=1)
        campaign = make_campaign(pasted="081234567890", send_at=send_at, repeat="monthly", day_and_night="agreed")
        launch(campaign)
        february = skip_turn(campaign_id=campaign.pk, actor=rina)
        march = skip_turn(campaign_id=february.pk, actor=rina)
        assert (march.send_at, march.status) == (datetime(2027, 3, 31, 13, 0, tzinfo=JAKARTA), "scheduled")
        assert march.day_and_night == "agreed"
        campaign.refresh_from_db()
        assert campaign.status == "cancelled"


def test_only_what_repeats_and_has_not_started_can_be_left_out(make_campaign, rina):
    once = make_campaign(pasted="081234567890", send_at=timezone.now() + timedelta(hours=1))
    launch(once)
    with pytest.raises(Refused, match="does not repeat"):
        skip_turn(campaign_id=once.pk, actor=rina)
    running = make_campaign(pasted="081234567890", repeat="daily")
    launch(running)
    with pytest.raises(Moved):
        skip_turn(campaign_id=running.pk, actor=rina)
