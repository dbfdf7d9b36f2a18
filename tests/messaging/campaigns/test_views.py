"""The pages and buttons of a campaign, as a browser asks for them."""

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from contacts.models import Group
from smsops.messaging.campaigns.freezing import freeze_step
from smsops.messaging.campaigns.launching import launch_campaign
from smsops.messaging.models import Campaign, CampaignEvent, Message, Template
from tests.people import client_of, make_person


def url(name, campaign, *args):
    return reverse(f"messaging:{name}", args=[campaign.pk, *args])


def told(response):
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def browser(rina):
    return client_of(rina)


@pytest.fixture
def calm(make_account):
    """An account without quiet hours, so that a test is the same at night."""
    return make_account(name="Toko", options={"quiet_hours_sms": ""}, price_per_segment=350, sender_id="TOKO")


@pytest.fixture
def entered(calm):
    def fill(campaign, **fields):
        defaults = {
            "version": campaign.version, "name": campaign.name, "account": campaign.account_id, "channel": "sms",
            "kind": "promotional", "message_type": "", "text": "Halo", "pasted": "081234567890", "when": "now",
            "zone": "WIB", "valid_hours": "24", "refusal_limit": "10",
        }  # fmt: skip
        return defaults | fields

    return fill


@pytest.fixture
def running(make_campaign, calm):
    campaign = make_campaign(calm, pasted="081234567890 085612345678")
    launch_campaign(campaign_id=campaign.pk)
    freeze_step(campaign_id=campaign.pk, seconds=20)
    campaign.refresh_from_db()
    return campaign


def test_a_campaign_is_begun_with_a_name_and_an_account(browser, calm, rina):
    response = browser.post(reverse("messaging:campaign_new"), {"name": "Promo", "account": calm.pk})
    campaign = Campaign.objects.get()
    assert response.url == url("campaign_edit", campaign)
    assert (campaign.status, campaign.created_by, campaign.kind) == ("draft", rina, "promotional")
    assert browser.get(response.url).status_code == 200


def test_a_draft_is_saved_counted_and_reviewed(browser, make_campaign, calm, entered, make_contacts):
    make_contacts(3, "Toko", name="Budi")
    campaign = make_campaign(calm)
    data = entered(campaign, any_groups=[Group.objects.get().pk], text="Halo {name|Anda}", **{"continue": "1"})
    response = browser.post(url("campaign_edit", campaign), data)
    page = told(browser.get(response.url))
    assert "Send 4 messages" in page
    assert "Rp 1.400" in page
    assert "Halo Budi" in page or "Halo Anda" in page
    assert Message.objects.count() == 0


def test_an_autosave_answers_with_the_figures_and_the_next_version(browser, make_campaign, calm, entered):
    campaign = make_campaign(calm)
    response = browser.post(url("campaign_edit", campaign) + "?live", entered(campaign, pasted="081234567890 Budi"))
    assert "1 gets it" in told(response)
    assert response.headers["X-Version"] == "1"
    stale = browser.post(url("campaign_edit", campaign) + "?live", entered(campaign))
    assert "X-Moved" in stale.headers
    assert "Somebody else" in stale.content.decode()


def test_two_who_write_at_once_lose_nothing_silently(browser, make_campaign, calm, entered):
    campaign = make_campaign(calm)
    first = entered(campaign, text="Mine")
    browser.post(url("campaign_edit", campaign), entered(campaign, text="Theirs"))
    browser.post(url("campaign_edit", campaign), first)
    campaign.refresh_from_db()
    assert campaign.text == "Theirs"


def test_hostile_texts_and_names_stay_text(browser, make_campaign, calm, entered, make_contacts):
    make_contacts(1, "<img src=x>", name="<script>alert(1)</script>")
    campaign = make_campaign(calm)
    spec = {"any_groups": [Group.objects.get().pk], "text": "{name} {{7*7}}", "pasted": "<b>x</b>"}
    browser.post(url("campaign_edit", campaign), entered(campaign, **spec))
    for name in ("campaign_edit", "campaign", "campaign_figures"):
        page = browser.get(url(name, campaign)).content.decode()
        assert "<script>alert" not in page
        assert "<b>x" not in page
        assert "&lt;script&gt;" in page


def test_a_file_is_uploaded_and_its_columns_are_offered(browser, make_campaign, calm, entered):
    campaign = make_campaign(calm)
    file = SimpleUploadedFile("a.csv", b"No HP,Kota\n081234567890,Solo\n")
    data = entered(campaign, pasted="", text="Promo di {kota}", file=file)
    browser.post(url("campaign_edit", campaign), data)
    page = told(browser.get(url("campaign_edit", campaign)))
    assert "<code>{kota}</code>" in page
    assert "Promo di Solo" in page


def test_the_column_of_the_numbers_is_chosen_by_hand(browser, make_campaign, calm, entered):
    campaign = make_campaign(calm)
    file = SimpleUploadedFile("a.csv", b"Kota,Catatan\nSolo,x\nSolo,0812-3456-7890\n")
    browser.post(url("campaign_edit", campaign), entered(campaign, pasted="", file=file))
    assert "Choose the column" in told(browser.get(url("campaign_edit", campaign)))
    campaign.refresh_from_db()
    browser.post(url("campaign_edit", campaign), entered(campaign, pasted="", number_column="1"))
    page = told(browser.get(url("campaign_edit", campaign)))
    assert "1 gets it" in page
    assert "Choose the column" not in page


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02"])
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(browser, make_campaign, calm, entered, content):
    campaign = make_campaign(calm)
    data = entered(campaign, file=SimpleUploadedFile("a.csv", content), **{"continue": "1"})
    response = browser.post(url("campaign_edit", campaign), data, follow=True)
    assert response.status_code == 200
    assert not campaign.entries.filter(source="file").exists()


