"""The account's form: what is typed, kept, refused, and never shown."""

import json
from decimal import Decimal

import pytest
from django.utils.html import escape

from providers.forms import OPTION
from providers.models import Account, AccountEvent
from tests.people import form_values
from tests.providers.account_pages import errors_of, events_of, page_of, save

SECRET = "demo-secret"


# --- adding ----------------------------------------------------------------------------------------------------------


def test_it_asks_for_the_provider_first(administrator):
    page = administrator.get("/admin/providers/account/add/").content.decode()
    assert page.count("?provider=") == 5


@pytest.mark.parametrize(
    ("provider", "typed"),
    [
        ("tcast", {"credential_account": "acc", "credential_password": SECRET}),
        ("rajasms", {"credential_apikey": "key-0001"}),
        ("smsmasking", {"credential_username": "user", "credential_password": SECRET}),
        ("unified", {"credential_username": "user", "credential_password": SECRET}),
        ("nusasms", {"credential_username": "user", "credential_password": SECRET}),
    ],
)
def test_it_adds_an_account_with_the_fields_that_the_provider_declares(administrator, provider, typed):
    url = f"/admin/providers/account/add/?provider={provider}"
    values = form_values(administrator.get(url)) | {"name": "New", "base_url": "http://127.0.0.1:9"} | typed
    response = administrator.post(url, values)
    assert response.status_code == 302, errors_of(response)
    account = Account.objects.get(name="New")
    assert account.provider == provider
    assert account.credentials == {name.removeprefix("credential_"): value for name, value in typed.items()}
    assert account.options == {}


def test_it_does_not_add_an_account_without_its_secrets(administrator):
    url = "/admin/providers/account/add/?provider=tcast"
    values = form_values(administrator.get(url)) | {"name": "New", "credential_account": "acc"}
    assert "credential_password" in errors_of(administrator.post(url, values))


# --- credentials -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", ["smsmasking", "rajasms", "tcast", "unified", "nusasms"])
def test_secrets_are_never_shown_again(administrator, make_account, provider):
    account = make_account(provider)
    page = administrator.get(page_of(account)).content.decode()
    secrets = [value for name, value in account.credentials.items() if name in ("password", "apikey")]
    assert secrets
    assert not any(secret in page for secret in secrets)


def test_an_empty_secret_keeps_the_stored_one(administrator, make_account):
    account = make_account()
    assert save(administrator, account, name="Renamed").status_code == 302
    account.refresh_from_db()
    assert (account.name, account.credentials["password"]) == ("Renamed", SECRET)


def test_a_typed_secret_replaces_the_stored_one_and_is_not_in_the_audit(administrator, make_account):
    account = make_account()
    save(administrator, account, credential_password="other-secret")
    account.refresh_from_db()
    assert account.credentials["password"] == "other-secret"
    assert events_of(account) == ["Password"]


def test_people_without_the_right_see_neither_credentials_nor_callback_addresses(editor, make_account):
    account = make_account(credentials={"username": "visible-user", "password": SECRET})
    page = editor.get(page_of(account)).content.decode()
    assert "credential_" not in page
    assert "visible-user" not in page
    assert account.callback_token not in page
    assert "/callbacks/••••/reports/" in page


def test_people_with_the_right_see_the_address_and_where_to_paste_it(administrator, make_account):
    account = make_account()
    page = administrator.get(page_of(account)).content.decode()
    assert account.callback_url("reports") in page
    assert escape(str(account.adapter.callback_help)) in page


GUARDED = {
    "base_url": "http://127.0.0.1:8",
    f"{OPTION}paths": json.dumps({"sendSMS": "/other"}),
    f"{OPTION}proxy_url": "http://10.0.0.1:3128",
    f"{OPTION}tls_verify": None,
}


@pytest.mark.parametrize("name", GUARDED)
def test_a_change_of_the_way_to_the_provider_asks_for_the_secrets_again(administrator, make_account, name):
    account = make_account()
    response = save(administrator, account, **{name: GUARDED[name]})
    assert "credential_password" in errors_of(response)
    account.refresh_from_db()
    assert (account.base_url, account.options) == ("http://127.0.0.1:9", {})


@pytest.mark.parametrize("name", GUARDED)
def test_with_the_secrets_it_is_saved_and_audited(administrator, make_account, name):
    account = make_account()
    response = save(administrator, account, **{name: GUARDED[name], "credential_password": "typed-again"})
    assert response.status_code == 302, errors_of(response)
    account.refresh_from_db()
    assert account.base_url != "http://127.0.0.1:9" or account.options
    assert account.credentials["password"] == "typed-again"
    (text,) = events_of(account, AccountEvent.Kind.CHANGED)
    assert "Password" in text


@pytest.mark.parametrize("name", GUARDED)
def test_people_without_the_right_cannot_change_the_way_to_the_provider(editor, make_account, name):
    account = make_account()
    save(editor, account, **{name: GUARDED[name], "credential_password": "mine"})
    account.refresh_from_db()
    assert (account.base_url, account.options) == ("http://127.0.0.1:9", {})
    assert account.credentials["password"] == SECRET


