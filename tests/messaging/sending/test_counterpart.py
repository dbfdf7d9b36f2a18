"""An account that speaks with another server or user: what may have gone out under the old one is not repeated."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from providers.models import Account
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message, MessageEvent
from smsops.messaging.sending.recovery import recover_claims
from tests.people import client_of, form_values, make_person

pytestmark = pytest.mark.django_db(transaction=True)

CHANGES = {
    "server": {"base_url": "http://127.0.0.1:8"},
    "user": {"credential_username": "somebody-else"},
    "paths": {"option_paths": '{"sendSMS": "/other"}'},
    "call": {"option_send_with": "plain"},
}


def change(account, **changes):
    """As an administrator does it, the secrets typed again."""
    client, page = client_of(make_person("Administrator")), f"/admin/providers/account/{account.pk}/change/"
    typed = form_values(client.get(page)) | {"credential_password": "demo-secret"} | changes
    return client.post(page, typed, follow=True)


def make_doubtful(account, queue_messages, sandbox):
    """One message whose submission ended without an answer, and that waits to be submitted again."""
    (message,) = queue_messages(account, 1)
    sandbox.set_fault("smsmasking", "reset")
    dispatch_account(account_id=account.pk, seconds=60)
    sandbox.set_fault("smsmasking", None)
    message.refresh_from_db()
    assert (message.status, message.doubtful_since is not None) == ("queued", True)
    return message


@pytest.mark.parametrize("name", CHANGES)
def test_what_waits_to_be_repeated_becomes_uncertain(name, sandbox_account, queue_messages, sandbox):
    account = sandbox_account()
    message = make_doubtful(account, queue_messages, sandbox)
    page = change(account, **CHANGES[name]).content.decode()
    message.refresh_from_db()
    assert message.status == "uncertain"
    assert "1 message that may have gone out" in page
    event = MessageEvent.objects.filter(message=message).latest("pk")
    assert (event.status, event.source) == ("uncertain", "system")
    assert "earlier address" in event.text


def test_it_is_submitted_nowhere_else(sandbox_account, queue_messages, sandbox):
    account = sandbox_account()
    message = make_doubtful(account, queue_messages, sandbox)
    calls = sandbox.counters("smsmasking").calls
    change(account, credential_username="somebody-else")
    Message.objects.update(send_after=Now())
    assert recover_claims() == 0
    dispatch_account(account_id=account.pk, seconds=60)
    assert sandbox.counters("smsmasking").calls == calls
    message.refresh_from_db()
    assert message.status == "uncertain"


@pytest.mark.parametrize("changes", [{"name": "Renamed"}, {"timeout_seconds": "9"}, {"credential_password": "newer"}])
def test_other_changes_leave_them_to_be_repeated(changes, sandbox_account, queue_messages, sandbox):
    account = sandbox_account()
    message = make_doubtful(account, queue_messages, sandbox)
    assert change(account, **changes).redirect_chain
    message.refresh_from_db()
    assert message.status == "queued"
    assert Account.objects.get().counterpart_changed_at is None


def test_what_was_certainly_not_sent_waits_for_the_new_server(make_account, queue_messages):
    account = make_account()
    queue_messages(account, 3)
    change(account, base_url="http://127.0.0.1:8")
    assert set(Message.objects.values_list("status", flat=True)) == {"queued"}


def test_a_dead_workers_submission_to_the_old_server_is_not_repeated_at_the_new_one(make_account, queue_messages):
    account = make_account()
    old = Now() - timedelta(minutes=10)
    queue_messages(account, 1, status="sending")
    Message.objects.update(claimed_at=old, attempted_at=old)
    change(account, base_url="http://127.0.0.1:8")
    assert recover_claims() == 1
    assert Message.objects.get().status == "uncertain"


def test_what_a_worker_puts_back_after_the_change_becomes_uncertain_before_it_is_due(make_account, queue_messages):
    account = make_account()
    change(account, base_url="http://127.0.0.1:8")
    later = Now() + timedelta(seconds=30)
    queue_messages(account, 1)
    Message.objects.update(doubtful_since=Now() - timedelta(seconds=2), send_after=later)
    assert recover_claims() == 1
    assert Message.objects.get().status == "uncertain"


def test_long_after_the_change_messages_are_repeated_again(make_account, queue_messages):
    account = make_account()
    change(account, base_url="http://127.0.0.1:8")
    Account.objects.update(counterpart_changed_at=Now() - timedelta(hours=1))
    queue_messages(account, ["+6281234567801", "+6281234567802"])
    first, second = Message.objects.order_by("pk").values_list("pk", flat=True)
    Message.objects.filter(pk=first).update(doubtful_since=Now())
    minutes_ago = Now() - timedelta(minutes=10)
    Message.objects.filter(pk=second).update(status="sending", claimed_at=minutes_ago, attempted_at=minutes_ago)
    assert recover_claims() == 1
    assert set(Message.objects.values_list("status", flat=True)) == {"queued"}
