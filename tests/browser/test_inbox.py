"""The inbox in a real browser: what comes in appears by itself, and two people do not answer at once."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from contacts.models import Contact
from providers.types import InboundText
from smsops.inbox.models import Conversation, QuickReply, SuppressionImport
from smsops.inbox.services import store_inbound
from smsops.messaging.models import Message
from tests.browser.looking import fits

LIST = "/admin/inbox/conversations/"
NUMBER = "+6281234567890"
SHOTS = os.environ.get("SMSOPS_SHOTS")


def shoot(page, name):
    """With SMSOPS_SHOTS a folder of pictures, for a person to look at."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.fixture
def account(site, make_account):
    Contact.objects.create(name="Siti Rahmawati", mobile=NUMBER)
    return make_account("tcast", name="Toko Maju")


def write(account, text, sender=NUMBER):
    place = str(len(text)) + text
    store_inbound(account=account, texts=[InboundText(provider_message_id=place, sender=sender, text=text)])
    return Conversation.objects.get(number=sender)


def test_what_comes_in_appears_without_a_reload(account, page, log_in):
    log_in("Operator")
    page.goto(LIST)
    page.evaluate("window.isTheSamePage = true")
    expect(page.get_by_text("Nothing waits for an answer")).to_be_visible()
    found = write(account, "Apakah sepatu merah masih ada?")
    expect(page.get_by_text("Apakah sepatu merah masih ada?")).to_be_visible()
    expect(page).to_have_title(r"(1) Conversations | SMSOps")
    assert page.evaluate("window.isTheSamePage")
    page.get_by_role("link", name="Siti Rahmawati").click()
    page.wait_for_url(f"**{LIST}{found.pk}/")
    page.evaluate("window.isTheSamePage = true")
    write(account, "Ukuran 38")
    expect(page.locator("#thread").get_by_text("Ukuran 38")).to_be_visible()
    assert page.evaluate("window.isTheSamePage")
    page.wait_for_function("!document.title.startsWith('(')")
    found.refresh_from_db()
    assert found.unread == 0


def test_a_quick_reply_keeps_its_distance_from_what_is_written(account, page, log_in):
    QuickReply.objects.create(name="Jam", text="Kami buka 08.00.", is_shared=True)
    found = write(account, "Kapan buka?")
    log_in("Operator")
    page.goto(f"{LIST}{found.pk}/")
    page.get_by_label("Answer", exact=True).fill("Baik.")
    page.get_by_label("Quick reply").select_option(label="Jam")
    expect(page.get_by_label("Answer", exact=True)).to_have_value("Baik. Kami buka 08.00.")


def test_of_two_browsers_one_answers_and_the_other_sees_it(account, new_page, log_in):
    QuickReply.objects.create(name="Salam", text="Halo {name|Kak},", is_shared=True)
    first, second = log_in("Operator", on=new_page()), log_in("Approver", on=new_page())
    found = write(account, "Apakah sepatu merah masih ada?")
    for each in (first, second):
        each.goto(f"{LIST}{found.pk}/")
    first.get_by_label("Quick reply").select_option(label="Salam")
    expect(first.get_by_label("Answer", exact=True)).to_have_value("Halo Siti Rahmawati,")
    expect(first.get_by_text("You are answering")).to_be_visible()
    expect(second.get_by_text("operator is answering now")).to_be_visible()
    send = second.get_by_role("button", name="Send", exact=True)
    expect(send).to_be_disabled()
    expect(send).to_have_css("opacity", "0.5")
    shoot(second, "inbox-busy")
    second.get_by_label("Answer", exact=True).fill("Tidak ada")
    second.get_by_role("button", name="Take over").click()
    expect(second.get_by_text("You are answering")).to_be_visible()
    expect(first.get_by_text("approver is answering now")).to_be_visible()
    expect(first.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    second.get_by_role("button", name="Send", exact=True).dblclick()
    expect(second.locator("#thread").get_by_text("Tidak ada")).to_be_visible()
    expect(first.locator("#thread").get_by_text("Tidak ada")).to_be_visible()
    expect(first.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    assert list(Message.objects.values_list("text", "created_by__username")) == [("Tidak ada", "approver")]


def test_who_goes_away_gives_it_back(account, new_page, log_in):
    first, second = log_in("Operator", on=new_page()), log_in("Approver", on=new_page())
    found = write(account, "Halo")
    for each in (first, second):
        each.goto(f"{LIST}{found.pk}/")
    first.get_by_label("Answer", exact=True).fill("Masih")
    expect(second.get_by_text("operator is answering now")).to_be_visible()
    first.goto(LIST)
    expect(second.get_by_text("operator is answering now")).to_be_hidden()


@pytest.mark.parametrize(("dark", "width", "language"), [(False, 1280, "en"), (True, 390, "id")])
def test_the_pages_fit_every_screen(account, new_page, log_in, queue_messages, dark, width, language):
    page = log_in("Approver", on=new_page(dark=dark, width=width, language=language))
    found = write(account, "Apakah sepatu merah masih ada? " * 5)
    queue_messages(account, [NUMBER], text="Masih ada, Kak. Ukuran berapa?", status="delivered")
    write(account, "38, ya. " + "panjang" * 30)
    write(account, "BankPromo: pinjaman cepat", sender="BANKPROMO")
    shared = {"file_name": "daftar-lama.csv", "kind": "csv", "note": "sistem lama"}
    made = SuppressionImport.objects.create(state="ready", new=2, **shared)
    paths = {
        "inbox": LIST, "inbox-search": f"{LIST}?q=zzz", "conversation": f"{LIST}{found.pk}/",
        "keywords": "/admin/inbox/keyword/", "keyword": "/admin/inbox/keyword/add/",
        "opt-outs": "/admin/inbox/suppression/", "opt-outs-import": "/admin/inbox/opt-outs/import/",
        "opt-outs-preview": f"/admin/inbox/opt-outs/import/{made.pk}/",
    }  # fmt: skip
    for name, path in paths.items():
        page.goto(path)
        shoot(page, f"{name}-{language}-{width}-{'dark' if dark else 'light'}")
        assert fits(page), path