def test_one_click_makes_typographic_characters_plain(browser, make_campaign, calm, entered):
    campaign = make_campaign(calm)
    browser.post(url("campaign_edit", campaign), entered(campaign, text="“Diskon” – 50%…", plain="1"))
    campaign.refresh_from_db()
    assert campaign.text == '"Diskon" - 50%...'


def test_a_template_brings_its_text(browser, make_campaign, calm, entered):
    campaign = make_campaign(calm)
    template = Template.objects.create(name="Salam", text="Selamat pagi {name|Anda}")
    browser.post(url("campaign_edit", campaign), entered(campaign, template=template.pk, use_template="1"))
    campaign.refresh_from_db()
    assert (campaign.text, campaign.template) == ("Selamat pagi {name|Anda}", template)


def test_launching_twice_launches_once(browser, make_campaign, calm):
    campaign = make_campaign(calm, pasted="081234567890")
    for _each in range(2):
        browser.post(url("campaign_act", campaign, "launch"), {"version": "0"})
    freeze_step(campaign_id=campaign.pk, seconds=20)
    assert Message.objects.count() == 1
    assert CampaignEvent.objects.filter(kind="launched").count() == 1


def test_the_review_of_another_version_launches_nothing(browser, make_campaign, calm):
    campaign = make_campaign(calm, pasted="081234567890", version=3)
    response = browser.post(url("campaign_act", campaign, "launch"), {"version": "2"}, follow=True)
    assert "Somebody else has changed" in told(response)
    assert Campaign.objects.get().status == "draft"


def test_an_author_asks_and_an_approver_decides(browser, make_campaign, make_account):
    account = make_account(options={"approve_above_recipients": 1, "quiet_hours_sms": ""})
    campaign = make_campaign(account, pasted="081234567890 085612345678")
    assert "Ask for approval" in told(browser.get(url("campaign", campaign)))
    browser.post(url("campaign_act", campaign, "launch"), {"version": "0"})
    assert browser.post(url("campaign_act", campaign, "approve")).status_code == 403
    assert "Somebody else has to approve it" in told(browser.get(url("campaign", campaign)))
    approver = client_of(make_person("Approver"))
    approver.post(url("campaign_act", campaign, "refuse"), {"reason": ""})
    assert Campaign.objects.get().status == "approval"
    assert "Approve" in told(approver.get(url("campaign", campaign)))
    approver.post(url("campaign_act", campaign, "approve"), {"reason": "ok"})
    assert Campaign.objects.get().status == "freezing"


def test_a_refused_one_shows_its_author_why(browser, make_campaign, make_account):
    account = make_account(options={"approve_above_recipients": 1})
    campaign = make_campaign(account, pasted="081234567890 085612345678")
    browser.post(url("campaign_act", campaign, "launch"), {"version": "0"})
    client_of(make_person("Approver")).post(url("campaign_act", campaign, "refuse"), {"reason": "wrong <b>price"})
    assert "Sent back: wrong &lt;b&gt;price" in told(browser.get(url("campaign_edit", campaign)))


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


def test_a_test_goes_to_ones_own_number_with_a_real_text(browser, make_campaign, calm, make_contacts):
    make_contacts(1, "Toko", name="Budi")
    from smsops.messaging.campaigns.spec import AudienceSpec

    campaign = make_campaign(calm, spec=AudienceSpec(everyone=True), text="Halo {name}")
    browser.post(url("campaign_act", campaign, "test"), {"number": "0856-1234-567"})
    message = Message.objects.get()
    assert (message.recipient, message.text, message.campaign) == ("+628561234567", "Halo Budi", None)
    assert (
        "not a telephone number"
        in told(browser.post(url("campaign_act", campaign, "test"), {"number": "Budi"}, follow=True))
        or Message.objects.count() == 1
    )


def test_another_accounts_offer_is_taken(browser, make_campaign, calm, make_account):
    other = make_account(name="Murah", price_per_segment=100)
    campaign = make_campaign(calm, pasted="081234567890")
    assert "Use Murah" in told(browser.get(url("campaign", campaign)))
    browser.post(url("campaign_switch", campaign, other.pk))
    campaign.refresh_from_db()
    assert campaign.account == other


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


def test_the_list_leads_to_the_pages(browser, running):
    page = browser.get("/admin/messaging/campaign/")
    assert "Promo" in told(page)
    change = browser.get(f"/admin/messaging/campaign/{running.pk}/change/")
    assert change.url == url("campaign", running)
    assert browser.get("/admin/messaging/campaign/add/").url == reverse("messaging:campaign_new")


def test_a_scheduled_one_says_when_in_its_own_zone(browser, make_campaign, calm, entered):
    campaign = make_campaign(calm)
    at = timezone.localtime() + timedelta(days=2)
    data = entered(campaign, when="later", at=at.strftime("%Y-%m-%dT09:30"), zone="WIT", **{"continue": "1"})
    page = told(browser.get(browser.post(url("campaign_edit", campaign), data).url))
    assert "09:30 WIT" in page
    assert "Schedule 1 message" in page


@pytest.mark.parametrize(
    "wrong",
    [{"account": "999"}, {"kind": "?"}, {"any_groups": ["x"]}, {"valid_hours": "0"}, {"per_second": "nan"},
     {"earlier": "999"}, {"zone": "Mars"}, {"version": ""}, {"when": "later", "at": ""}],
)  # fmt: skip
def test_forged_fields_are_refused_not_crashed_on(browser, make_campaign, calm, entered, wrong):
    campaign = make_campaign(calm)
    assert browser.post(url("campaign_edit", campaign), entered(campaign, **wrong)).status_code == 200
    assert browser.get(url("campaign", campaign) + "?row=99999999999999999999").status_code == 200
