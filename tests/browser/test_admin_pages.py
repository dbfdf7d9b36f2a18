"""Every page of the admin in a real browser: nothing is refused by the content policy, and nothing is cut off."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from contacts.models import Contact, Group
from providers.models import CallbackReceipt, CallLog
from smsops.console.models import DownloadLog
from smsops.inbox.models import InboundMessage
from smsops.messaging.models import Campaign, Message, MessageEvent
from tests.browser.looking import fits


@pytest.fixture
def pages(site, make_account):
    """The admin's addresses, with something hostile to show on each."""
    hostile = "<script>alert(1)</script>{{ 7*7 }}"
    account = make_account("smsmasking", name=f"Akun {hostile}")
    campaign = Campaign.objects.create(name=hostile, account=account)
    message = Message.objects.create(account=account, recipient="+6281234567890", text=hostile, campaign=campaign)
    MessageEvent.objects.create(message=message, status="sent", source="submit", code="1701", text=hostile)
    inbound = InboundMessage.objects.create(account=account, sender="+6281234567890", text=hostile, fingerprint="1")
    receipt = CallbackReceipt.objects.create(account=account, kind="reports", body=hostile.encode())
    call = CallLog.objects.create(
        account=account, started_at=timezone.now(), name="send", reply=hostile, url="http://x"
    )
    contact = Contact.objects.create(name=hostile, mobile="+6281234567890")
    group = Group.objects.create(name=hostile)
    rows = {
        "providers/account": account, "messaging/message": message, "messaging/campaign": campaign,
        "inbox/inboundmessage": inbound, "providers/callbackreceipt": receipt, "providers/calllog": call,
        "contacts/contact": contact, "contacts/group": group,
    }  # fmt: skip
    lists = [f"/admin/{name}/" for name in rows]
    changes = [f"/admin/{name}/{row.pk}/change/" for name, row in rows.items()]
    buttons = [f"/admin/providers/account/{account.pk}/{name}/" for name in ("pause", "password", "rotate", "delete")]
    others = ["providers/account/add/", "providers/account/add/?provider=tcast", "contacts/contact/add/"]
    others += ["auth/user/", "auth/user/add/", "auth/group/", "auth/group/add/", "axes/accessattempt/"]
    others += ["password_change/", "messaging/message/?status__exact=queued&written_from=2020-01-01"]
    return [*lists, *changes, *buttons, *(f"/admin/{path}" for path in others)]


@pytest.mark.parametrize(("dark", "width", "language"), [(False, 1280, "en"), (True, 390, "id")])
def test_every_page_of_the_admin_works_under_the_content_policy(pages, new_page, log_in, dark, width, language):
    page = log_in("Superuser", on=new_page(dark=dark, width=width, language=language))
    page.on("dialog", lambda dialog: pytest.fail("a hostile text ran as a script"))
    for path in pages:
        page.goto(path)
        expect(page.locator("#content-main, form, ul").first).to_be_attached()
        assert fits(page), path


def test_the_palette_finds_a_page(new_page, log_in):
    page = log_in("Operator", on=new_page())
    page.keyboard.press("Control+k")
    page.locator("input[name=s]:visible").press_sequentially("contact")
    expect(page.locator("#command-results-list")).to_contain_text("Contacts")


def test_the_language_can_be_changed_on_the_login_and_inside(page, site, log_in):
    page.goto("/admin/login/")
    page.get_by_role("button", name="Bahasa Indonesia").click()
    expect(page.locator("html")).to_have_attribute("lang", "id")
    log_in("Operator", on=page)
    expect(page.locator("html")).to_have_attribute("lang", "id")
    expect(page.locator("form[action='/i18n/setlang/']").first).to_be_attached()


CUT_OFF = """cells => cells.filter(cell => cell.scrollHeight > cell.clientHeight + 1).map(cell => cell.dataset.label)"""


def test_a_long_text_in_a_list_is_not_cut_off_on_a_phone(new_page, log_in, make_account, queue_messages):
    queue_messages(make_account(), 1, text="Pesanan Anda siap diambil di toko kami. " * 8)
    page = new_page(language="id", width=390, height=844)
    log_in("Operator", on=page)
    page.goto("/admin/messaging/message/")
    expect(page.locator("#result_list td").first).to_be_visible()
    assert page.locator("#result_list tbody").locator("td, th").evaluate_all(CUT_OFF) == []


def test_on_a_phone_a_page_names_what_it_is_of(new_page, site, log_in, make_account):
    account = make_account(name="Toko Maju Bersama")
    page = new_page(width=390, height=844)
    log_in("Administrator", on=page)
    pages = {f"providers/account/{account.pk}/change": account.name, f"desk/balances/{account.pk}": "Balance of"}
    for path, name in pages.items():
        page.goto(f"{site}/admin/{path}/")
        expect(page.locator("h1")).to_contain_text(re.compile(rf"^\s*{name}"), use_inner_text=True)
        assert page.locator("h1").evaluate("each => each.clientWidth") > 60


def test_on_a_phone_a_long_address_is_whole(new_page, site, log_in, people):
    DownloadLog.objects.create(actor=people["Administrator"], file_name="x.csv", page=f"/admin/{'long' * 20}/x.csv")
    page = new_page(width=390, height=844)
    log_in("Administrator", on=page)
    page.goto(f"{site}/admin/console/downloadlog/")
    cell = page.locator("#result_list td", has_text="x.csv").last
    assert cell.evaluate("each => each.scrollWidth <= each.clientWidth")
