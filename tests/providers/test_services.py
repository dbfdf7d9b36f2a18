"""What changes an account: stop and go, the check, and the password that we always know."""

import pytest
from django.db import connection

from providers.errors import ProviderError
from providers.models import Account, AccountEvent, BalanceReading, CallLog
from providers.passwords import PENDING, PasswordOutcome, PasswordPending, change_password, settle_password
from providers.services import check_account, pause_account, resume_account, rotate_token, suspend_account
from tests.people import client_of, make_person

OLD, NEW = "demo-secret", "brand-new-secret"


@pytest.fixture
def actor(db):
    return make_person("Administrator")


@pytest.fixture
def account(make_account, wire):
    return make_account("smsmasking", base_url=wire.base_url)


def stored(account):
    return Account.objects.get(pk=account.pk).credentials


# --- stop and go -----------------------------------------------------------------------------------------------------


def test_pausing_twice_keeps_the_first_reason(account, actor):
    assert pause_account(account=account, actor=actor, reason="first")
    assert not pause_account(account=account, actor=actor, reason="second")
    account.refresh_from_db()
    assert (account.suspended_reason, account.suspended_at is not None) == ("first", True)


def test_a_suspension_by_the_provider_names_the_machine(account):
    assert suspend_account(account_id=account.pk, reason="wrong password (1702)")
    event = AccountEvent.objects.get(kind=AccountEvent.Kind.SUSPENDED)
    assert event.text.startswith("wrong password (1702) (told to ")
    assert event.actor is None


def test_resuming_a_running_account_says_so_and_leaves_no_event(account, actor):
    assert not resume_account(account=account, actor=actor)
    assert not AccountEvent.objects.exists()


def test_rotating_from_a_stale_row_does_nothing(account, actor):
    stale = Account.objects.get(pk=account.pk)
    rotate_token(account=account, actor=actor)
    assert rotate_token(account=stale, actor=actor) is None


# --- the check -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", ["rajasms", "tcast", "smsmasking", "nusasms"])
def test_the_check_works_at_the_sandbox(sandbox_account, actor, provider):
    account = sandbox_account(provider)
    balance = check_account(account=account, actor=actor)
    account.refresh_from_db()
    if balance is not None:
        assert account.balance == balance.amount
        assert BalanceReading.objects.get().amount == balance.amount
        assert account.balance_checked_at is not None
    assert CallLog.objects.filter(account=account).count() == 1


def test_a_failed_check_leaves_the_balance_and_says_what_to_do(account, wire):
    wire.answer("1702")
    Account.objects.update(balance=7)
    client = client_of(make_person("Administrator"))
    page = client.post(f"/admin/providers/account/{account.pk}/check/", follow=True).content.decode()
    assert "1702" in page
    assert "Compare the credentials" in page
    account.refresh_from_db()
    assert account.balance == 7


def test_a_provider_without_a_harmless_call_is_told_so(make_account):
    account = make_account("unified")
    client = client_of(make_person("Administrator"))
    page = client.post(f"/admin/providers/account/{account.pk}/check/", follow=True).content.decode()
    assert "no call that proves an account" in page


def test_no_server_is_a_sentence(make_account):
    account = make_account("tcast")
    client = client_of(make_person("Administrator"))
    page = client.post(f"/admin/providers/account/{account.pk}/check/", follow=True).content.decode()
    assert "was not reached" in page


def test_the_call_log_of_a_check_holds_no_secret(account, wire, actor):
    wire.answer("1702 demo-secret")
    with pytest.raises(ProviderError):
        check_account(account=account, actor=actor)
    call = CallLog.objects.get()
    assert OLD not in f"{call.url} {call.request} {call.reply} {call.error}"


# --- the password ----------------------------------------------------------------------------------------------------


def test_a_confirmed_change_is_stored(account, wire, actor):
    wire.answer("1701")
    assert change_password(account=account, new=NEW, actor=actor)[0] is PasswordOutcome.CHANGED
    assert stored(account) == {"username": "demo", "password": NEW}


