"""The pages of a campaign that runs: its figures, its buttons, and who may press them."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from providers.models import Account, AccountHealth
from smsops.messaging.campaigns.freezing import freeze_step
from smsops.messaging.campaigns.holding import HELD
from smsops.messaging.campaigns.launching import launch_campaign
from smsops.messaging.models import Campaign, Message
from tests.messaging.campaigns.pages.addresses import told, url
from tests.people import client_of, make_person


@pytest.fixture
def running(make_campaign, calm):
    campaign = make_campaign(calm, pasted="081234567890 085612345678")
    launch_campaign(campaign_id=campaign.pk)
    freeze_step(campaign_id=campaign.pk, seconds=60)
    campaign.refresh_from_db()
    return campaign


@pytest.mark.parametrize(("note", "is_night"), [(HELD, True), ("", False), ("The provider asks us to wait.", False)])
def test_what_is_held_says_until_when_and_that_clocks_differ(browser, running, note, is_night):
    Message.objects.update(send_after=timezone.now() + timedelta(hours=2), error_text=note)
    page = told(browser.get(url("campaign", running)))
    assert "The next ones are held until" in page
    assert ("Quiet hours count by each recipient" in page) is is_night
    assert note in page or is_night


def test_while_it_waits_at_stopped_accounts_it_says_which_and_why(browser, running, make_account):
    other = make_account("unified", name="Cadangan")
    Campaign.objects.update(routes=[{"account": other.pk, "channel": "sms"}])
    Account.objects.filter(pk=running.account_id).update(suspended_reason="The credit is used up.")
    page = told(browser.get(url("campaign_live", running)))
    assert "“Toko” is suspended (The credit is used up). What waits there goes by “Cadangan”." in page
    Account.objects.update(suspended_reason="The credit is used up.")
    page = told(browser.get(url("campaign_live", running)))
    for name in ("Toko", "Cadangan"):
        assert f"“{name}” is suspended (The credit is used up). Its messages wait until somebody resumes it." in page
    assert reverse("admin:providers_account_change", args=[other.pk]) in page


def test_what_comes_last_or_stands_on_the_same_platform_relieves_nobody(browser, running, make_account):
    last = make_account("unified", name="Akhir", suspended_reason="Empty")
    Campaign.objects.update(routes=[{"account": last.pk, "channel": "sms"}])
    assert "“Akhir” is suspended (Empty). Its messages wait" in told(browser.get(url("campaign_live", running)))
    Account.objects.update(options={"upstream": "Rute A"}, suspended_reason="")
    Account.objects.filter(pk=running.account_id).update(suspended_reason="Empty")
    assert "“Toko” is suspended (Empty). Its messages wait" in told(browser.get(url("campaign_live", running)))


def test_an_account_out_of_use_or_whose_provider_is_silent_is_told(browser, running):
    AccountHealth.objects.create(account_id=running.account_id, is_silent=True)
    assert "The provider of “Toko” is not answering." in told(browser.get(url("campaign_live", running)))
    soon = timezone.now() + timedelta(minutes=2)
    AccountHealth.objects.update(is_silent=False, held_until=soon, hold_reason="Connection refused.")
    assert "and then tries again (Connection refused)." in told(browser.get(url("campaign_live", running)))
    Account.objects.update(is_active=False)
    page = told(browser.get(url("campaign_live", running)))
    assert "“Toko” is not in use." in page
    assert "tries again" not in page


def test_operators_with_an_account_of_their_own_are_told(browser, running, make_account):
    Campaign.objects.update(splits={"XL": make_account("unified", name="Lain").pk})
    assert "XL by Lain" in told(browser.get(url("campaign", running)))


def test_what_never_left_is_not_called_handed_over(browser, running):
    Message.objects.filter(recipient="+6281234567890").update(status="suppressed")
    assert "0 of 2 handed over." in told(browser.get(url("campaign_live", running)))
    Message.objects.exclude(status="suppressed").update(status="delivered")
    assert "1 of 2 handed over." in told(browser.get(url("campaign_live", running)))
    Message.objects.update(status="delivered")
    assert "All 2 are settled or on their way." in told(browser.get(url("campaign_live", running)))
    Message.objects.filter(recipient="+6281234567890").update(status="uncertain")
    page = told(browser.get(url("campaign_live", running)))
    assert "1 of 2 is uncertain: nobody knows whether it went out." in page


def test_the_page_goes_on_telling_what_is_sent_and_how(browser, running):
    page = told(browser.get(url("campaign", running)))
    assert "Toko · TOKO · SMS · Promotional" in page
    assert '<p class="sms-bubble sms-pre" dir="auto">Halo</p>' in page


def test_pause_resume_and_cancel_by_their_buttons(browser, running):
    browser.post(url("campaign_act", running, "pause"))
    assert "Resume" in told(browser.get(url("campaign", running)))
    browser.post(url("campaign_act", running, "resume"))
    assert "2 recipients get nothing" in told(browser.post(url("campaign_act", running, "cancel")))
    assert Campaign.objects.get().status == "running"
    browser.post(url("campaign_act", running, "cancel"), {"confirmed": "1"})
    assert Campaign.objects.get().status == "cancelled"


def test_anybody_who_sends_may_pause_but_only_its_author_or_who_controls_resumes(running):
    colleague = client_of(make_person("Operator"))
    colleague.post(url("campaign_act", running, "pause"))
    assert Campaign.objects.get().status == "paused"
    for action in ("resume", "cancel", "pace", "retry", "reopen"):
        assert colleague.post(url("campaign_act", running, action), {"confirmed": "1"}).status_code == 403
    client_of(make_person("Approver")).post(url("campaign_act", running, "resume"))
    assert Campaign.objects.get().status == "running"


def test_support_sees_and_touches_nothing(running, make_campaign):
    support = client_of(make_person("Support"))
    assert support.get(url("campaign", running)).status_code == 200
    draft = make_campaign(running.account, pasted="081234567890")
    assert support.get(url("campaign_edit", draft)).status_code == 403
    for action in ("launch", "approve", "pause", "resume", "cancel", "pace", "retry", "clone", "recount", "test"):
        for campaign in (running, draft):
            answer = support.post(url("campaign_act", campaign, action), {"confirmed": "1", "version": "0"})
            assert answer.status_code == 403, action
    assert sorted(Campaign.objects.values_list("status", flat=True)) == ["draft", "running"]


def test_the_live_part_tells_figures_and_asks_for_the_page_when_the_state_moved(browser, running):
    Message.objects.filter(recipient="+6281234567890").update(status="delivered")
    response = browser.get(url("campaign_live", running) + "?status=running")
    assert "1 of 2 handed over" in told(response)
    assert "X-Moved" not in response.headers
    assert "X-Moved" in browser.get(url("campaign_live", running) + "?status=paused").headers


def test_a_large_campaigns_page_counts_nothing(browser, running, django_assert_max_num_queries):
    Campaign.objects.update(total=1_000_000, counts={"statuses": {"delivered": 999_000, "queued": 1000}})
    with django_assert_max_num_queries(12):
        page = told(browser.get(url("campaign_live", running) + "?status=running"))
    assert "999.000 of 1.000.000" in page or "999,000 of 1,000,000" in page


def test_failed_ones_are_sent_again_by_reason_where_it_makes_sense(browser, running):
    Message.objects.filter(recipient="+6281234567890").update(status="failed", error_code="1708")
    Message.objects.filter(recipient="+6285612345678").update(status="failed", error_code="1706")
    page = told(browser.get(url("campaign", running)))
    key = f"failed:{running.account_id}:1708"
    assert f'value="{key}"' in page
    assert ":1706" not in page
    assert "The number will be as wrong again" in page
    for each in (key, f"failed:{running.account_id}:1706", "nonsense"):
        browser.post(url("campaign_act", running, "retry"), {"reason": each})
    assert [message.resend_of.error_code for message in Message.objects.exclude(resend_of=None)] == ["1708"]


def test_another_like_it_is_a_draft_with_the_same_list(browser, running):
    response = browser.post(url("campaign_act", running, "clone"))
    copy = Campaign.objects.exclude(pk=running.pk).get()
    assert response.url == url("campaign_edit", copy)
    assert (copy.status, copy.told["verdicts"]["good"], copy.text) == ("draft", 2, "Halo")


def test_recipients_leave_with_their_outcome_and_no_formula(browser, running):
    Message.objects.filter(recipient="+6281234567890").update(status="failed", error_text="=HYPERLINK(1)")
    content = b"".join(browser.get(url("campaign_recipients_csv", running)).streaming_content).decode()
    assert "'=HYPERLINK" in content
    answer = browser.get(url("campaign_recipients", running))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert (len(rows), rows[1][0], rows[1][3]) == (3, "0812-3456-7890", "Failed")


def test_who_only_looks_on_takes_no_recipients_away(running):
    client = client_of(make_person("Support"))
    assert url("campaign_recipients", running) not in told(client.get(url("campaign", running)))
    for name in ("campaign_recipients", "campaign_recipients_csv"):
        assert client.get(url(name, running)).status_code == 403


def test_the_list_leads_to_the_pages(browser, running):
    page = browser.get("/admin/messaging/campaign/")
    assert "Promo" in told(page)
    change = browser.get(f"/admin/messaging/campaign/{running.pk}/change/")
    assert change.url == url("campaign", running)
    assert browser.get("/admin/messaging/campaign/add/").url == reverse("messaging:campaign_new")
