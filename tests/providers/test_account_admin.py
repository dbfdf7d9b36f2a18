"""The account's form and page, as people use them."""

import json

import pytest
from django.utils import timezone
from django.utils.html import escape

from contacts.models import Contact
from providers.forms import OPTION
from providers.models import Account, AccountEvent, CallbackReceipt, RetiredToken
from smsops.messaging.models import Message
from tests.people import client_of, form_values, make_person

SECRET = "demo-secret"


@pytest.fixture
def administrator(db):
    return client_of(make_person("Administrator"))


@pytest.fixture
def editor(db):
    """May change accounts, but not see or change credentials."""
    return client_of(make_person(None, "providers.view_account", "providers.change_account"))


def page_of(account):
    return f"/admin/providers/account/{account.pk}/change/"


def save(client, account, **changes):
    values = form_values(client.get(page_of(account))) | changes
    return client.post(page_of(account), {name: value for name, value in values.items() if value is not None})


def errors_of(response):
    return response.context["adminform"].form.errors


def events_of(account, kind=None):
    events = AccountEvent.objects.filter(account=account).order_by("pk")
    return list((events.filter(kind=kind) if kind else events).values_list("text", flat=True))


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
    ],
)
def test_it_says_what_is_wrong_with_a_field(administrator, make_account, field, value):
    response = save(administrator, make_account(), **{field: value, "credential_password": "typed"})
    assert field in errors_of(response)


def test_networks_are_kept_as_a_list(administrator, make_account):
    account = make_account()
    save(administrator, account, allowed_networks="10.1.2.3/8\n 2001:db8::/32")
    account.refresh_from_db()
    assert account.allowed_networks == ["10.0.0.0/8", "2001:db8::/32"]


# --- two people at once ----------------------------------------------------------------------------------------------


def test_it_refuses_when_somebody_changed_the_same_account_and_shows_both(administrator, make_account):
    account = make_account(name="Before")
    opened = form_values(administrator.get(page_of(account)))
    Account.objects.filter(pk=account.pk).update(name="Theirs")
    response = administrator.post(page_of(account), opened | {"name": "Mine"})
    page = response.content.decode()
    assert "Theirs" in page
    assert "Mine" in page
    account.refresh_from_db()
    assert account.name == "Theirs"


def test_having_seen_both_the_second_save_counts(administrator, make_account):
    account = make_account(name="Before")
    opened = form_values(administrator.get(page_of(account)))
    Account.objects.filter(pk=account.pk).update(name="Theirs")
    again = form_values(administrator.post(page_of(account), opened | {"name": "Mine"}))
    assert administrator.post(page_of(account), again | {"name": "Mine"}).status_code == 302
    account.refresh_from_db()
    assert account.name == "Mine"


def test_it_refuses_when_somebody_changed_the_password_meanwhile_and_tells_no_secret(administrator, make_account):
    account = make_account()
    opened = form_values(administrator.get(page_of(account)))
    account.credentials = account.credentials | {"password": "their-secret"}
    account.save(update_fields=["credentials"])
    response = administrator.post(page_of(account), opened | {"name": "Mine"})
    assert "credential_password" in errors_of(response)
    assert "their-secret" not in response.content.decode()


def test_it_saves_only_what_was_changed(administrator, make_account):
    account = make_account()
    opened = form_values(administrator.get(page_of(account)))
    Account.objects.filter(pk=account.pk).update(suspended_reason="refused", balance=5)
    assert administrator.post(page_of(account), opened | {"name": "Mine"}).status_code == 302
    account.refresh_from_db()
    assert (account.name, account.suspended_reason, account.balance) == ("Mine", "refused", 5)


def test_a_form_without_its_seal_is_refused(administrator, make_account):
    account = make_account()
    opened = form_values(administrator.get(page_of(account))) | {"opened_with": "forged"}
    assert administrator.post(page_of(account), opened | {"name": "Mine"}).status_code == 200
    account.refresh_from_db()
    assert account.name != "Mine"


def test_contacts_refuse_a_stale_form_as_well(db):
    client = client_of(make_person("Operator"))
    contact = Contact.objects.create(name="Before", mobile="+6281234567890")
    url = f"/admin/contacts/contact/{contact.pk}/change/"
    opened = form_values(client.get(url))
    Contact.objects.filter(pk=contact.pk).update(name="Theirs")
    assert "Theirs" in client.post(url, opened | {"name": "Mine"}).content.decode()


