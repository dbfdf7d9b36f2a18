"""The three pages of compose, as a browser asks for them."""

import re
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from providers.models import Account
from smsops.messaging.models import Campaign, Message


@pytest.fixture
def operator(db):
    person = User.objects.create_user("rina", password="x", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="send_message"))
    return person


@pytest.fixture
def browser(client, operator):
    client.force_login(operator)
    return client


@pytest.fixture
def account(make_account):
    return make_account(name="Toko", price_per_segment=Decimal("350"), balance=Decimal("1842000"))


@pytest.fixture
def entered(account):
    """What somebody has entered into the form; keys replace fields."""

    def fill(**fields):
        defaults = {
            "nonce": str(uuid.uuid4()), "account": account.pk, "channel": "sms", "kind": "transactional", "type": "",
            "recipients": "0812 3456 7890, 0856-1234-567; Budi\n+6281234567890", "text": "Halo <b>Budi</b>",
            "when": "now", "zone": "WIB",
        }  # fmt: skip
        return defaults | fields

    return fill


def confirm(browser, data, **more):
    return browser.post(reverse("messaging:confirm"), data | more)


def told(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_strangers_are_sent_to_the_login(client, db):
    for name in ("compose", "confirm", "check"):
        assert "/login/" in client.get(reverse(f"messaging:{name}")).url


def test_staff_without_the_right_are_turned_away(client, entered):
    client.force_login(User.objects.create_user("support", is_staff=True))
    assert client.get(reverse("messaging:compose")).status_code == 403
    assert confirm(client, entered(), send="1").status_code == 403
    assert client.post(reverse("messaging:check"), entered()).status_code == 403
    assert Message.objects.count() == 0


def test_the_form_offers_accounts_in_use_only(browser, account, make_account):
    make_account(name="Retired", is_active=False)
    page = told(browser.get(reverse("messaging:compose")))
    assert "Toko" in page
    assert "Retired" not in page


def test_the_form_takes_few_queries(browser, make_account, django_assert_max_num_queries):
    for _each in range(5):
        make_account()
    with django_assert_max_num_queries(8):
        browser.get(reverse("messaging:compose"))


def test_no_page_carries_a_script_of_its_own(browser, entered):
    pages = [browser.get(reverse("messaging:compose")), confirm(browser, entered())]
    pages.append(browser.get(confirm(browser, entered(), send="1").url))
    for page in pages:
        scripts = re.findall(r"<script\b([^>]*)>", page.content.decode())
        assert all("src=" in attributes or "application/json" in attributes for attributes in scripts)


def test_it_shows_everything_before_it_sends(browser, entered):
    page = told(confirm(browser, entered()))
    assert "Rp 700" in page
    assert "Rp 1.842.000" in page
    assert "Halo &lt;b&gt;Budi&lt;/b&gt;" in page
    assert "+6281234567890, +628561234567" in page
    assert "Budi: not a telephone number" in page
    assert "Send 2 messages" in page
    assert Message.objects.count() == 0


def test_it_sends_once_however_often_one_clicks(browser, entered, operator):
    data = entered()
    first, second = confirm(browser, data, send="1"), confirm(browser, data, send="1")
    campaign = Campaign.objects.get()
    assert first.url == second.url == reverse("messaging:progress", args=[campaign.pk])
    assert (Message.objects.count(), campaign.created_by) == (2, operator)
    assert "not sent again" in told(browser.get(second.url))


def test_a_changed_text_from_the_same_page_is_another_message(browser, entered):
    data = entered()
    confirm(browser, data, send="1")
    confirm(browser, data, send="1", text="Something else")
    assert Campaign.objects.count() == 2


def test_a_page_opened_anew_sends_the_same_text_again(browser, entered):
    confirm(browser, entered(), send="1")
    confirm(browser, entered(), send="1")
    assert Campaign.objects.count() == 2


def test_a_reload_of_the_confirm_page_without_its_data_goes_back(browser):
    assert browser.get(reverse("messaging:confirm")).url == reverse("messaging:compose")


def test_all_that_was_entered_stays_on_error(browser, entered):
    page = told(confirm(browser, entered(text="", sender_id="X", recipients="0812 3456 7890\n<i>Budi</i>")))
    assert "Nothing was sent" in page
    assert "0812 3456 7890 &lt;i&gt;Budi&lt;/i&gt;" in page


def test_the_gates_word_is_shown_and_all_stays(browser, entered, make_account):
    account = make_account("rajasms", name="Raja")
    page = told(confirm(browser, entered(account=account.pk, text="a" * 500)))
    assert "at most 480" in page
    assert "a" * 500 in page


def test_change_it_brings_everything_back(browser, entered):
    data = entered(text="Halo Budi\n\nRina")
    page = browser.post(reverse("messaging:compose"), data).content.decode()
    assert "Halo Budi\n\nRina" in page
    assert data["nonce"] in page
    assert "Nothing was sent" not in page


def test_a_time_in_another_zone_is_that_zones(browser, entered):
    local = (datetime.now(ZoneInfo("Asia/Jayapura")) + timedelta(days=1)).replace(second=0, microsecond=0)
    at = local.strftime("%Y-%m-%dT%H:%M")
    data = entered(when="later", at=at, zone="WIT")
    assert f"{local:%H:%M} WIT" in told(confirm(browser, data))
    confirm(browser, data, send="1")
    assert {message.send_after for message in Message.objects.all()} == {local}


@pytest.mark.parametrize("at", ["", "2020-01-01T10:00", "nonsense", "2026-13-40T99:99", "2999-01-01T00:00"])
def test_a_time_that_cannot_be_is_refused(browser, entered, at):
    page = told(confirm(browser, entered(when="later", at=at), send="1"))
    assert "Nothing was sent" in page
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [{"nonce": "x"}, {"account": "0"}, {"channel": "pigeon"}, {"kind": "?"}, {"type": "3"}, {"zone": "Mars/Base"}],
)
def test_forged_fields_are_refused_not_crashed_on(browser, entered, wrong):
    assert confirm(browser, entered(**wrong), send="1").status_code == 200
    assert browser.post(reverse("messaging:check"), entered(**wrong)).status_code == 200
    assert Message.objects.count() == 0


