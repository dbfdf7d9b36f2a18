"""No secret of ours in any log, error page, stored call, receipt view, export or exception, however it is spelt."""

import hashlib
import html
import json
import logging
import traceback
from contextlib import suppress
from urllib.parse import quote, quote_plus, urlencode

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from providers.errors import ProviderError
from providers.models import Account, AccountEvent, CallbackReceipt, CallLog
from providers.passwords import PasswordPending, change_password, settle_password
from providers.sandbox import Outcome, Sandbox, magic_number
from providers.services import check_account, rotate_token
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message, MessageEvent
from smsops.receipts import apply_waiting
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db(transaction=True)

NASTY = r"""p&w"ö\ %41/é+'<x>=;#"""
NEW = r"""n&w"ü\ %42/ñ+'<y>=;#"""
USER = "umum"
NUMBER = magic_number(Outcome.DELIVERED).removeprefix("+")
CREDENTIALS = {
    "smsmasking": {"username": USER, "password": NASTY},
    "rajasms": {"apikey": NASTY},
    "tcast": {"account": USER, "password": NASTY},
    "unified": {"username": USER, "password": NASTY},
    "nusasms": {"username": USER, "password": NASTY},
}
OPTIONS = {
    "smsmasking": [{}, {"send_with": "plain", "has_balance": True}],
    "rajasms": [{}],
    "tcast": [{}, {"http_method": "get"}],
    "unified": [{"has_balance": True}, {"http_method": "get"}],
    "nusasms": [{}, {"output": "xml"}],
}
CASES = [(provider, options) for provider, several in OPTIONS.items() for options in several]
FAULTS = ["credentials", "500", "html", "reset", "truncated", "empty", "429"]


def digest(*parts):
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def spellings(secret):
    """Our own list, apart from the product's."""
    forms = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), quote_plus(quote_plus(secret))}
    forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret)}
    forms |= {repr(secret)[1:-1], json.dumps(secret)[1:-1].replace("/", r"\/")}
    return forms | {each.lower() for each in forms}


def assert_clean(where, text, *tokens):
    digests = [digest(USER, password, number) for password in (NASTY, NEW) for number in (NUMBER, "")]
    for secret in (NASTY, NEW, *digests, *tokens):
        for form in spellings(secret):
            assert form not in text, f"{where} shows a secret"


@pytest.fixture
def everything_logged(caplog):
    """Every logger there is, at DEBUG; but not those that the product keeps shut, since they show whole statements."""
    names = [name for name, logger in logging.root.manager.loggerDict.items() if isinstance(logger, logging.Logger)]
    for name in {"", "urllib3.connectionpool", *names} - {"django.db.backends", "django.template"}:
        caplog.set_level(logging.DEBUG, logger=name or None)
    return caplog


@pytest.fixture
def counterpart(settings):
    with Sandbox(delay=0.01, credentials=CREDENTIALS, slow=0.1) as running:
        yield running


def stored_texts():
    """Every row that a person, or an export, may see."""
    for model in (CallLog, AccountEvent, MessageEvent, Message, CallbackReceipt):
        for row in model.objects.values():
            yield model.__name__, "\n".join(str(value) for value in row.values())
    yield "an account", "\n".join(Account.objects.values_list("suspended_reason", flat=True))


def questions(account):
    """All that can be asked, as calls that may raise."""
    provider = account.open_provider()
    yield from (provider.check, provider.fetch_balance, provider.fetch_inbox)
    yield lambda: provider.fetch_reports(["1"])
    yield lambda: provider.change_password(NEW + "not taken")
    yield lambda: provider.send_to_group("Marketing", "Halo")
    yield lambda: check_account(account=account)
    yield provider.close


def ask_everything(account):
    """Ask all of it; gives what the exceptions say, with those behind them."""
    said = [repr(account.config()), repr(account.open_provider()), str(account), repr(account)]
    for question in questions(account):
        try:
            said.append(repr(question()))
        except ProviderError as error:
            said += [str(error), repr(error), error.message, *traceback.format_exception(error)]
    return "\n".join(said)


