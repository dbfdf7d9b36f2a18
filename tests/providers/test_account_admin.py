"""The account's page with its buttons, and two people at it at once."""

import pytest
from django.utils import timezone

from contacts.models import Contact
from providers.models import Account, AccountEvent, CallbackReceipt, RetiredToken
from smsops.messaging.models import Message
from tests.people import client_of, form_values, make_person
from tests.providers.account_pages import errors_of, events_of, page_of

SECRET = "demo-secret"


def test_what_is_to_be_known_of_an_account_is_said_once(administrator, make_account):
    account = make_account(
        "unified", options={"opt_out_exempt_kinds": "otp"}, suspended_reason="Empty", suspended_at=timezone.now()
    )
    page = administrator.get(page_of(account)).content.decode()
    assert page.count("also to numbers that have opted out: otp.") == 1
    assert page.count("it is asked for no reports, answers or balance") == 1


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
