"""A group of the provider's own phone book in a draft: listed, looked at, and refused where one call
could not carry it."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from smsops.inbox.suppressions import add_suppression
from smsops.messaging.campaigns import tasks
from smsops.messaging.campaigns.drafting import prepare_figures, recount_campaign
from smsops.messaging.campaigns.launching import launch_campaign
from smsops.messaging.compose import Refused
from smsops.messaging.gate import examine_campaign
from smsops.messaging.models import Campaign
from tests.messaging.campaigns.group_call.phonebook import GROUP, MOBILES, seed
from tests.people import client_of


def refusals(campaign):
    return " ".join(examine_campaign(Campaign.objects.get(pk=campaign.pk), actor=None).refusals)


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
