"""Contacts and groups as a person meets them: merge fields, groups for many, merging, messages, opt-outs."""

import os
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect

from contacts.models import Contact, Group
from contacts.services import create_contact
from smsops.inbox.models import InboundMessage, Suppression
from smsops.messaging.models import Message
from tests.browser.looking import fits

LIST = "/admin/contacts/contact/"
SHOTS = os.environ.get("SMSOPS_SHOTS")


def add(name, mobile, *groups, **fields):
    contact = create_contact(contact=Contact(name=name, mobile=mobile, **fields))
    contact.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
    return contact


@pytest.fixture
def siti(site, make_account):
    account = make_account("tcast", name="Toko")
    siti = add(
        "Siti Rahmawati", "+6281234567001", "Jakarta", birth_date=date(1990, 4, 21), attributes={"kota": "Depok"}
    )
    add("SITI RAHMAWATI", "+6285712345002", "Bali", attributes={"kota": "Bogor"})
    add("Budi Santoso", "+6289612345006", "Bali")
    Message.objects.create(
        account=account, recipient=siti.mobile, contact=siti, text="Halo Bu Siti", status="delivered"
    )
    Message.objects.create(
        account=account, recipient=siti.mobile, contact=siti, text="Kode 1", kind="otp", status="sent"
    )
    InboundMessage.objects.create(account=account, sender=siti.mobile, contact=siti, text="Baik", fingerprint="1")
    return siti


def shoot(page, name):
    """With SMSOPS_SHOTS a folder of pictures, for a person to look at."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def test_merge_fields_are_typed_row_by_row(siti, page, log_in):
    log_in("Operator")
    page.goto(f"{LIST}{siti.pk}/change/")
    page.get_by_role("button", name="One more row").click()
    rows = page.locator("[data-pair]")
    expect(rows).to_have_count(4)
    expect(rows.last.locator("input").first).to_be_focused()
    rows.last.locator("input").first.fill("polis")
    rows.last.locator("input").last.fill("7-1")
    shoot(page, "contact")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(f"**{LIST}")
    siti.refresh_from_db()
    assert siti.attributes == {"kota": "Depok", "polis": "7-1"}


def test_all_contacts_of_a_filtered_list_join_a_group(siti, page, log_in):
    log_in("Operator")
    page.goto(f"{LIST}?carrier=Telkomsel")
    shoot(page, "list")
    page.locator("input[name=_selected_action]").first.check()
    page.locator("select[name=action]").first.select_option("add_to_group")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("heading", name="Add contacts to a group").first).to_be_visible()
    page.locator("select[name=group]").select_option(label="Bali")
    page.get_by_label("All 1 contact of this list").check()
    shoot(page, "add-to-group")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Finished: 1 contact put into “Bali”.")).to_be_visible()
    assert Group.objects.get(name="Bali").contacts.filter(pk=siti.pk).exists()


def test_two_of_one_name_become_one(siti, page, log_in):
    log_in("Operator")
    page.goto(LIST)
    page.get_by_role("link", name="Likely duplicates").click()
    shoot(page, "duplicates")
    page.get_by_role("link", name="Merge these").click()
    shoot(page, "merge")
    page.get_by_label("0857-1234-5002", exact=True).check()
    page.get_by_role("button", name="Look at the result").click()
    expect(page.get_by_text("Mobile number: 0857-1234-5002")).to_be_visible()
    shoot(page, "merge-result")
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_text("2 contacts are one now.")).to_be_visible()
    shoot(page, "merged")
    assert Contact.objects.get(pk=siti.pk).mobile == "+6285712345002"
    assert Contact.objects.count() == 2


def test_an_opt_out_shows_on_the_contact_and_is_lifted(siti, page, log_in):
    log_in("Approver")
    page.goto("/admin/inbox/suppression/add/")
    page.locator("#id_number").fill("0812 3456 7001")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/inbox/suppression/")
    page.goto(f"{LIST}{siti.pk}/change/")
    page.get_by_role("link", name="Look at it").click()
    shoot(page, "opt-out")
    page.get_by_role("link", name="Lift this opt-out").click()
    page.get_by_label("Why").fill("asked for it")
    shoot(page, "lift")
    page.get_by_role("button", name="Lift", exact=True).click()
    expect(page.get_by_text("1 opt-out was lifted.")).to_be_visible()
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(("dark", "width", "language"), [(False, 1280, "en"), (True, 390, "id"), (False, 390, "id")])
def test_the_pages_fit_every_screen(siti, new_page, log_in, dark, width, language):
    page = log_in("Administrator", on=new_page(dark=dark, width=width, language=language))
    Suppression.objects.create(number=siti.mobile, reason="stop", source_text="STOP")
    pks = ",".join(map(str, Contact.objects.order_by("pk").values_list("pk", flat=True)[:2]))
    group = Group.objects.get(name="Bali")
    paths = {
        "contact": f"{LIST}{siti.pk}/change/", "messages": f"{LIST}{siti.pk}/messages/",
        "merge": f"{LIST}merge/?ids={pks}",
        "duplicates": f"{LIST}duplicates/", "list": LIST, "groups": "/admin/contacts/group/",
        "delete-group": f"/admin/contacts/group/{group.pk}/delete/", "opt-outs": "/admin/inbox/suppression/",
        "opt-out-log": "/admin/inbox/suppressionevent/", "opt-out-add": "/admin/inbox/suppression/add/",
    }  # fmt: skip
    for name, path in paths.items():
        page.goto(path)
        shoot(page, f"{name}-{language}-{width}-{'dark' if dark else 'light'}")
        assert fits(page), path
