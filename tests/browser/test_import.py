"""Import and export in a real browser, from the list of contacts to the file and back."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from contacts.models import Contact, ContactImport
from tests.browser.looking import fits

HOSTILE = "<script>alert(1)</script>{{ 7*7 }}"
LIST = f"""Nama;No. HP;Grup;Alamat;Tgl Lahir;Kota
Budi Baru;0812-3456-7890;Pelanggan, VIP;Jl. Merdeka 1;17/8/1990;Bandung
Siti;8131112222;Pelanggan;;1990-01-32;Solo
{HOSTILE};6.28E+12;;;;
Ani;0812 1111 2222 / 0813 2222 3333;{HOSTILE};Jl. Melati;;
Tono;+62 0856 1234 5678;;;;
"""


@pytest.fixture
def people_file(tmp_path):
    path = tmp_path / "pelanggan lama.csv"
    path.write_text(LIST)
    return path


def look(page, name, at):
    """The page that shows `at`; a picture is kept where a person has asked for them."""
    expect(page.locator(at).first).to_be_attached()
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    assert fits(page), name


@pytest.mark.parametrize(("dark", "width", "language"), [(False, 1280, "en"), (True, 390, "id")])
def test_a_list_goes_in_and_comes_out(new_page, log_in, people_file, dark, width, language):
    Contact.objects.create(name="Budi Lama", mobile="+6281234567890")
    page = log_in("Operator", on=new_page(dark=dark, width=width, language=language))
    page.on("dialog", lambda dialog: pytest.fail("a hostile text ran as a script"))
    page.goto("/admin/contacts/contact/")
    look(page, f"list-{language}", "#changelist")
    page.locator("#content a[href='/admin/contacts/import/'], main a[href='/admin/contacts/import/']").first.click()
    look(page, f"upload-{language}", "#id_import_file")
    page.locator("#id_import_file").set_input_files(people_file)
    page.locator("form button.sms-primary").click()
    look(page, f"columns-{language}", "#id_column_5")
    page.locator("#id_column_5").select_option("attributes.Kota")
    page.locator("form button.sms-primary").click()
    for tab in ("new", "changed", "unchanged", "doubtful", "refused"):
        page.locator(f".sms-tabs a[href='?show={tab}']").click()
        look(page, f"preview-{tab}-{language}", f".sms-tabs a[href='?show={tab}'][aria-current]")
    page.locator("#id_doubtful").check()
    page.locator("form button.sms-primary").click()
    expect(page.locator(".sms-figure")).to_contain_text("4")
    look(page, f"done-{language}", ".sms-figure")
    assert Contact.objects.get(mobile="+6281234567890").name == "Budi Baru"
    page.goto("/admin/contacts/contact/?q=ani")
    page.locator("a[href='/admin/contacts/export/?q=ani']").click()
    look(page, f"export-{language}", "#id_format")
    page.locator("#id_format").select_option("1")
    page.locator("form button.sms-primary").click()
    look(page, f"exported-{language}", "a[href$='/download/']")
    with page.expect_download() as download:
        page.locator("a[href$='/download/']").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    assert [line.split(",")[:2] for line in text.splitlines()[1:]] == [["Ani", "'+6281211112222"]]


def test_the_progress_page_opens_the_preview_by_itself(page, log_in, people_file):
    log_in("Operator")
    page.goto("/admin/contacts/import/")
    page.locator("#id_import_file").set_input_files(people_file)
    page.locator("form button.sms-primary").click()
    expect(page.locator("#id_column_0")).to_be_attached()
    ContactImport.objects.update(state="reading", rows_read=3)
    made = ContactImport.objects.get()
    page.goto(f"/admin/contacts/import/{made.pk}/")
    expect(page.locator("#progress-summary")).to_contain_text("2 rows were read")
    look(page, "progress", "#progress-summary")
    ContactImport.objects.update(state="ready")
    expect(page.locator(".sms-tabs")).to_be_visible()
