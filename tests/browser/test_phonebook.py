"""The phone book's pages in a real browser."""

import pytest
from playwright.sync_api import expect

from contacts.models import Contact, Group
from contacts.sync import Request, sync_phonebook
from contacts.syncing.models import SyncConflict
from contacts.syncing.tasks import run_sync
from providers.models import Account
from tests.browser.looking import fits


@pytest.fixture
def book(sandbox):
    made = sandbox.phonebook("demo")
    made.seed(
        entries=[
            {
                "mobile": f"62813000000{index:02d}",
                "name": f"Orang {index}",
                "group": "Bali",
                "address": f"Jl. Bali {index}",
            }
            for index in range(8)
        ]
    )
    made.seed(entries=[{"mobile": "021", "name": "Kantor", "group": "Bali"}])
    return made


@pytest.fixture
def account(site, sandbox_account):
    return sandbox_account("smsmasking", name="Kantor Pusat")


def work_off():
    from contacts.syncing.models import SyncRun

    for pk in SyncRun.objects.filter(holder="", state__in=("reading", "applying")).values_list("pk", flat=True):
        run_sync(pk)


def make_conflicts(account, book):
    sync_phonebook(account=Account.objects.get(pk=account.pk), request=Request())
    for each in list(book.entries.values())[:3]:
        book.edit(
            each.id, {"name": f"{each.name} Santoso", "mobile": each.mobile, "group": "Bali", "address": each.address}
        )
    for contact in Contact.objects.filter(name__in=["Orang 0", "Orang 1", "Orang 2"]):
        contact.name += " Susilo"
        contact.save()
    Contact.objects.filter(name="Orang 7").delete()
    theirs = next(each for each in book.entries.values() if each.name == "Orang 7")
    book.edit(theirs.id, {"name": "Orang 7 baru", "mobile": theirs.mobile, "group": "Bali"})
    sync_phonebook(account=Account.objects.get(pk=account.pk), request=Request())


def test_staff_preview_confirm_and_decide(page, site, log_in, account, book):
    group = Group.objects.create(name="Jawa")
    Contact.objects.create(name="Siti", mobile="+6281200000002").groups.add(group)
    log_in("Operator")
    page.goto(f"{site}/admin/contacts/phonebooks/")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("status").first).to_contain_text("Waits for a worker")
    work_off()
    expect(page.get_by_role("button", name="Apply these changes")).to_be_visible()
    page.get_by_role("link", name="Add contact here").click()
    expect(page.get_by_text("Orang 7", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Apply these changes").click()
    expect(page.get_by_role("status").first).to_contain_text("Waits for a worker")
    work_off()
    expect(page.get_by_text("Done", exact=True).first).to_be_visible()
    assert Contact.objects.count() == 9
    make_conflicts(account, book)
    page.goto(f"{site}/admin/contacts/phonebooks/{account.pk}/conflicts/")
    page.get_by_label("Theirs", exact=True).first.check()
    page.get_by_role("button", name="Keep these decisions").click()
    expect(page.get_by_text("1 decision waits for the next sync.")).to_be_visible()
    page.get_by_role("button", name="Ours: all like this").first.click()
    page.get_by_role("button", name="Ours", exact=True).click()
    expect(page.get_by_text("3 decisions wait for the next sync.")).to_be_visible()
    assert SyncConflict.objects.filter(decision="ours").count() == 3


@pytest.mark.parametrize(
    ("language", "dark", "width"), [("en", False, 1280), ("id", True, 1280), ("en", False, 390), ("id", True, 390)]
)
def test_no_page_is_wider_than_the_screen(new_page, site, log_in, account, book, language, dark, width):
    make_conflicts(account, book)
    preview = sync_phonebook(account=Account.objects.get(pk=account.pk), request=Request(is_preview=True))
    page = new_page(language=language, dark=dark, width=width)
    log_in("Operator", on=page)
    run = account.sync_runs.order_by("id").first()
    rest = [f"phonebooks/{account.pk}/conflicts/", f"phonebooks/{account.pk}/left/", f"syncs/{preview.pk}/"]
    for path in ("phonebooks/", f"syncs/{run.pk}/", *rest):
        page.goto(f"{site}/admin/contacts/{path}")
        expect(page.get_by_role("heading").first).to_be_visible()
        assert fits(page), path