def test_it_checks_numbers_while_one_writes(browser, entered):
    answer = browser.post(reverse("messaging:check"), entered()).json()
    assert answer == {
        "valid": 2, "duplicates": 1, "invalid": 1, "examples": ["Budi (not a telephone number)"], "cost": "Rp 700",
    }  # fmt: skip


def test_it_checks_numbers_before_an_account_is_chosen(browser, entered):
    assert browser.post(reverse("messaging:check"), entered(account="")).json()["valid"] == 2


def test_progress_counts_by_status_and_links_to_the_list(browser, entered, django_assert_max_num_queries):
    confirm(browser, entered(), send="1")
    campaign = Campaign.objects.get()
    Message.objects.filter(recipient="+6281234567890").update(status="delivered")
    page = told(browser.get(reverse("messaging:progress", args=[campaign.pk])))
    assert f"?campaign__id__exact={campaign.pk}&amp;status__exact=delivered" in page
    with django_assert_max_num_queries(8):
        answer = browser.get(reverse("messaging:progress_counts", args=[campaign.pk])).json()
    assert (answer["counts"]["queued"], answer["counts"]["delivered"], answer["poll_seconds"]) == (1, 1, 2)


def test_progress_says_what_holds_the_messages_up(browser, entered, account):
    confirm(browser, entered(), send="1")
    counts = reverse("messaging:progress_counts", args=[Campaign.objects.get().pk])
    Account.objects.update(suspended_reason="The user name or password is wrong.")
    assert browser.get(counts).json()["standing"] == [
        f"The account “{account.name}” is suspended (The user name or password is wrong). "
        "Its messages wait until somebody resumes it."
    ]
    Message.objects.update(status="delivered")
    assert browser.get(counts).json()["standing"] == []


def test_progress_says_until_when_the_next_waits_and_why(browser, entered):
    confirm(browser, entered(), send="1")
    counts = reverse("messaging:progress_counts", args=[Campaign.objects.get().pk])
    assert browser.get(counts).json()["waits"] == ""
    Message.objects.update(send_after="2030-01-01T03:00Z", error_text="The provider asks us to wait.")
    assert browser.get(counts).json()["waits"] == "Waits until Tue 1 Jan 2030, 10:00 WIB. The provider asks us to wait."


def test_progress_never_calls_settled_what_nobody_knows(browser, entered):
    confirm(browser, entered(), send="1")
    Message.objects.update(status="uncertain")
    browser.force_login(User.objects.create_superuser("chief"))
    page = told(browser.get(reverse("messaging:progress", args=[Campaign.objects.get().pk])))
    assert "2 of 2 are uncertain: nobody knows whether they went out." in page
    assert reverse("console:incidents") in page


def test_progress_calls_handed_over_what_has_left(browser, entered):
    confirm(browser, entered(), send="1")
    counts = reverse("messaging:progress_counts", args=[Campaign.objects.get().pk])
    Message.objects.filter(recipient="+6281234567890").update(status="suppressed")
    assert browser.get(counts).json()["summary"] == "0 of 2 handed over."
    Message.objects.exclude(status="suppressed").update(status="sent")
    assert browser.get(counts).json()["summary"] == "1 of 2 handed over; 1 without a delivery report so far."


def test_progress_stops_asking_when_all_is_settled(browser, entered):
    confirm(browser, entered(), send="1")
    Message.objects.update(status="delivered")
    answer = browser.get(reverse("messaging:progress_counts", args=[Campaign.objects.get().pk])).json()
    assert (answer["poll_seconds"], answer["summary"]) == (0, "All 2 are settled.")


def test_progress_is_for_those_who_may_see_messages(client, browser, entered):
    confirm(browser, entered(), send="1")
    client.force_login(User.objects.create_user("stranger", is_staff=True))
    assert client.get(reverse("messaging:progress", args=[Campaign.objects.get().pk])).status_code == 403


def test_fifty_thousand_pasted_numbers_are_a_campaign(browser, entered):
    numbers = "\n".join(f"0812{number:08d}" for number in range(10_001))
    response = confirm(browser, entered(recipients=numbers, text="Halo {x}"), send="1")
    campaign = Campaign.objects.get()
    assert response.url == reverse("messaging:campaign_edit", args=[campaign.pk])
    assert (campaign.status, campaign.told["verdicts"]["good"], campaign.text) == ("draft", 10_001, "Halo {{x}}")
    assert Message.objects.count() == 0
