"""Dispatch against the sandbox: what becomes of each message, whatever the provider does."""

import pytest
from django.core.management import call_command

from providers.models import Account
from providers.sandbox import Outcome, magic_number
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message

PROVIDERS = ["smsmasking", "rajasms", "tcast", "unified", "nusasms"]
# At smsmasking our reference keeps duplicates out, so an unclear message goes back to be submitted again.
UNCLEAR = {"smsmasking": "queued"}

pytestmark = pytest.mark.django_db(transaction=True)


def statuses(account):
    return list(Message.objects.filter(account=account).order_by("id").values_list("status", flat=True))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_it_sends_what_is_due(provider, sandbox_account, queue_messages, sandbox):
    account = sandbox_account(provider)
    queue_messages(account, 5)
    call_command("dispatch", "--once")
    assert statuses(account) == ["sent"] * 5
    assert len(sandbox.submissions) == 5
    assert all(Message.objects.values_list("provider_message_id", flat=True))


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("fault", ["500", "html", "empty", "truncated", "reset"])
def test_an_unclear_answer_is_never_taken_for_sent_or_failed(provider, fault, sandbox_account, queue_messages, sandbox):
    account = sandbox_account(provider)
    queue_messages(account)
    sandbox.set_fault(provider, fault)
    dispatch_account(account_id=account.pk)
    assert statuses(account) == [UNCLEAR.get(provider, "uncertain")]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_read_timeout_is_unclear(provider, sandbox_account, queue_messages, sandbox):
    account = sandbox_account(provider, timeout_seconds=1)
    queue_messages(account)
    sandbox.set_fault(provider, "silent")
    dispatch_account(account_id=account.pk)
    assert statuses(account) == [UNCLEAR.get(provider, "uncertain")]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("fault", ["credentials", "credit", "address"])
def test_account_trouble_suspends_the_account_and_fails_nobody(
    provider, fault, sandbox_account, queue_messages, sandbox
):
    if (provider, fault) == ("smsmasking", "address"):
        pytest.skip("smsmasking has no code for a blocked address")
    account = sandbox_account(provider)
    queue_messages(account, 3)
    sandbox.set_fault(provider, fault)
    dispatch_account(account_id=account.pk)
    assert statuses(account) == ["queued"] * 3
    account.refresh_from_db()
    assert account.suspended_reason
    sandbox.set_fault(provider, None)
    Account.objects.update(suspended_reason="", suspended_at=None)
    Message.objects.update(send_after="2026-01-01T00:00Z")
    dispatch_account(account_id=account.pk)
    assert statuses(account) == ["sent"] * 3


def test_a_refused_connection_leaves_everything_in_the_queue(make_account, queue_messages):
    account = make_account("nusasms", base_url="http://127.0.0.1:1")
    queue_messages(account, 40)
    dispatch_account(account_id=account.pk)
    assert statuses(account) == ["queued"] * 40
    account.health.refresh_from_db()
    assert account.health.held_until is not None


def test_a_refused_number_fails_with_the_providers_own_code(sandbox_account, queue_messages):
    account = sandbox_account("unified")
    queue_messages(account, [magic_number(Outcome.REFUSED), "+6281234567890"])
    dispatch_account(account_id=account.pk)
    assert statuses(account) == ["failed", "sent"]
    assert Message.objects.get(status="failed").error_code == "1706"