def test_the_new_password_is_stored_before_the_provider_is_asked(transactional_db, make_account, wire):
    account = make_account("smsmasking", base_url=wire.base_url)
    seen = []
    take = wire.next_answer

    def look_first():
        seen.append(read_elsewhere(account))
        return take()

    wire.next_answer = look_first
    wire.answer("1701")
    change_password(account=account, new=NEW, actor=None)
    assert seen == [{"username": "demo", "password": OLD, PENDING: NEW}]


def read_elsewhere(account):
    """What the server's thread, another connection, sees: so it was committed."""
    try:
        return stored(account)
    finally:
        connection.close()


def test_a_refused_change_keeps_the_old_password(account, wire, actor):
    wire.answer("1702")
    outcome, told = change_password(account=account, new=NEW, actor=actor)
    assert outcome is PasswordOutcome.KEPT
    assert told
    assert stored(account) == {"username": "demo", "password": OLD}


def test_an_unreached_provider_keeps_the_old_password(make_account, actor):
    account = make_account("smsmasking")
    assert change_password(account=account, new=NEW, actor=actor)[0] is PasswordOutcome.KEPT
    assert stored(account)["password"] == OLD


@pytest.mark.parametrize(("body", "status"), [("<html>maintenance</html>", 200), ("", 200), ("oops", 500)])
def test_an_unclear_answer_keeps_both_and_sending_uses_the_old_one(account, wire, actor, body, status):
    wire.answer(body, status=status)
    assert change_password(account=account, new=NEW, actor=actor)[0] is PasswordOutcome.UNCLEAR
    assert stored(account) == {"username": "demo", "password": OLD, PENDING: NEW}
    assert account.config().credentials == {"username": "demo", "password": OLD}


@pytest.fixture
def unclear(account, wire, actor):
    wire.answer("", status=500)
    change_password(account=account, new=NEW, actor=actor)
    wire.answers.clear()
    return account


def test_while_both_are_kept_no_third_one_is_tried(unclear, actor):
    with pytest.raises(PasswordPending):
        change_password(account=unclear, new="third-secret", actor=actor)
    assert stored(unclear)[PENDING] == NEW


def test_settling_takes_the_new_one_where_the_provider_takes_it(unclear, wire, actor):
    wire.answer("1704")
    assert settle_password(account=unclear, actor=actor)[0] is PasswordOutcome.CHANGED
    assert stored(unclear) == {"username": "demo", "password": NEW}


def test_settling_falls_back_to_the_old_one(unclear, wire, actor):
    wire.answer("1702")
    wire.answer("1704")
    assert settle_password(account=unclear, actor=actor)[0] is PasswordOutcome.KEPT
    assert stored(unclear) == {"username": "demo", "password": OLD}


@pytest.mark.parametrize("answers", [["1702", "1702"], ["<html>"], ["1702", "<html>"]])
def test_when_neither_is_taken_both_are_kept(unclear, wire, actor, answers):
    for answer in answers:
        wire.answer(answer)
    assert settle_password(account=unclear, actor=actor)[0] is PasswordOutcome.UNCLEAR
    assert stored(unclear) == {"username": "demo", "password": OLD, PENDING: NEW}


def test_the_page_leads_from_an_unclear_change_to_both_being_tried(account, wire):
    client = client_of(make_person("Administrator"))
    wire.answer("", status=500)
    url = f"/admin/providers/account/{account.pk}"
    page = client.post(f"{url}/password/", {"new": NEW, "again": NEW}, follow=True).content.decode()
    assert "Try both passwords" in page
    assert NEW not in page
    wire.answers.clear()
    wire.answer("1704")
    page = client.post(f"{url}/settle/", follow=True).content.decode()
    assert "The new password holds" in page
    assert NEW not in page


def test_only_a_provider_that_can_has_the_page(make_account):
    client = client_of(make_person("Administrator"))
    assert client.get(f"/admin/providers/account/{make_account('tcast').pk}/password/").status_code == 404


def test_no_event_and_no_stored_call_holds_either_password(unclear, wire, actor):
    wire.answer(f"1702 {NEW}")
    settle_password(account=unclear, actor=actor)
    told = [event.text for event in AccountEvent.objects.all()]
    told += [f"{call.url} {call.request} {call.reply} {call.error}" for call in CallLog.objects.all()]
    assert CallLog.objects.count() >= 2
    assert not any(secret in text for text in told for secret in (OLD, NEW))
