"""What repeats, in words, and what another campaign takes over from one."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from contacts.models import Group
from smsops.messaging.campaigns.copying import copy_campaign
from smsops.messaging.campaigns.drafting import create_campaign, save_draft
from smsops.messaging.campaigns.spec import AudienceSpec
from smsops.messaging.campaigns.turns import repetition_told, turns_told
from smsops.messaging.models import Campaign

JAKARTA = ZoneInfo("Asia/Jakarta")
JANUARY = datetime(2027, 1, 1, 12, 0, tzinfo=JAKARTA)


@pytest.fixture(autouse=True)
def new_year():
    with time_machine.travel(JANUARY, tick=False):
        yield


@pytest.mark.parametrize(
    ("day", "fields", "rhythm", "turns"),
    [
        (5, {"repeat": "monthly"}, "Every month on day 5", "Then Fri 5 Feb 2027 · Fri 5 Mar 2027 · Mon 5 Apr 2027 · …"),
        (
            29, {"repeat": "monthly"}, "Every month on day 29, in shorter months on their last day",
            "Then Sun 28 Feb 2027 · Mon 29 Mar 2027 · Thu 29 Apr 2027 · …",
        ),
        (
            31, {"repeat": "monthly", "repeat_until": datetime(2027, 3, 31).date()},
            "Every month on day 31, in shorter months on their last day, until 31 March 2027",
            "Then Sun 28 Feb 2027 · Wed 31 Mar 2027",
        ),
        (
            7, {"repeat": "weekly"}, "Every week on Thursday",
            "Then Thu 14 Jan 2027 · Thu 21 Jan 2027 · Thu 28 Jan 2027 · …",
        ),
        (
            2, {"repeat": "daily", "repeat_until": datetime(2027, 1, 2).date()}, "Every day, until 2 January 2027",
            "No turn follows this one.",
        ),
    ],
)  # fmt: skip
def test_the_days_to_come_are_told(make_campaign, day, fields, rhythm, turns):
    campaign = make_campaign(send_at=JANUARY.replace(day=day), **fields)
    assert (repetition_told(campaign), turns_told(campaign, has_started=False)) == (rhythm, turns)


def save(campaign, **columns):
    return save_draft(campaign_id=campaign.pk, version=None, columns=columns, spec=AudienceSpec(), pasted="")


def test_moved_to_another_day_it_repeats_on_that_day(make_campaign):
    february = datetime(2027, 2, 28, 9, 30, 17, tzinfo=JAKARTA)
    turn = make_campaign(send_at=february, repeat="monthly", repeat_day=31)
    assert save(turn, send_at=february.replace(hour=10, second=0)).repeat_day == 31
    moved = save(turn, send_at=february.replace(day=5))
    assert (moved.repeat_day, repetition_told(moved)) == (0, "Every month on day 5")


def test_another_campaign_takes_over_what_is_said_to_whom_and_nothing_of_its_time(make_campaign, make_contacts, rina):
    make_contacts(2, "Toko")
    audience = AudienceSpec(any_groups=(Group.objects.get().pk,), not_reached_days=7)
    campaign = make_campaign(
        spec=audience, pasted="081399990000\nbukan nomor", text="Halo {name|Anda}", sender_id="TOKO", per_second=3,
        refusal_limit=4, valid_hours=6, zone="WIT", send_at=JANUARY - timedelta(days=40), repeat="monthly",
        repeat_until=JANUARY.date(), repeat_day=31, day_and_night="agreed for that day", status="finished",
        launched_at=JANUARY, started_at=JANUARY, finished_at=JANUARY, quoted_cost=12, total=3,
        state_reason="Many of it were refused.", counts={"statuses": {"sent": 3}}, called_at=JANUARY,
    )  # fmt: skip
    copy = copy_campaign(campaign=campaign, actor=rina, name="Promo (copy)")
    same = ("account", "text", "sender_id", "per_second", "refusal_limit", "valid_hours", "zone", "audience")
    assert [getattr(copy, name) for name in same] == [getattr(campaign, name) for name in same]
    assert [entry.spelling for entry in copy.entries.all()] == ["081399990000", "bukan nomor"]
    fresh = Campaign(status="draft")
    begun = (
        "send_at", "repeat", "repeat_until", "repeat_day", "day_and_night", "status", "launched_at", "started_at",
        "finished_at", "quoted_cost", "total", "state_reason", "counts", "called_at", "frozen_to", "version",
    )  # fmt: skip
    assert [getattr(copy, name) for name in begun] == [getattr(fresh, name) for name in begun]


def test_a_name_turns_nothing_round_that_stands_beside_it(make_account):
    name = "Promo \u202etsoh\n 👨\u200d👩\u200d👧 " + "x" * 300
    campaign = create_campaign(name=name, account=make_account())
    assert (campaign.name[:19], len(campaign.name)) == ("Promo tsoh 👨\u200d👩\u200d👧 xx", 200)
    assert save(campaign, name="\u2067Diskon").name == "Diskon"
