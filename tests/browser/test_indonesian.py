"""Every page in Indonesian, as an administrator meets it: no English is left in what is seen or read aloud."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import requests
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.utils import timezone
from playwright.sync_api import expect

from contacts.models import Contact, Group
from providers.models import AccountEvent, CallbackReceipt, CallLog, RetiredToken
from providers.services import pause_account, rotate_token, suspend_account
from smsops.inbox.conversations.listing import LISTS
from smsops.inbox.models import Conversation, InboundMessage, QuickReply, Suppression, SuppressionImport
from smsops.messaging.models import Campaign, Message, MessageEvent
from smsops.messaging.outbox import STOOD_STILL, hold_outbox
from smsops.messaging.sending.recovery import WORKER_LOST
from smsops.messaging.status import Status
from tests.browser.english import english_in

TEXTS = r"""() => {
    const found = [];
    const skipped = "script, style, noscript, [lang]:not([lang=id]), .material-symbols-outlined, code";
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
        const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
        if (element.closest(skipped)) continue;
        if (node.nodeType === Node.TEXT_NODE) { found.push(node.data); continue; }
        for (const name of ["aria-label", "aria-description", "title", "placeholder", "alt", "data-confirm"])
            if (element.hasAttribute(name)) found.push(element.getAttribute(name));
        if (element.matches("input[type=submit], input[type=button], input[type=reset]")) found.push(element.value);
    }
    return found.map((text) => text.replace(/\s+/g, " ").trim()).filter(Boolean);
}"""


@pytest.fixture
def data(site, make_account, queue_messages, people):
    """Something in every table, in every state, with data that is Indonesian."""
    now = timezone.now()
    accounts = {
        provider: make_account(provider, name=f"Toko {provider}") for provider in ("tcast", "rajasms", "unified")
    }
    accounts["nusasms"] = make_account("nusasms", name="Toko Nusa", credentials={})
    account = accounts["smsmasking"] = make_account(
        name="Toko Maju", balance=Decimal("1842000"), balance_bonus=Decimal("5000.5"), balance_checked_at=now,
        balance_expires_on=now.date(), price_per_segment=Decimal("350"),
    )  # fmt: skip
    for kind in AccountEvent.Kind:
        AccountEvent.objects.create(account=account, kind=kind)
    AccountEvent.objects.create(account=account, kind="changed", text="Server address, Sender ID")
    rotate_token(account=account, actor=people["Administrator"])
    RetiredToken.objects.update(last_used_at=now)
    suspend_account(account_id=accounts["tcast"].pk, reason="The balance was empty.")
    pause_account(account=accounts["rajasms"], actor=people["Administrator"], reason="Menunggu isi ulang")
    campaign = Campaign.objects.create(name="Promo Lebaran", account=account, created_by=people["Administrator"])
    told = {"price": Decimal("350"), "error_code": "1704", "error_text": "The balance was empty."}
    for number, status in enumerate(Status):
        rows = queue_messages(account, [f"+62812{number:08d}"], status=status, campaign=campaign, **told)
        for source in MessageEvent.Source:
            MessageEvent.objects.create(message=rows[0], status=status, source=source, text=WORKER_LOST)
    MessageEvent.objects.create(message=rows[0], status="delivered", told="sent", source="callback", happened_at=now)
    InboundMessage.objects.create(account=account, sender="+6281234567890", text="Baik", fingerprint="1")
    for kind, state in zip(CallbackReceipt.Kind, CallbackReceipt.State, strict=False):
        CallbackReceipt.objects.create(account=account, kind=kind, state=state, body=b"status=22", error="")
    CallLog.objects.create(account=account, started_at=now, name="send", reply="1701", url="http://127.0.0.1/api")
    AccessAttempt.objects.create(username="budi", ip_address="10.0.0.1", failures_since_start=5)
    contact = Contact.objects.create(name="Budi Santoso", mobile="+6281234567890")
    contact.groups.add(Group.objects.create(name="Pelanggan"))
    return accounts


def admin_pages(user):
    """The list of every model, the search that finds nothing, and what this person can do with a row of it."""
    request = RequestFactory().get("/")
    request.user = user
    for model, model_admin in admin.site._registry.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield base
        if model_admin.search_fields:
            yield f"{base}?q=zzz"
        if model_admin.has_add_permission(request):
            yield f"{base}add/"
        row = model._default_manager.order_by("pk").last()
        if row is not None:
            pages = ["change", "history", *(["delete"] if model_admin.has_delete_permission(request, row) else [])]
            yield from (f"{base}{row.pk}/{page}/" for page in pages)


def account_pages(accounts):
    for provider, account in accounts.items():
        yield f"/admin/providers/account/add/?provider={provider}"
        yield f"/admin/providers/account/{account.pk}/change/"
    for name in ("pause", "password", "rotate", "delete"):
        yield f"/admin/providers/account/{accounts['smsmasking'].pk}/{name}/"
    token = RetiredToken.objects.get()
    yield f"/admin/providers/account/{token.account_id}/revoke/{token.pk}/"
    yield f"/admin/messages/resume/{accounts['tcast'].pk}/"


def inbox_pages(accounts):
    """Conversations in every state, and a list of opt-outs on its way in."""
    account, now = accounts["nusasms"], timezone.now()
    shared = {"account": account, "last_inbound_at": now, "last_text": "Baik"}
    dewi = User.objects.get(username="operator")
    found = Conversation.objects.create(
        number="+6281234567890", unread=2, assigned_to=dewi, answering=dewi,
        answering_until=now + timedelta(hours=1), last_id=2, **shared
    )  # fmt: skip
    silent = Conversation.objects.create(number="BANKPROMO", is_done=True, last_id=1, **shared)
    Suppression.objects.create(number=found.number, reason="stop")
    QuickReply.objects.create(name="Salam", text="Halo, Kak", is_shared=True)
    for name in LISTS:
        yield f"/admin/inbox/conversations/?show={name}"
    yield "/admin/inbox/conversations/?q=zzz"
    yield from (f"/admin/inbox/conversations/{each.pk}/" for each in (found, silent))
    yield "/admin/inbox/opt-outs/import/"
    for state in SuppressionImport.State:
        made = SuppressionImport.objects.create(file_name="a.csv", kind="csv", note="Daftar lama", state=state, new=1)
        yield f"/admin/inbox/opt-outs/import/{made.pk}/"


class Walk:
    """Reads one page after another and keeps what is English, with the first page that shows it."""

    def __init__(self, page):
        self.page, self.english = page, {}

    def read(self, name):
        for text in english_in(self.page.evaluate(TEXTS)):
            self.english.setdefault(text, name)

    def open(self, path):
        self.page.goto(path)
        self.read(path)

    def press(self, name):
        """Press a button; what comes then is read."""
        # A symbol beside the words is a word as well to those who listen.
        button = self.page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}( \w+_\w+)?$"))
        with self.page.expect_navigation():
            button.first.click()
        self.read(f"after {name}")

    def ends_without_english(self):
        assert not self.english, "\n".join(f"{page}: {text}" for text, page in self.english.items())


@pytest.fixture
def walk(new_page):
    walk = Walk(new_page(language="id"))
    yield walk
    walk.ends_without_english()


def test_no_page_of_an_administrator_shows_english(data, people, walk, log_in):
    log_in("Superuser", on=walk.page)
    walk.read("index")
    for path in dict.fromkeys(
        [*admin_pages(people["Superuser"]), *account_pages(data), *inbox_pages(data), "/admin/password_change/"]
    ):
        walk.open(path)
    walk.open("/admin/contacts/contact/add/")
    walk.page.locator("form[novalidate], #contact_form").first.evaluate("form => { form.noValidate = true; }")
    walk.press("Simpan")


def test_deciding_over_what_waits_shows_no_english(data, walk, log_in):
    log_in("Administrator", on=walk.page)
    walk.open("/admin/messages/outbox/")
    walk.press("Tahan kotak keluar")
    walk.press("Batalkan …")
    walk.open("/admin/messages/outbox/")
    walk.press("Kirimkan")
    walk.open("/admin/messaging/message/?status__exact=queued")
    walk.page.locator("input[name=_selected_action]").first.check()
    walk.page.locator("select[name=action]").first.select_option("cancel_waiting")
    walk.press("Jalankan")
    walk.press("Batalkan pesan")
    walk.open(f"/admin/providers/account/{data['tcast'].pk}/change/")
    walk.press("Periksa akun")
    walk.press("Lanjutkan")
    walk.press("Kirimkan")
    walk.press("Simpan")
    hold_outbox(reason=STOOD_STILL)
    walk.open("/admin/messages/outbox/")


def test_writing_shows_no_english(data, walk, log_in):
    log_in("Operator", on=walk.page)
    walk.open("/admin/messages/compose/")
    walk.press("Lanjut")
    walk.page.get_by_label("Akun", exact=True).select_option(label="Toko Maju")
    walk.page.get_by_label("Penerima").fill("0812 3456 7890, 0812-3456-7890 021-555-1234 Budi 8,12E+12")
    walk.page.get_by_label("Teks", exact=True).fill("Pesanan Budi’s " * 9)
    expect(walk.page.locator("#recipients-told")).to_contain_text("akan mendapatnya")
    walk.read("compose, written")
    walk.press("Lanjut")
    walk.press("Kirim 1 pesan")
    walk.page.wait_for_url("**/progress/*/")
    walk.read("progress")


def test_strangers_and_the_lost_meet_no_english(site, people, walk, log_in, complaints):
    walk.open("/admin/login/")
    for _attempt in range(5):
        walk.page.locator("#id_username").fill("budi")
        walk.page.locator("#id_password").fill("salah")
        walk.press("Masuk")
    expect(walk.page.get_by_role("heading", level=1)).to_have_text("Terlalu banyak percobaan")
    log_in("Support", on=walk.page)
    walk.open("/admin/providers/account/")
    expect(walk.page.get_by_role("heading", level=1)).to_have_text("Tidak diizinkan")
    walk.open("/admin/tidak-ada/")
    expect(walk.page.get_by_role("heading", level=1)).to_have_text("Halaman tidak ditemukan")
    walk.page.goto("/admin/password_change/")
    walk.page.context.clear_cookies(name="csrftoken")
    walk.page.locator("form").last.evaluate("form => form.submit()")
    expect(walk.page.get_by_role("heading", level=1)).to_have_text("Formulir ini sudah usang")
    walk.read("403_csrf")
    complaints.clear()


def test_the_phones_show_no_english(walk, sandbox, complaints):
    walk.page.goto(f"{sandbox.base_url}/?lang=id")
    walk.read("phones")
    fields = {"account": "demo", "password": "demo-secret", "numbers": "6281234567890", "content": "Halo"}
    requests.get(f"{sandbox.base_url}/sendsms", params=fields | {"sender": "TOKO"}, timeout=30)
    expect(walk.page.locator(".bubble.in .status")).to_have_text("sampai")
    walk.read("phones, with a message")
    with walk.page.expect_navigation():
        walk.page.locator("aside form").evaluate("form => form.submit()")
    walk.read("phones, refused")
    complaints.clear()


def test_figures_and_times_are_written_as_in_indonesia(data, walk, log_in):
    page = log_in("Administrator", on=walk.page)
    page.goto(f"/admin/providers/account/{data['smsmasking'].pk}/change/")
    expect(page.get_by_text("Rp 1.842.000")).to_be_visible()
    message = Message.objects.first()
    Message.objects.update(created_at=datetime(2026, 8, 17, 2, 30, tzinfo=UTC))
    page.goto(f"/admin/messaging/message/{message.pk}/change/")
    expect(page.get_by_text("17 Agu 2026, 09:30 WIB").first).to_be_visible()
