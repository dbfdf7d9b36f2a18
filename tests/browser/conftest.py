"""A real browser against a real server: what every browser test starts from.

A test asks for `page` (and `people` or `make_account`, where it needs them) and gets the product at `page.url`'s
origin with the database of the test, both SQLite and PostgreSQL:

    def test_it_shows_the_accounts(page, site, log_in):
        log_in("Operator")
        page.goto(f"{site}/admin/providers/account/")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Accounts")

- `chromium`    the system's Chromium, one a test process; without one the test is skipped, and fails with CI=true
- `site`        address of the running product, also its `PUBLIC_URL`, so that callback addresses lead to it
- `new_page`    opens a page: `new_page(language="id", dark=True, width=390, height=844)`; each has its own cookies
- `page`        `new_page()` as it comes: English, light, 1280 × 900
- `people`      a person of each role, by name: "Operator", "Approver", "Support", "Administrator", and "Superuser"
- `log_in`      `log_in("Operator")` signs that person in on `page`; `log_in("Operator", on=other_page)` on another
- `complaints`  what the pages' consoles said at level error, and scripts that failed; each test ends by finding none,
                unless it empties the list itself
"""

from __future__ import annotations

import os
import shutil

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import connection
from playwright.sync_api import expect, sync_playwright

# Milliseconds that a page may take until it is as a test expects it: for machines that are slow and busy.
PATIENCE = 30_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
ROLES = ("Operator", "Approver", "Support", "Administrator")
MISSING = "no Chromium here; get one with: apt-get install chromium (or put chromium or google-chrome on the PATH)"


def pytest_collection_modifyitems(items):
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def browser_path() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(MISSING, pytrace=False)
    if found is None:
        pytest.skip(MISSING)
    return found


@pytest.fixture(scope="session")
def chromium(django_db_setup):
    path = browser_path()
    expect.set_options(timeout=PATIENCE)
    kept = getattr(connection, "_test_serialized_contents", None)
    # The browser's driver keeps an event loop in this thread; the database is used outside of it all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        # Beside an event loop Django opens another connection, which must know as well what the migrations wrote.
        if kept is not None:
            connection._test_serialized_contents = kept
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def site(live_server, settings):
    """The product's address; the database is really committed to and emptied after the test."""
    settings.PUBLIC_URL = live_server.url
    return live_server.url


@pytest.fixture
def complaints():
    return []


@pytest.fixture
def new_page(chromium, site, complaints):
    """Open a page: language `en` or `id`, dark or light, and the window's size in pixels."""
    contexts = []

    def open_page(*, language="en", dark=False, width=1280, height=900):
        context = chromium.new_context(
            base_url=site,
            locale={"en": "en-GB", "id": "id-ID"}[language],
            timezone_id="Asia/Jakarta",
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": height},
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": site}])
        page = context.new_page()
        page.on("console", lambda message: _complain(message, complaints))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _complain(message, complaints):
    """Browsers ask for /favicon.ico by themselves, where a page (the bare error page) names no icon."""
    if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
        complaints.append(f"{message.text} {message.location['url']}")


@pytest.fixture
def page(new_page):
    return new_page()


@pytest.fixture
def people(site):
    """A person of each role; the password is `<role>-password` in lower case."""
    made = {role: _person(role) for role in ROLES}
    made["Superuser"] = User.objects.create_superuser("superuser", password="superuser-password")
    return made


def _person(role):
    user = User.objects.create_user(role.lower(), password=f"{role.lower()}-password", is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    return user


@pytest.fixture
def log_in(request, people, site):
    """Sign a person in by the login page, as a person would."""

    def log_in(role, on=None):
        page = on or request.getfixturevalue("page")
        page.goto(f"{site}/admin/login/")
        page.locator("#id_username").fill(people[role].username)
        page.locator("#id_password").fill(f"{people[role].username}-password")
        page.locator("#id_password").press("Enter")
        page.wait_for_url(f"{site}/admin/")
        return page

    return log_in
