"""Compose in a real browser: write, confirm, watch it go out."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from playwright.sync_api import expect

from providers.models import Account
from providers.types import Encoding
from smsops.console.roles import apply_roles
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Campaign, Message
from smsops.messaging.text import clean_text, measure, name_character
from tests.browser.looking import fits

CASES = [
    "", "a", "a" * 160, "a" * 161, "€" * 80, "€" * 81, "a" * 152 + "€" + "a" * 151, "a" * 152 + "€" + "a" * 152,
    "ž" * 70, "ž" * 71, "😀" * 35, "😀" * 36, "😀" * 66, "😀" * 67, "Budi’s", "{[~]}\\|^", "Çà\r\nvoilà\rx\ty",
    "\x00a\x85b",
    "👩‍🚀" * 20, "\u00a0", "é" * 140, "é" * 141, "a" * 141, "a" * 153, "a" * 307, "ΔΦΓ", "\ud800x",
]  # fmt: skip
MODES = [(None, False), ("gsm7", False), ("gsm7", True), ("ucs2", False), ("ucs2", True), ("latin1", False)]


def counted(text, encoding, is_flash):
    measured = measure(clean_text(text), encoding and Encoding(encoding), is_flash=is_flash)
    culprit = name_character(measured.culprit) if measured.culprit else ""
    return [
        measured.encoding.value,
        measured.units,
        measured.segments,
        measured.remaining,
        culprit,
        measured.culprit_index,
    ]


def test_the_browser_counts_segments_as_the_server_does(chromium):
    page = chromium.new_page()
    page.evaluate(
        (Path(settings.BASE_DIR) / "static/messaging/segments.js").read_text() + "; globalThis.SmsText = SmsText"
    )
    cases = [[text, encoding, is_flash] for text in CASES for encoding, is_flash in MODES]
    told = page.evaluate(
        """(given) => JSON.parse(given).map(([text, encoding, isFlash]) => {
            const told = SmsText.measure(SmsText.clean(text), encoding, isFlash);
            const culprit = told.culprit && SmsText.nameCharacter(told.culprit);
            return [told.encoding, told.units, told.segments, told.remaining, culprit, told.index];
        })""",
        json.dumps(cases),
    )
    page.close()
    assert told == [counted(*case) for case in cases]


@pytest.fixture(autouse=True)
def roles(request):
    """A test before this one may have emptied the database of what migrations put there."""
    if "site" in request.fixturenames:
        request.getfixturevalue("site")
        apply_roles(apps)


@pytest.fixture
def account(site, sandbox_account):
    return sandbox_account(name="Toko", price_per_segment=Decimal("350"), balance=Decimal("1842000"))


def write(page, recipients="0812 3456 7890, 0856-1234-567\nBudi", text="Halo Budi"):
    page.goto("/admin/messages/compose/")
    page.get_by_label("Recipients").fill(recipients)
    page.get_by_label("Text", exact=True).fill(text)


def test_it_writes_confirms_and_watches_until_delivered(page, log_in, account):
    log_in("Operator")
    write(page, text="Budi’s order")
    expect(page.locator("#recipients-told")).to_contain_text("2 will get it · about Rp 700")
    expect(page.locator("#recipients-told")).to_contain_text("Budi (not a telephone number)")
    expect(page.locator("#text-told")).to_contain_text("’ (U+2019), character 5, makes this text Unicode")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#recipients")).to_have_text("2")
    page.get_by_role("button", name="Send 2 messages").click()
    expect(page.get_by_role("status").first).to_have_text("0 of 2 handed over.")
    Account.objects.update(suspended_reason="the balance is used up")
    expect(page.locator("#progress-standing")).to_contain_text("is suspended (the balance is used up)")
    Account.objects.update(suspended_reason="")
    expect(page.locator("#progress-standing")).to_be_empty()
    dispatch_account(account_id=account.pk)
    Message.objects.update(status="delivered")
    expect(page.locator("#progress-summary")).to_have_text("All 2 are settled.")
    expect(page.get_by_role("link", name="2 Delivered")).to_have_attribute(
        "href", re.compile(r"campaign__id__exact=\d+&status__exact=delivered")
    )
    expect(page.locator("#progress")).to_have_attribute("data-seconds", "0")


def test_a_double_click_and_reloads_send_once(page, log_in, account):
    log_in("Operator")
    write(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/confirm/")
    page.reload()
    page.get_by_role("button", name="Send 2 messages").dblclick()
    page.wait_for_url("**/progress/*/")
    page.reload()
    expect(page.locator("#progress-summary")).to_have_text("0 of 2 handed over.")
    assert (Campaign.objects.count(), Message.objects.count()) == (1, 2)


def test_change_it_keeps_what_was_written(page, log_in, account):
    log_in("Operator")
    write(page, text="Line one\nline two")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Line one\nline two")
    expect(page.get_by_label("Recipients")).to_have_value("0812 3456 7890, 0856-1234-567\nBudi")


def test_it_works_with_the_keyboard_alone(page, log_in, account):
    log_in("Operator")
    page.goto("/admin/messages/compose/")
    page.get_by_label("Recipients").focus()
    page.keyboard.type("081234567890")
    page.keyboard.press("Tab")
    page.keyboard.type("Halo")
    for _press in range(12):
        if page.evaluate("document.activeElement.textContent.trim()") == "Continue":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Send 1 message").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/progress/*/")
    assert Message.objects.get().text == "Halo"


def test_it_shows_only_what_the_account_offers(page, log_in, account, make_account):
    make_account("nusasms", name="WhatsApp only")
    make_account("unified", name="All types")
    log_in("Operator")
    write(page)
    account_field = page.get_by_label("Account", exact=True)
    account_field.select_option(label="WhatsApp only")
    expect(page.get_by_label("Type")).to_be_hidden()
    expect(page.get_by_label("Sender ID")).to_be_hidden()
    account_field.select_option(label="All types")
    page.get_by_label("Type").select_option(label="WAP push")
    expect(page.get_by_label("Web address")).to_be_visible()
    expect(page.get_by_label("Date and time", exact=True)).to_be_hidden()
    page.get_by_label("At a date and time").check()
    page.get_by_label("Date and time", exact=True).fill("2020-01-01T09:30")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("has passed")
    expect(page.get_by_label("Date and time", exact=True)).to_have_value("2020-01-01T09:30")


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_phone(new_page, log_in, account, dark):
    page = new_page(width=390, height=844, dark=dark)
    log_in("Operator", on=page)
    write(page, text="a" * 300)
    assert fits(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Send 2 messages")).to_be_visible()
    assert fits(page)
    page.get_by_role("button", name="Send 2 messages").click()
    page.wait_for_url("**/progress/*/")
    assert fits(page)


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_list_that_the_server_cannot_take_is_told_at_once_and_not_posted(new_page, log_in, account, language):
    page = new_page(language=language)
    log_in("Operator", on=page)
    page.goto("/admin/messages/compose/")
    page.locator("#id_text").fill("Halo")
    page.locator("#id_recipients").evaluate(
        """(field) => {
            field.value = "081234567890\\n".repeat(240000);
            field.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )
    expect(page.locator("#recipients-told")).to_contain_text("4 MB", timeout=60_000)
    page.locator("button.sms-primary").click()
    page.locator("#id_recipients").fill("081234567890")
    expect(page.locator("#recipients-told")).not_to_contain_text("4 MB", timeout=60_000)
    assert page.url.endswith("/compose/")
    page.locator("button.sms-primary").click()
    expect(page.locator("#recipients")).to_have_text("1")
