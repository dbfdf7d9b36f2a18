"""The look-up as customer support meets it: a box on every page, one page about a number, sending once more."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from contacts.models import Contact
from contacts.services import create_contact
from smsops.inbox.models import InboundMessage, Suppression
from smsops.messaging.models import Message
from tests.browser.looking import fits

PAGE = "/admin/desk/look-up/"
NUMBER = "+6281234567890"
SHOTS = os.environ.get("SMSOPS_SHOTS")


def shoot(page, name):
    """With SMSOPS_SHOTS a folder of pictures, for a person to look at."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.fixture
def siti(site, make_account, queue_messages):
    account = make_account("smsmasking", name="Toko Maju")
    siti = create_contact(contact=Contact(name="Siti Rahmawati", mobile=NUMBER))
    create_contact(contact=Contact(name="Budi", mobile="+6285711117890"))
    queue_messages(account, [NUMBER], text="Pesanan Anda siap diambil.", status="undelivered", contact=siti)
    queue_messages(account, [NUMBER], text="Kode Anda 739215", kind="otp", status="delivered", contact=siti)
    InboundMessage.objects.create(account=account, sender=NUMBER, text="Sudah saya ambil", fingerprint="1")
    later = timezone.now() + timedelta(days=1)
    queue_messages(account, [NUMBER], text="Terima kasih telah belanja", send_after=later)
    return siti


def test_the_last_digits_typed_on_any_page_lead_to_the_customer(siti, page, log_in):
    log_in("Operator")
    page.goto("/admin/messaging/message/")
    page.get_by_label("Look up a customer").first.fill("7890")
    page.get_by_label("Look up a customer").first.press("Enter")
    expect(page.get_by_role("heading", name="Who is meant?")).to_be_visible()
    page.get_by_role("link", name="0812-3456-7890").click()
    expect(page.get_by_text("Sudah saya ambil")).to_be_visible()
    undelivered = page.locator("li", has=page.get_by_text("Pesanan Anda siap diambil."))
    undelivered.get_by_role("link", name="Send it again").click()
    shoot(page, "resend")
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_text("It is in the queue once more.")).to_be_visible()
    assert Message.objects.filter(resend_of__text="Pesanan Anda siap diambil.").count() == 1


def test_the_command_palette_leads_to_the_look_up(siti, page, log_in):
    log_in("Support")
    page.keyboard.press("Control+k")
    page.locator("#search-input-command").press_sequentially("7890")
    page.get_by_role("link", name="Look up “7890”").click()
    expect(page.get_by_role("heading", name="Who is meant?")).to_be_visible()


@pytest.mark.parametrize(("dark", "width", "language"), [(False, 1280, "en"), (True, 390, "id"), (False, 390, "id")])
def test_the_pages_fit_every_screen(siti, new_page, log_in, dark, width, language):
    page = log_in("Operator", on=new_page(dark=dark, width=width, language=language))
    Suppression.objects.create(number=NUMBER, reason="stop", source_text="STOP")
    message = Message.objects.filter(status="undelivered").get()
    paths = {
        "look-up": f"{PAGE}?q=%2B6281234567890", "look-up-choice": f"{PAGE}?q=7890",
        "message": f"/admin/messaging/message/{message.pk}/change/", "tracking": "/admin/desk/providers/tcast/",
    }  # fmt: skip
    for name, path in paths.items():
        page.goto(path)
        shoot(page, f"{name}-{language}-{width}-{'dark' if dark else 'light'}")
        assert fits(page), path
