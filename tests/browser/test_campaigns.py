"""A campaign from the first page to the last, in a real browser."""

import pytest
from playwright.sync_api import expect

from contacts.models import Contact, Group
from providers.sandbox import Sandbox
from smsops.messaging.campaigns.tasks import call_group, prepare_campaign, run_campaign
from smsops.messaging.campaigns.watching import watch_campaigns
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Campaign, Message
from tests.browser.looking import fits


@pytest.fixture
def account(make_account):
    with Sandbox(delay=0.02) as running:
        yield make_account(
            base_url=running.base_url, name="Toko", price_per_segment=350, balance=1_842_000, sender_id="TOKO",
            options={"quiet_hours_sms": "", "approve_above_recipients": 2},
        )  # fmt: skip


@pytest.fixture
def group(site):
    group = Group.objects.create(name="Pelanggan Bandung")
    for number, name in enumerate(["Budi", "Rina", "Ani"]):
        group.contacts.add(Contact.objects.create(mobile=f"+62812000000{number:02d}", name=name, operator="Telkomsel"))
    return group


def walk(page, other, log_in, account):
    """Compose → preview → confirm → approve → watch → pause → resume → done."""
    log_in("Operator", on=page)
    page.goto("/admin/messages/campaigns/new/")
    page.get_by_label("Name").fill("Promo November")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Pelanggan Bandung").first.check()
    page.locator("#id_text").fill("Halo {name|Anda}, diskon 20%")
    expect(page.locator("#campaign-good")).to_have_text("3 get it")
    assert fits(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#recipients")).to_have_text("3")
    expect(page.locator("#preview")).to_contain_text("Halo Budi")
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#preview")).to_contain_text("Halo Rina")
    assert fits(page)
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_text("Somebody else has to approve it")).to_be_visible()
    campaign = Campaign.objects.get()
    log_in("Approver", on=other)
    other.goto(f"/admin/messages/campaigns/{campaign.pk}/")
    other.get_by_label("Reason").fill("checked")
    other.get_by_role("button", name="Approve").click()
    expect(other.get_by_text("Being prepared")).to_be_visible()
    run_campaign(campaign.pk)
    page.goto(f"/admin/messages/campaigns/{campaign.pk}/")
    expect(page.locator("#campaign-summary")).to_have_text("0 of 3 handed over.")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    dispatch_account(account_id=account.pk, seconds=60)
    assert Message.objects.filter(status="queued").count() == 3
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    dispatch_account(account_id=account.pk, seconds=60)
    watch_campaigns()
    expect(page.get_by_text("Finished").first).to_be_visible()
    assert fits(page)
    assert Message.objects.exclude(status="queued").filter(attempts=1).count() == 3


def test_it_walks_from_the_first_page_to_the_last(new_page, log_in, account, group):
    walk(new_page(), new_page(), log_in, account)


def test_it_walks_on_a_phone_in_the_dark(new_page, log_in, account, group):
    walk(new_page(width=390, height=844, dark=True), new_page(), log_in, account)


SHOWN = "getComputedStyle(document.activeElement).outlineStyle !== 'none'"


def tab_to(page, target):
    """Press Tab until it has the focus, which is to be seen wherever it comes."""
    page.wait_for_load_state()
    for _each in range(120):
        page.keyboard.press("Tab")
        # Behind the last of a page comes the browser itself, where nothing of the page has the focus.
        assert page.evaluate("document.activeElement.matches('body') || " + SHOWN)
        if target.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"not reached by the keyboard: {target}")


def press(page, name, role="button"):
    target = page.get_by_role(role, name=name, exact=True)
    tab_to(page, target)
    page.keyboard.press("Enter")


def skip(page):
    """Past the navigation."""
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")


