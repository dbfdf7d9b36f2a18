"""A restored, copied or long-stopped outbox: nothing leaves until a person has looked."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from django.test import override_settings
from django.urls import reverse

from providers.models import Account
from providers.services import suspend_account
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message, MessageEvent, Outbox
from smsops.messaging.outbox import beat_outbox, get_outbox, hold_outbox

pytestmark = pytest.mark.django_db(transaction=True)


def stand_still(hours=2):
    get_outbox()
    Outbox.objects.update(heartbeat_at=Now() - timedelta(hours=hours))


def make_old():
    Message.objects.update(created_at=Now() - timedelta(hours=3), send_after=Now() - timedelta(hours=3))


def test_a_new_outbox_is_open(sandbox_account, queue_messages):
    queue_messages(sandbox_account(), 2)
    assert beat_outbox()


def test_after_standing_still_what_waits_is_held_and_nothing_leaves(sandbox_account, queue_messages, sandbox):
    account = sandbox_account()
    queue_messages(account, 3)
    make_old()
    stand_still()
    with pytest.raises(CommandError, match="held"):
        call_command("dispatch", "--once")
    assert dispatch_account(account_id=account.pk) == 0
    assert not sandbox.submissions


def test_standing_still_with_nothing_waiting_asks_nobody(make_account):
    stand_still()
    assert beat_outbox()


def test_what_was_written_a_moment_ago_does_not_hold_the_outbox(sandbox_account, queue_messages):
    stand_still()
    queue_messages(sandbox_account(), 1)
    assert beat_outbox()


def test_another_public_url_holds_the_outbox_even_for_what_is_due_later(sandbox_account, queue_messages):
    queue_messages(sandbox_account(), 1, send_after="2030-01-01T00:00Z", expires_at="2030-01-02T00:00Z")
    assert beat_outbox()
    with override_settings(PUBLIC_URL="https://copy.example.com"):
        assert not beat_outbox()
    assert get_outbox().held_since


def test_hold_outbox_stops_a_run_that_is_under_way(sandbox_account, queue_messages, sandbox):
    account = sandbox_account()
    queue_messages(account, 2)
    call_command("hold_outbox")
    assert dispatch_account(account_id=account.pk) == 0
    assert not sandbox.submissions
    assert set(Message.objects.values_list("status", flat=True)) == {"queued"}


def test_an_approver_sees_what_waits_and_sends_it(client_of, sandbox_account, queue_messages):
    account = sandbox_account()
    queue_messages(account, 3)
    make_old()
    hold_outbox()
    client = client_of("Approver")
    assert "3" in client.get(reverse("messaging:outbox")).content.decode()
    client.post(reverse("messaging:outbox"), {"decision": "send"})
    assert get_outbox().released_by is not None
    call_command("dispatch", "--once")
    assert set(Message.objects.values_list("status", flat=True)) == {"sent"}


def test_an_open_outbox_says_which_stopped_account_keeps_its_messages(client_of, make_account, queue_messages):
    account, other = make_account(name="Toko"), make_account(name="Cadangan", suspended_reason="1708")
    queue_messages(account, 1)
    address = reverse("messaging:outbox")
    assert "suspended" not in client_of("Operator").get(address).content.decode()
    Account.objects.filter(pk=account.pk).update(suspended_reason="The credit is used up.")
    page = client_of("Operator").get(address).content.decode()
    assert "“Toko” is suspended (The credit is used up). Its messages wait until somebody resumes it." in page
    assert reverse("admin:providers_account_change", args=[account.pk]) in page
    assert other.name not in page


def test_cancelling_asks_once_more_and_says_who_did_it(client_of, sandbox_account, queue_messages, sandbox):
    queue_messages(sandbox_account(), 3)
    hold_outbox()
    client = client_of("Approver")
    client.post(reverse("messaging:outbox"), {"decision": "cancel"})
    assert set(Message.objects.values_list("status", flat=True)) == {"queued"}
    client.post(reverse("messaging:outbox"), {"decision": "cancel", "confirmed": "1"})
    assert set(Message.objects.values_list("status", flat=True)) == {"cancelled"}
    assert MessageEvent.objects.filter(source="staff", actor__isnull=False).count() == 3
    assert get_outbox().held_since is None


def test_an_operator_sees_the_held_outbox_and_cannot_release_it(client_of, queue_messages, sandbox_account):
    queue_messages(sandbox_account(), 1)
    hold_outbox()
    client = client_of("Operator")
    assert client.get(reverse("messaging:outbox")).status_code == 200
    assert client.post(reverse("messaging:outbox"), {"decision": "send"}).status_code == 403
    assert get_outbox().held_since


def test_an_account_resumed_after_over_an_hour_shows_what_waits_first(client_of, sandbox_account, queue_messages):
    account = sandbox_account()
    queue_messages(account, 4)
    suspend_account(account_id=account.pk, reason="1708")
    Account.objects.update(suspended_at=Now() - timedelta(hours=2))
    client = client_of("Approver")
    address = reverse("messaging:resume_account", args=[account.pk])
    client.post(address)
    account.refresh_from_db()
    assert account.suspended_reason
    client.post(address, {"decision": "send"})
    account.refresh_from_db()
    assert not account.suspended_reason


def test_a_doubtful_message_is_never_cancelled_as_if_it_had_not_gone_out(client_of, sandbox_account, queue_messages):
    queue_messages(sandbox_account(), 1, doubtful_since="2026-01-01T00:00Z")
    hold_outbox()
    client_of("Approver").post(reverse("messaging:outbox"), {"decision": "cancel", "confirmed": "1"})
    assert Message.objects.get().status == "uncertain"
