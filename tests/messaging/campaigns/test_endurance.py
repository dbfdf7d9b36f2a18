"""A campaign whose workers are killed, paused and resumed in any order: each recipient exactly once."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from smsops.messaging.campaigns.control import pause_campaign, resume_campaign
from smsops.messaging.campaigns.freezing import freeze_step
from smsops.messaging.campaigns.launching import launch_campaign
from smsops.messaging.campaigns.watching import watch_campaigns
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Campaign, Message
from smsops.messaging.recovery import recover_claims
from tests.processes import await_true, kill, start_python, start_worker

pytestmark = pytest.mark.django_db(transaction=True)

TOTAL = 5000
FREEZE = "from smsops.messaging.campaigns.freezing import freeze_step; freeze_step(campaign_id={id}, seconds=60)"


def recover(account):
    Message.objects.filter(account=account, status="sending").update(claimed_at=Now() - timedelta(minutes=10))
    recover_claims()
    Message.objects.filter(account=account, status="queued").update(send_after=Now())


def gone():
    return Message.objects.exclude(status="queued").count()


def test_pause_resume_and_sigkill_in_random_order_reach_each_recipient_once(make_campaign, sandbox_account, sandbox):
    account = sandbox_account(max_connections=4)
    numbers = [f"+62812{number:08d}" for number in range(TOTAL)]
    campaign = make_campaign(account, pasted="\n".join(numbers), kind="transactional", text="Halo {mobile}")
    launch_campaign(campaign_id=campaign.pk)
    writer = start_python(FREEZE.format(id=campaign.pk))
    assert await_true(lambda: Message.objects.exists(), seconds=40)
    kill(writer)
    freeze_step(campaign_id=campaign.pk, seconds=60)
    assert Message.objects.count() == TOTAL
    rng = random.Random(20261121)
    for round_ in range(8):
        goal = gone() + rng.randint(100, 500)
        worker = start_worker(account)
        await_true(lambda goal=goal: gone() >= goal)
        if rng.random() < 0.5:
            assert pause_campaign(campaign_id=campaign.pk)
        kill(worker)
        recover(account)
        if Campaign.objects.get().status == "paused":
            before = gone()
            dispatch_account(account_id=account.pk, seconds=1)
            assert gone() == before, round_
            assert resume_campaign(campaign_id=campaign.pk)
    while Message.objects.filter(status="queued").exists():
        recover(account)
        dispatch_account(account_id=account.pk, seconds=60)
    watch_campaigns()
    assert Counter(submission.number for submission in sandbox.submissions) == Counter(
        number.lstrip("+") for number in numbers
    )
    campaign = Campaign.objects.get()
    assert (campaign.status, campaign.total, sum(campaign.counts["statuses"].values())) == ("finished", TOTAL, TOTAL)