def test_a_proxys_password_is_never_shown_and_kept(administrator, make_account):
    account = make_account(options={"proxy_url": "http://user:proxy-secret@10.0.0.1:3128"})
    page = administrator.get(page_of(account)).content.decode()
    assert "proxy-secret" not in page
    assert save(administrator, account, name="Renamed").status_code == 302
    account.refresh_from_db()
    assert account.options == {"proxy_url": "http://user:proxy-secret@10.0.0.1:3128"}


def test_unreadable_credentials_do_not_break_the_page(administrator, make_account, settings):
    account = make_account()
    settings.SALT_KEYS = ["another key"]
    assert administrator.get(page_of(account)).status_code == 200
    assert administrator.get("/admin/providers/account/").status_code == 200
    response = administrator.post(f"/admin/providers/account/{account.pk}/check/", follow=True)
    assert "SALT_KEY" in response.content.decode()


# --- checking what is typed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "ftp://host", "host", "http://", "http://host/path", "http://host?x=1", "http://host#x", "http://u:p@host",
        "http://host:99999", "http://ho st", "http://169.254.169.254", "http://[fe80::1]", "http://2852039166",
        "http://0xa9fea9fe", "http://[::ffff:169.254.169.254]", "http://metadata.google.internal",
        "http://Metadata.Google.Internal.", "http://0.0.0.0", "http://[fd00:ec2::254]", "http://100.100.100.200",
        "http://host\\@other",
    ],
)  # fmt: skip
def test_it_refuses_addresses_that_are_no_server_or_a_machines_own_network(administrator, make_account, address):
    account = make_account()
    response = save(administrator, account, base_url=address, credential_password="typed")
    assert "base_url" in errors_of(response)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Asia/Nowhere"),
        ("allowed_networks", "10.0.0.0/8\nnonsense"),
        (f"{OPTION}paths", "[1]"),
        (f"{OPTION}paths", '{"send": "@evil.example/"}'),
        (f"{OPTION}proxy_url", "http://169.254.169.254"),
        (f"{OPTION}ca_certificate", "no certificate"),
        ("messages_per_second", "0"),
        (f"{OPTION}sync_every_minutes", "-1"),
        (f"{OPTION}sync_every_minutes", "9" * 20),
    ],
)
def test_it_says_what_is_wrong_with_a_field(administrator, make_account, field, value):
    response = save(administrator, make_account(), **{field: value, "credential_password": "typed"})
    assert field in errors_of(response)


def test_what_is_no_network_is_named(administrator, make_account):
    response = save(administrator, make_account(), allowed_networks="10.0.0.0/8\nnonsense")
    assert errors_of(response)["allowed_networks"] == ["This is no network: nonsense"]


def test_the_groups_to_synchronise_are_typed_one_a_line(administrator, make_account):
    account = make_account()
    typed = {
        f"{OPTION}sync_groups": "Office, pusat\r\n\r\n  Marketing \r\nOFFICE, PUSAT",
        f"{OPTION}default_group": "Office",
    }
    assert save(administrator, account, **typed | {f"{OPTION}sync_every_minutes": "60"}).status_code == 302
    account.refresh_from_db()
    wanted = {"sync_groups": ["Office, pusat", "Marketing"], "default_group": "Office", "sync_every_minutes": 60}
    assert account.options == wanted
    assert form_values(administrator.get(page_of(account)))[f"{OPTION}sync_groups"] == "Office, pusat\nMarketing"
    assert save(administrator, account, **{f"{OPTION}default_group": "Marketing"}).status_code == 302
    assert events_of(account)[-1] == "Group for the rest"
    save(administrator, account, **{f"{OPTION}sync_groups": "", f"{OPTION}deletion_limit_percent": "25"})
    account.refresh_from_db()
    assert account.options == {"default_group": "Marketing", "sync_every_minutes": 60, "deletion_limit_percent": 25}


def test_networks_are_kept_as_a_list(administrator, make_account):
    account = make_account()
    save(administrator, account, allowed_networks="10.1.2.3/8\n 2001:db8::/32")
    account.refresh_from_db()
    assert account.allowed_networks == ["10.0.0.0/8", "2001:db8::/32"]


@pytest.mark.parametrize(("price", "shown"), [("350.0000", "350"), ("12.5000", "12.5"), ("1000.0000", "1000")])
def test_a_price_shows_no_noughts_that_read_as_thousands(administrator, make_account, price, shown):
    account = make_account(price_per_segment=Decimal(price))
    values = form_values(administrator.get(page_of(account)))
    assert str(values["price_per_segment"]) == shown
    administrator.post(page_of(account), values)
    account.refresh_from_db()
    assert (account.price_per_segment, account.events.count()) == (Decimal(price), 0)


def test_quiet_hours_that_end_as_they_begin_are_refused(administrator, make_account):
    account = make_account(options={"quiet_hours_sms": "21:00-07:00"})
    response = save(administrator, account, option_quiet_hours_sms="20:00-20:00")
    assert errors_of(response)["option_quiet_hours_sms"] == [
        "From and to are the same. Leave it empty for no quiet hours."
    ]
    account.refresh_from_db()
    assert account.options["quiet_hours_sms"] == "21:00-07:00"
