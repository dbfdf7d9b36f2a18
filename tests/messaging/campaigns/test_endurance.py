"""A campaign whose workers and engine are killed, paused and resumed in any order: each recipient exactly once."""

import os
import random
import shutil
import socket
import subprocess
import sys
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
from smsops.messaging.sending.recovery import recover_claims
from smsops.publishing import hang_up
from tests.processes import ROOT, await_true, database_url, kill, start_python, start_worker

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
    assert await_true(lambda: Message.objects.exists(), seconds=120)
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


class Engine:
    """A Redis of its own, which forgets everything when it is stopped."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        command = ["redis-server", "--port", str(self.port), "--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        assert await_true(self.answers)

    def answers(self):
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def engine(settings, tmp_path):
    if shutil.which("redis-server") is None:
        pytest.skip("no Redis here")
    engine = Engine(tmp_path)
    settings.CELERY_BROKER_URL, settings.SMSOPS_VAR = engine.url, tmp_path
    yield engine
    hang_up()
    engine.stop()


@pytest.fixture
def start_celery(engine, tmp_path):
    """A worker, or beat, over the engine; killed at the end where it still lives."""
    started = []
    log = (tmp_path / "celery.log").open("ab")
    env = os.environ | {
        "DATABASE_URL": database_url(), "CELERY_BROKER_URL": engine.url, "SMSOPS_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "smsops.settings",
    }  # fmt: skip

    def start(*arguments):
        command = [sys.executable, "-m", "celery", "-A", "smsops", *arguments]
        started.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
    log.close()


WORKER = ("worker", "-P", "threads", "-c", "4", "-Q", "send,quick,long")


@pytest.mark.broker
def test_broker_loss_sigkill_restart_pause_and_resume_in_random_order_reach_each_recipient_once(
    make_campaign, sandbox_account, sandbox, engine, start_celery, tmp_path
):
    account = sandbox_account(max_connections=4, messages_per_second=400)
    numbers = [f"+62812{number:08d}" for number in range(TOTAL)]
    campaign = make_campaign(account, pasted="\n".join(numbers), kind="transactional", text="Halo {mobile}")
    start_celery("beat", "--pidfile", "", "-s", str(tmp_path / "schedule"))
    worker = start_celery(*WORKER)
    launch_campaign(campaign_id=campaign.pk)

    def lose_worker():
        nonlocal worker
        kill(worker)
        recover(account)
        worker = start_celery(*WORKER)

    def lose_engine():
        engine.stop()
        rng.choice([lambda: None, lose_worker, rest])()
        engine.start()

    def rest():
        assert pause_campaign(campaign_id=campaign.pk)
        assert await_true(lambda: not Message.objects.filter(status="sending").exists(), seconds=60)
        before = gone()
        assert not await_true(lambda: gone() > before, seconds=1)
        assert resume_campaign(campaign_id=campaign.pk)

    rng = random.Random(20261121)
    troubles = [lose_worker, lose_engine, rest, lose_engine, lose_worker, lose_engine, rest]
    rng.shuffle(troubles)
    for trouble in troubles:
        goal = min(gone() + rng.randint(100, 500), TOTAL - 100)
        assert await_true(lambda goal=goal: gone() >= goal, seconds=180), trouble
        trouble()
    assert await_true(lambda: gone() == TOTAL, seconds=300)
    assert await_true(lambda: Campaign.objects.get().status == "finished", seconds=120)
    assert Counter(submission.number for submission in sandbox.submissions) == Counter(
        number.lstrip("+") for number in numbers
    )