@pytest.mark.parametrize(("provider", "options"), CASES)
def test_no_call_leaves_a_secret_behind(
    provider, options, counterpart, make_account, queue_messages, everything_logged, capsys
):
    account = make_account(
        provider,
        base_url=counterpart.base_url,
        credentials=CREDENTIALS[provider],
        options=options,
        timeout_seconds=1,
    )
    token = account.callback_token
    for fault in (None, *FAULTS):
        counterpart.set_fault(provider, fault, everywhere=True)
        Account.objects.update(suspended_reason="")
        queue_messages(account, [magic_number(Outcome.DELIVERED), magic_number(Outcome.REFUSED)])
        dispatch_account(account_id=account.pk, seconds=60)
        assert_clean("an exception", ask_everything(account), token)
        if account.adapter.capabilities_for(options).change_password and fault:
            with suppress(PasswordPending):
                change_password(account=Account.objects.get(pk=account.pk), new=NEW, actor=None)
            settle = Account.objects.get(pk=account.pk)
            if "pending_password" in settle.credentials:
                settle_password(account=settle, actor=None)
    Account.objects.update(base_url="http://127.0.0.1:9", suspended_reason="")
    assert_clean("an exception", ask_everything(Account.objects.get()), token)
    for what in ("reports", "balance", "inbox"):
        call_command("poll", what, "--account", account.name)
    assert CallLog.objects.count() > 5
    for where, text in stored_texts():
        assert_clean(where, text, token)
    assert_clean("the log", everything_logged.text, token)
    capsys.readouterr()
    call_command("dumpdata")
    printed = capsys.readouterr()
    assert account.name in printed.out
    assert_clean("a dump", printed.out + printed.err, token)


def test_a_change_of_password_leaves_neither_behind(counterpart, make_account, everything_logged):
    account = make_account(base_url=counterpart.base_url, credentials=CREDENTIALS["smsmasking"])
    change_password(account=account, new=NEW, actor=None)
    assert Account.objects.get().credentials["password"] == NEW
    assert ask_everything(account)
    for where, text in stored_texts():
        assert_clean(where, text)
    assert_clean("the log", everything_logged.text)


@pytest.mark.parametrize("provider", CREDENTIALS)
@pytest.mark.parametrize("is_debug", [True, False])
def test_the_door_shows_no_token(provider, is_debug, make_account, client, settings, everything_logged):
    account = make_account(provider, credentials=CREDENTIALS[provider])
    old, new = account.callback_token, rotate_token(account=account, actor=None) and account.callback_token
    settings.DEBUG = is_debug
    client.raise_request_exception = False
    pages = []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE providers_callbackreceipt RENAME TO away")
    for token in (old, new):
        for rest in ("reports/", "elsewhere/", "reports/more/", ""):
            pages.append(client.post(f"/callbacks/{token}/{rest}", {"password": NASTY, "apikey": NASTY}))
        pages.append(client.delete(f"/callbacks/{token}/reports/"))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE away RENAME TO providers_callbackreceipt")
    assert {page.status_code for page in pages} == {404, 405, 500}
    for page in pages:
        assert_clean("an error page", page.content.decode(), old, new)
    assert_clean("the log", everything_logged.text, old, new)


@pytest.mark.parametrize("provider", CREDENTIALS)
def test_what_a_provider_quotes_of_ours_is_not_shown(provider, make_account, client, everything_logged):
    account = make_account(provider, credentials=CREDENTIALS[provider])
    token = account.callback_token
    quoted = {"password": NASTY, "words": f"you said {NASTY}", "url": account.callback_url("reports")}
    for body in (json.dumps(quoted), json.dumps(quoted, ensure_ascii=False), urlencode(quoted), html.escape(NASTY)):
        address = f"{reverse('callback', args=[token, 'reports'])}?{urlencode(quoted)}"
        assert client.post(address, body, content_type="text/plain").status_code == 200
    apply_waiting()
    admin = client_of(make_person(is_superuser=True))
    for receipt in CallbackReceipt.objects.all():
        page = admin.get(reverse("admin:providers_callbackreceipt_change", args=[receipt.pk]))
        assert page.status_code == 200
        assert_clean("a receipt's page", page.content.decode(), token)
        assert_clean("a receipt's error", receipt.error, token)
    assert_clean("the log", everything_logged.text, token)


def test_a_dump_can_be_loaded_again(make_account, tmp_path):
    account = make_account("tcast", credentials=CREDENTIALS["tcast"])
    old = account.callback_token
    rotate_token(account=account, actor=None)
    dump = tmp_path / "dump.json"
    call_command("dumpdata", "providers", output=str(dump))
    Account.objects.all().delete()
    call_command("loaddata", str(dump), verbosity=0)
    loaded = Account.objects.get()
    assert (loaded.callback_token, loaded.credentials) == (account.callback_token, CREDENTIALS["tcast"])
    assert loaded.retired_tokens.get().token == old