def test_the_keyboard_alone_is_enough(new_page, log_in, account, group):
    page, other = new_page(), new_page()
    log_in("Operator", on=page)
    page.goto("/admin/messages/campaigns/new/")
    skip(page)
    tab_to(page, page.locator("#id_name"))
    page.keyboard.type("Promo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit/*")
    tab_to(page, page.get_by_label("Pelanggan Bandung").first)
    page.keyboard.press("Space")
    tab_to(page, page.locator("#id_text"))
    page.keyboard.type("Halo {name|Anda}")
    expect(page.locator("#campaign-good")).to_have_text("3 get it")
    press(page, "Continue")
    expect(page.locator("#preview")).to_contain_text("Halo Budi")
    press(page, "Next", role="link")
    expect(page.locator("#preview")).to_contain_text("Halo Rina")
    expect(page.get_by_role("link", name="Next")).to_be_focused()
    press(page, "Ask for approval")
    expect(page.get_by_text("Somebody else has to approve it")).to_be_visible()
    campaign = Campaign.objects.get()
    log_in("Approver", on=other)
    other.goto(f"/admin/messages/campaigns/{campaign.pk}/")
    skip(other)
    press(other, "Approve")
    expect(other.get_by_text("Being prepared")).to_be_visible()
    run_campaign(campaign.pk)
    page.goto(f"/admin/messages/campaigns/{campaign.pk}/")
    for before, after in [("Pause", "Resume"), ("Resume", "Pause")]:
        press(page, before)
        expect(page.get_by_role("button", name=after)).to_be_visible()
    dispatch_account(account_id=account.pk, seconds=60)
    watch_campaigns()
    expect(page.get_by_text("Finished").first).to_be_visible()


def test_somebody_elses_change_is_told_and_not_written_over(page, log_in, account):
    log_in("Operator")
    page.goto("/admin/messages/campaigns/new/")
    page.get_by_label("Name").fill("Promo")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/edit/")
    Campaign.objects.update(version=7, text="Theirs")
    page.locator("#id_text").fill("Mine")
    expect(page.locator("#campaign-moved")).to_be_visible()
    assert Campaign.objects.get().text == "Theirs"
    page.get_by_role("link", name="See how it stands now").click()
    expect(page.locator("#id_text")).to_have_value("Theirs")


def test_a_group_of_the_provider_is_listed_and_called_once(page, log_in, make_account):
    with Sandbox(delay=0.02) as sandbox:
        make_account(base_url=sandbox.base_url, name="Toko", options={"quiet_hours_sms": ""})
        members = [
            {"name": name, "mobile": f"62812000000{place:02d}", "group": "Solo"} for place, name in enumerate("AB")
        ]
        sandbox.phonebook().seed(entries=members, groups=["Solo"])
        log_in("Operator")
        page.goto("/admin/messages/campaigns/new/")
        page.get_by_label("Name").fill("Solo")
        page.get_by_role("button", name="Continue").click()
        page.get_by_text("A group in the provider's own phone book").click()
        page.get_by_label("Group at the provider").fill("Solo")
        page.locator("#id_text").fill("Besok tutup")
        expect(page.get_by_text("Asking the provider who is in the group")).to_be_visible()
        campaign = Campaign.objects.get()
        prepare_campaign(campaign.pk)
        expect(page.locator("#campaign-good")).to_have_text("2 get it")
        page.get_by_role("button", name="Continue").click()
        expect(page.locator("#members")).to_contain_text("+6281200000001 · B")
        page.get_by_role("button", name="Send 2 messages").click()
        expect(page.get_by_text("Being prepared")).to_be_visible()
        run_campaign(campaign.pk)
        call_group(campaign.pk)
        watch_campaigns()
        expect(page.get_by_text("Group call made")).to_be_visible()
        assert Message.objects.filter(status="sent", attempts=1).count() == 2


def test_a_file_whose_numbers_nobody_finds_asks_for_their_column(page, log_in, account):
    log_in("Operator")
    page.goto("/admin/messages/campaigns/new/")
    page.get_by_label("Name").fill("Promo")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/edit/")
    content = b"Kota,Catatan\nSolo,-\nKlaten,-\nBoyolali,0812 3456 7890\n"
    page.set_input_files("#id_file", [{"name": "daftar.csv", "mimeType": "text/csv", "buffer": content}])
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Column with the numbers").select_option(label="2 · Catatan · -")
    page.get_by_role("button", name="Read the file by this column").click()
    expect(page.locator("#campaign-good")).to_have_text("1 gets it")
    assert Campaign.objects.get().remote_group == ""