# --- buttons ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("button", ["check", "resume", "settle"])
def test_what_changes_something_is_no_link(administrator, make_account, button):
    assert administrator.get(f"/admin/providers/account/{make_account().pk}/{button}/").status_code == 405


@pytest.mark.parametrize(
    ("button", "permission"),
    [
        ("check", "providers.check_account"), ("pause", "providers.pause_account"),
        ("resume", "providers.pause_account"), ("rotate", "providers.change_credentials"),
        ("password", "providers.change_credentials"), ("settle", "providers.change_credentials"),
    ],
)  # fmt: skip
def test_each_button_asks_for_its_own_right(make_account, button, permission):
    account = make_account()
    others = {"providers.check_account", "providers.pause_account", "providers.change_credentials"} - {permission}
    stranger = client_of(make_person(None, "providers.change_account", *others))
    assert stranger.post(f"/admin/providers/account/{account.pk}/{button}/", {"reason": "x"}).status_code == 403
    account.refresh_from_db()
    assert account.suspended_reason == ""


def test_pausing_asks_for_a_reason_and_shows_it(administrator, make_account):
    account = make_account()
    url = f"/admin/providers/account/{account.pk}/pause/"
    assert "reason" in administrator.post(url, {"reason": " "}).context["form"].errors
    page = administrator.post(url, {"reason": "Contract <b>ended</b>"}, follow=True).content.decode()
    assert "Contract &lt;b&gt;ended&lt;/b&gt;" in page
    administrator.post(f"/admin/providers/account/{account.pk}/resume/", follow=True)
    administrator.post(f"/admin/messages/resume/{account.pk}/", {"decision": "send"})
    account.refresh_from_db()
    assert (account.suspended_reason, account.suspended_at) == ("", None)


def test_rotating_keeps_the_old_address_until_it_is_revoked(administrator, make_account):
    account = make_account()
    old = account.callback_token
    administrator.post(f"/admin/providers/account/{account.pk}/rotate/")
    account.refresh_from_db()
    (token,) = RetiredToken.objects.filter(account=account)
    assert (token.token, account.callback_token != old) == (old, True)
    RetiredToken.objects.update(last_used_at=timezone.now())
    page = administrator.get(page_of(account)).content.decode()
    assert f"ending in {old[-4:]}" in page
    assert old not in page
    assert "Last used" in page
    administrator.post(f"/admin/providers/account/{account.pk}/revoke/{token.pk}/")
    assert not RetiredToken.objects.exists()
    assert len(events_of(account, AccountEvent.Kind.TOKEN)) == 2


def test_a_token_of_another_account_cannot_be_revoked_by_this_ones_page(administrator, make_account):
    mine, other = make_account(), make_account()
    token = RetiredToken.objects.create(account=other, token="t" * 20)
    assert administrator.post(f"/admin/providers/account/{mine.pk}/revoke/{token.pk}/").status_code == 404


# --- deleting and looking --------------------------------------------------------------------------------------------


def test_an_account_with_messages_is_not_deleted_and_a_sentence_says_why(administrator, make_account):
    account = make_account()
    Message.objects.create(account=account, recipient="+6281234567890", text="Halo")
    url = f"/admin/providers/account/{account.pk}/delete/"
    assert "take the account out of use instead" in administrator.get(url).content.decode()
    administrator.post(url, {"post": "yes"})
    assert Account.objects.filter(pk=account.pk).exists()


def test_an_account_without_a_history_is_deleted(administrator, make_account):
    account = make_account()
    administrator.post(f"/admin/providers/account/{account.pk}/delete/", {"post": "yes"})
    assert not Account.objects.exists()


def test_the_list_shows_state_and_balance(administrator, make_account):
    make_account(balance=1842000, suspended_reason="password refused")
    page = administrator.get("/admin/providers/account/").content.decode()
    assert "Rp 1.842.000" in page
    assert "password refused" in page


def test_a_receipt_shows_no_secret_and_no_markup(administrator, make_account):
    account = make_account()
    body = f"<script>x</script>&password={SECRET}&t={account.callback_token}&q=demo%2Dsecret\x00".encode() + b"\xff"
    receipt = CallbackReceipt.objects.create(account=account, kind="reports", query="apikey=abcdef12", body=body)
    page = administrator.get(f"/admin/providers/callbackreceipt/{receipt.pk}/change/").content.decode()
    assert "&lt;script&gt;x" in page
    for secret in (SECRET, account.callback_token, "abcdef12", "\x00"):
        assert secret not in page
