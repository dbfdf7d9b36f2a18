"""The uncertain desk as a person meets it: an incident, what is known, and a decision with its reason."""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from providers.models import BalanceReading
from smsops.inbox.models import InboundMessage
from smsops.messaging.models import Message
from tests.browser.looking import fits

DESK = "/admin/desk/uncertain/"
SHOTS = os.environ.get("SMSOPS_SHOTS")


def shoot(page, name):
    """With SMSOPS_SHOTS a folder of pictures, for a person to look at."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.fixture
def incident(site, make_account, queue_messages):
    account = make_account("unified", name="Toko Maju", price_per_segment=Decimal(350))
    at = (timezone.now() - timedelta(hours=2)).replace(second=30)
    told = {"status": "uncertain", "attempted_at": at, "error_text": "The answer cannot be read."}
    queue_messages(account, 5, text="Halo Bu Siti, pesanan Anda siap diambil.", **told)
    queue_messages(account, ["+6281299999999"], text="Promo", never_resend=True, **told)
    for minutes, amount in ((-20, 1_842_000), (10, 1_840_950)):
        BalanceReading.objects.create(account=account, amount=amount, at=at + timedelta(minutes=minutes))
    InboundMessage.objects.create(
        account=account, sender="+6281200000003", text="Baik, terima kasih", fingerprint="1", received_at=timezone.now()
    )
    return account


def test_an_approver_settles_one_and_sends_the_others_again(incident, page, log_in):
    log_in("Approver")
    page.get_by_role("link", name="6 Uncertain messages").click()
    page.get_by_role("link", name="6 messages").click()
    expect(page.get_by_text("about 3 of these 6")).to_be_visible()
    answered = page.locator("li", has=page.get_by_text("Baik, terima kasih")).first
    answered.get_by_role("link", name="It went out").click()
    page.get_by_label("Reason").fill("she answered")
    page.get_by_role("button", name="It went out").click()
    expect(page.get_by_text("1 message: It went out.")).to_be_visible()
    page.get_by_role("link", name="5 messages").click()
    page.get_by_role("link", name="It did not, send again").first.click()
    shoot(page, "desk-confirm")
    page.get_by_label("Reason").fill("the portal shows none of them")
    page.get_by_role("button", name="It did not, send again").click()
    expect(page.get_by_text("4 messages: It did not, send again.")).to_be_visible()
    expect(page.get_by_text("1 message was not touched")).to_be_visible()
    assert sorted(Message.objects.values_list("status", flat=True)) == [
        *["failed"] * 4, *["queued"] * 4, "sent", "uncertain",
    ]  # fmt: skip


@pytest.mark.parametrize(("dark", "width", "language"), [(False, 1280, "en"), (True, 390, "id"), (False, 390, "id")])
def test_the_pages_fit_every_screen(incident, new_page, log_in, dark, width, language):
    page = log_in("Approver", on=new_page(dark=dark, width=width, language=language))
    page.goto(DESK)
    paths = [DESK, page.locator("li a.sms-button").first.get_attribute("href")]
    page.goto(paths[1])
    paths.append(page.locator("a.sms-button[href*=decide]").first.get_attribute("href"))
    for name, path in zip(("incidents", "incident", "decide"), paths, strict=True):
        page.goto(path)
        shoot(page, f"{name}-{language}-{width}-{'dark' if dark else 'light'}")
        assert fits(page), path
