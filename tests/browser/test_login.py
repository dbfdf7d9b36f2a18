"""Signing in, in both languages, wide and narrow, light and dark."""

import pytest
from playwright.sync_api import expect


def test_it_signs_a_person_in(page, log_in):
    log_in("Operator")
    expect(page).to_have_url("/admin/")


def test_it_speaks_indonesian_in_the_dark_on_a_phone(new_page, site):
    page = new_page(language="id", dark=True, width=390, height=844)
    page.goto(f"{site}/admin/login/")
    expect(page.locator("html")).to_have_attribute("lang", "id")


@pytest.mark.parametrize("path", ["/", "/admin/", "/admin/providers/account/"])
def test_it_shows_a_stranger_nothing_but_the_login(page, site, path):
    page.goto(f"{site}{path}")
    expect(page.locator("#id_username")).to_be_visible()
