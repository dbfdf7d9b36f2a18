"""From the review to the launch: confirmed once, by who may."""

from smsops.messaging.campaigns.freezing import freeze_step
from smsops.messaging.models import Campaign, CampaignEvent, Message
from tests.messaging.campaigns.pages.addresses import told, url
from tests.people import client_of, make_person


def test_launching_twice_launches_once(browser, make_campaign, calm):
    campaign = make_campaign(calm, pasted="081234567890")
    for _each in range(2):
        browser.post(url("campaign_act", campaign, "launch"), {"version": "0"})
    freeze_step(campaign_id=campaign.pk, seconds=60)
    assert Message.objects.count() == 1
    assert CampaignEvent.objects.filter(kind="launched").count() == 1


def test_the_review_of_another_version_launches_nothing(browser, make_campaign, calm):
    campaign = make_campaign(calm, pasted="081234567890", version=3)
    response = browser.post(url("campaign_act", campaign, "launch"), {"version": "2"}, follow=True)
    assert "Somebody else has changed" in told(response)
    assert Campaign.objects.get().status == "draft"


def test_the_quote_marks_an_account_that_is_suspended(browser, make_campaign, calm, make_account):
    make_account(name="Cadangan", suspended_reason="The credit is used up.")
    page = told(browser.get(url("campaign", make_campaign(calm, pasted="081234567890"))))
    assert 'Cadangan <span class="sms-state sms-state-bad">suspended</span>' in page
    assert page.count(">suspended<") == 1


def test_an_author_asks_and_an_approver_decides(browser, make_campaign, make_account):
    account = make_account(options={"approve_above_recipients": 1, "quiet_hours_sms": ""})
    campaign = make_campaign(account, pasted="081234567890 085612345678")
    assert "Ask for approval" in told(browser.get(url("campaign", campaign)))
    browser.post(url("campaign_act", campaign, "launch"), {"version": "0"})
    assert browser.post(url("campaign_act", campaign, "approve")).status_code == 403
    assert "Somebody else has to approve it" in told(browser.get(url("campaign", campaign)))
    approver = client_of(make_person("Approver"))
    approver.post(url("campaign_act", campaign, "refuse"), {"reason": "", "version": "0"})
    assert Campaign.objects.get().status == "approval"
    assert "Approve" in told(approver.get(url("campaign", campaign)))
    approver.post(url("campaign_act", campaign, "approve"), {"reason": "", "version": "1"})
    assert Campaign.objects.get().status == "approval"
    approver.post(url("campaign_act", campaign, "approve"), {"reason": "", "version": "0"})
    assert Campaign.objects.get().status == "freezing"
    late = approver.post(url("campaign_act", campaign, "refuse"), {"reason": "", "version": "0"}, follow=True)
    assert "Say why" not in told(late)


def test_an_approver_sees_what_its_author_saw(browser, make_campaign, make_account):
    options = {"approve_above_recipients": 1}
    account = make_account(name="Toko", options=options, sender_id="TOKO", price_per_segment=350, balance=1)
    fields = {"day_and_night": "flood", "text": "Halo {name|Anda}", "pasted": "081234567890 085612345678 021555"}
    campaign = make_campaign(account, **fields)
    browser.post(url("campaign_act", campaign, "launch"), {"version": "0"})
    page = told(client_of(make_person("Approver")).get(url("campaign", campaign)))
    for words in ("Toko · TOKO · SMS · Promotional", "because: flood", "This costs Rp 700", "1 no mobile number"):
        assert words in page


def test_a_refused_one_shows_its_author_why(browser, make_campaign, make_account):
    account = make_account(options={"approve_above_recipients": 1})
    campaign = make_campaign(account, pasted="081234567890 085612345678")
    browser.post(url("campaign_act", campaign, "launch"), {"version": "0"})
    given = {"reason": "wrong <b>price", "version": "0"}
    client_of(make_person("Approver")).post(url("campaign_act", campaign, "refuse"), given)
    for page in ("campaign_edit", "campaign"):
        assert "Sent back: wrong &lt;b&gt;price" in told(browser.get(url(page, campaign)))


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
