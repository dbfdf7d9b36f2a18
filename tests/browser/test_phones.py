"""The sandbox's phones in a real browser: messages arrive by themselves, replies leave, and all fits a small screen."""

import pytest
import requests
from playwright.sync_api import expect

from providers.sandbox import Sandbox
from tests.browser.looking import fits

NUMBER = "6281234567890"
HOSTILE = '<img src=x onerror="document.title=1"> <script>document.title=2</script> ' + "panjang" * 40


@pytest.fixture
def sandbox():
    with Sandbox(delay=0) as sandbox:
        yield sandbox


def send(sandbox, text):
    fields = {"account": "demo", "password": "demo-secret", "numbers": NUMBER, "content": text, "sender": "TOKO"}
    assert requests.get(f"{sandbox.base_url}/sendsms", params=fields, timeout=30).json()["status"] == 0


def test_a_message_arrives_without_a_reload_and_is_answered(new_page, sandbox):
    page = new_page()
    page.goto(f"{sandbox.base_url}/?lang=en")
    send(sandbox, "Pesanan Anda siap diambil")
    expect(page.locator(".bubble.in")).to_contain_text("Pesanan Anda siap diambil")
    expect(page.locator(".bubble.in .status")).to_have_text("delivered")
    page.get_by_text("Send an SMS back").click()
    phone = page.locator(".phone")
    phone.get_by_label("Text").fill("Baik, terima kasih")
    phone.get_by_label("Through").select_option("tcast")
    phone.get_by_role("button", name="Send").click()
    expect(page.locator(".bubble.out")).to_contain_text("Baik, terima kasih")
    assert sandbox.state.take_inbound("tcast", 50)[0].sender == NUMBER


def test_a_half_written_reply_survives_the_next_arrival(new_page, sandbox):
    send(sandbox, "satu")
    page = new_page()
    page.goto(f"{sandbox.base_url}/?lang=en")
    page.get_by_text("Send an SMS back").click()
    text = page.locator(".phone").get_by_label("Text")
    text.fill("setengah")
    send(sandbox, "dua")
    page.evaluate("refresh()")
    expect(text).to_have_value("setengah")
    text.fill("")
    text.blur()
    expect(page.locator(".bubble.in")).to_have_count(2)


@pytest.mark.parametrize(("language", "dark"), [("en", False), ("id", True)])
def test_hostile_text_stays_text_and_fits_a_small_screen(new_page, sandbox, language, dark):
    send(sandbox, HOSTILE)
    page = new_page(language=language, dark=dark, width=390, height=844)
    page.goto(f"{sandbox.base_url}/?lang={language}")
    expect(page.locator(".bubble.in .text")).to_have_text(HOSTILE)
    assert page.title() not in ("1", "2")
    assert fits(page)
