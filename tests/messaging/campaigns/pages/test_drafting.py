"""The pages on which a campaign is written: saved, counted, checked, never half-done."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from contacts.models import Group
from smsops.messaging.models import Campaign, Message, Template
from tests.messaging.campaigns.pages.addresses import told, url


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
    Campaign.objects.update(status="running")
    launched = browser.post(url("campaign_edit", campaign) + "?live", entered(campaign, text="Too late"))
    assert "X-Moved" in launched.headers


def test_who_saves_what_was_launched_meanwhile_is_told(browser, make_campaign, calm, entered):
    campaign = make_campaign(calm, pasted="081234567890")
    Campaign.objects.update(status="running")
    response = browser.post(url("campaign_edit", campaign), entered(campaign, text="Too late"), follow=True)
    assert "Somebody else has changed this campaign meanwhile." in told(response)
    assert Campaign.objects.get().text == "Halo"


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


def test_a_scheduled_one_says_when_in_its_own_zone(browser, make_campaign, calm, entered):
    campaign = make_campaign(calm)
    at = timezone.localtime() + timedelta(days=2)
    data = entered(campaign, when="later", at=at.strftime("%Y-%m-%dT09:30"), zone="WIT", **{"continue": "1"})
    page = told(browser.get(browser.post(url("campaign_edit", campaign), data).url))
    assert "09:30 WIT" in page
    assert "Schedule 1 message" in page


@pytest.mark.parametrize(
    "wrong",
    [{"account": "0"}, {"kind": "?"}, {"any_groups": ["x"]}, {"valid_hours": "0"}, {"per_second": "nan"},
     {"earlier": "0"}, {"zone": "Mars"}, {"version": ""}, {"when": "later", "at": ""}],
)  # fmt: skip
def test_forged_fields_are_refused_not_crashed_on(browser, make_campaign, calm, entered, wrong):
    campaign = make_campaign(calm)
    assert browser.post(url("campaign_edit", campaign), entered(campaign, **wrong)).status_code == 200
    assert browser.get(url("campaign", campaign) + "?row=99999999999999999999").status_code == 200


def test_a_name_of_nothing_to_be_seen_is_none(browser, calm):
    page = told(browser.post(reverse("messaging:campaign_new"), {"name": "\u202e\u200f", "account": calm.pk}))
    assert "This field is required." in page
    assert not Campaign.objects.exists()
