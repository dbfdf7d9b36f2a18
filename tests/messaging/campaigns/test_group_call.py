"""A group of the provider's own phone book, sent to by its one call: listed, looked at, called once, never again."""

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from smsops.inbox.suppressions import add_suppression
from smsops.messaging.campaigns import tasks
from smsops.messaging.campaigns.control import pause_campaign, resume_campaign
from smsops.messaging.campaigns.drafting import prepare_figures, recount_campaign
from smsops.messaging.campaigns.freezing import freeze_step
from smsops.messaging.campaigns.group_call import _mark, call_group
from smsops.messaging.campaigns.launching import launch_campaign
from smsops.messaging.campaigns.retrying import retriable
from smsops.messaging.campaigns.watching import watch_campaigns
from smsops.messaging.compose import Refused
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.gate import examine_campaign
from smsops.messaging.models import Campaign, CampaignEvent, Message
from smsops.messaging.resending import why_not_resend
from smsops.messaging.sending.recovery import recover_claims
from tests.people import client_of

MOBILES = ["6281210000001", "6281210000002", "6281210000003"]
GROUP = "Pelanggan Solo"


def seed(sandbox, mobiles=MOBILES, group=GROUP):
    entries = [{"name": f"Orang {place}", "mobile": mobile, "group": group} for place, mobile in enumerate(mobiles)]
    return sandbox.phonebook().seed(entries=entries, groups=[group])


@pytest.fixture
def draft(make_campaign, sandbox_account):
    """A campaign to a remote group, its members listed."""

    def draft(text="Toko tutup besok.", kind="transactional", **fields):
        account = fields.pop("account", None) or sandbox_account(name="Solo")
        campaign = make_campaign(account, text=text, kind=kind, remote_group=GROUP, **fields)
        tasks.prepare_campaign(campaign.pk)
        campaign.refresh_from_db()
        return campaign

    return draft


@pytest.fixture
def running(draft):
    """Launched, its rows written."""

    def running(**fields):
        campaign = draft(**fields)
        launch_campaign(campaign_id=campaign.pk)
        freeze_step(campaign_id=campaign.pk, seconds=20)
        campaign.refresh_from_db()
        return campaign

    return running


def sends(sandbox):
    return sorted(message.number for message in sandbox.submissions)


def refusals(campaign):
    return " ".join(examine_campaign(Campaign.objects.get(pk=campaign.pk), actor=None).refusals)


def test_every_member_is_a_row_and_one_call_reaches_them_all(sandbox, running):
    seed(sandbox)
    campaign = running()
    dispatch_account(account_id=campaign.account_id, seconds=3)
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
    dispatch_account(account_id=campaign.account_id, seconds=3)
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
    dispatch_account(account_id=campaign.account_id, seconds=3)
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
    dispatch_account(account_id=campaign.account_id, seconds=3)
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
    assert Campaign.objects.get().called_at is None
    assert not call_group(campaign_id=campaign.pk)
    Campaign.objects.update(asked_at=Now() - timedelta(minutes=3))
    assert call_group(campaign_id=campaign.pk)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": "Halo {name|Anda}"}, "take the fields out"),
        ({"text": "a" * 161}, "at most 160"),
        ({"text": "a" * 150 + "[]{{}}^^||~~"}, "at most 160"),
        ({"text": "Halo é"}, "plain letters only"),
        ({"text": "Halo 😀"}, "plain letters only"),
        ({"repeat": "daily"}, "does not repeat"),
        ({"channel": "whatsapp"}, "cannot send to a group"),
    ],
)  # fmt: skip
def test_what_a_group_call_cannot_carry_is_refused_before(sandbox, draft, fields, words):
    seed(sandbox)
    campaign = draft(**fields)
    assert words in refusals(campaign)
    with pytest.raises(Refused):
        launch_campaign(campaign_id=campaign.pk)


@pytest.mark.parametrize(
    ("mobiles", "words"),
    [
        ([*MOBILES, "6281210000001"], "would get it twice"),
        ([*MOBILES, "Ibu Ani"], "no mobile number that can be read"),
        ([], "Nobody would get it"),
    ],
)  # fmt: skip
def test_a_group_that_would_reach_more_than_its_rows_say_is_refused(sandbox, draft, mobiles, words):
    seed(sandbox, mobiles)
    assert words in refusals(draft())


def test_a_member_who_opted_out_stops_it_before_launch(sandbox, draft):
    seed(sandbox)
    add_suppression(number="+6281210000002", reason="stop")
    campaign = draft()
    assert "1 member of the group has opted out" in refusals(campaign)
    with pytest.raises(Refused):
        launch_campaign(campaign_id=campaign.pk)


def test_other_recipients_beside_the_group_are_refused(sandbox, draft):
    seed(sandbox)
    assert "reaches the group alone" in refusals(draft(pasted="081234567890"))


def test_a_provider_without_a_phone_book_is_refused(draft, make_account):
    assert "cannot send to a group" in refusals(draft(account=make_account("unified")))


def test_a_list_that_does_not_come_says_so_and_is_asked_for_again(sandbox, draft):
    seed(sandbox)
    sandbox.phonebook().fault("phbkGetListbyGroup", "error_500")
    campaign = draft()
    assert "did not tell who is in" in refusals(campaign)
    recount_campaign(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert not prepare_figures(campaign)
    tasks.prepare_campaign(campaign.pk)
    assert refusals(campaign) == ""


def test_another_accounts_group_is_another_one(sandbox, draft, sandbox_account):
    seed(sandbox)
    campaign = draft()
    campaign.account = sandbox_account(name="Other")
    campaign.save()
    assert not prepare_figures(campaign)


def test_the_review_lists_the_members(sandbox, draft, rina):
    seed(sandbox)
    campaign = draft()
    page = client_of(rina).get(reverse("messaging:campaign", args=[campaign.pk])).content.decode()
    assert "+6281210000002 · Orang 1" in page
    assert "in the phone book of Solo: 3 members" in page


def test_the_form_keeps_the_group_and_another_one_is_listed_anew(sandbox, draft, rina):
    seed(sandbox)
    seed(sandbox, ["6281210000007"], "Klaten")
    campaign = draft()
    data = {
        "version": campaign.version, "name": "x", "account": campaign.account_id, "channel": "sms", "zone": "WIB",
        "kind": "promotional", "text": "Halo", "when": "now", "valid_hours": "24", "remote_group": "Klaten",
    }  # fmt: skip
    address = reverse("messaging:campaign_edit", args=[campaign.pk])
    assert "Asking the provider" in client_of(rina).post(f"{address}?live", data).content.decode()
    tasks.prepare_campaign(campaign.pk)
    assert [entry.recipient for entry in campaign.entries.all()] == ["+6281210000007"]


def test_it_can_be_made_by_the_command(sandbox, sandbox_account, capsys):
    seed(sandbox)
    sandbox_account(name="Solo")
    arguments = ["--name", "x", "--account", "Solo", "--text", "Halo", "--provider-group", GROUP, "--kind", "otp"]
    call_command("campaign", "create", *arguments)
    assert Campaign.objects.get().told["verdicts"]["good"] == 3


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
