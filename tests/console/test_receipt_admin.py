"""Applying a kept callback again, by hand."""

from django.urls import reverse

from providers.models import CallbackReceipt
from smsops.messaging.models import Message

LIST = "admin:providers_callbackreceipt_changelist"


def apply_again(client, receipt):
    return client.post(reverse(LIST), {"action": "apply_again", "_selected_action": [receipt.pk]}, follow=True)


def keep_report(account, state):
    return CallbackReceipt.objects.create(
        account=account, kind="reports", method="GET", query="msgid=M1&status=DELIVRD", state=state
    )


def test_an_administrator_applies_a_kept_callback(client_of, make_account, queue_messages):
    account = make_account()
    queue_messages(account, 1, status="sent", provider_message_id="M1")
    receipt = keep_report(account, "foreign")
    apply_again(client_of("Administrator"), receipt)
    receipt.refresh_from_db()
    assert (receipt.state, Message.objects.get().status) == ("applied", "delivered")


def test_others_cannot(client_of, make_account, queue_messages):
    account = make_account()
    queue_messages(account, 1, status="sent", provider_message_id="M1")
    receipt = keep_report(account, "foreign")
    apply_again(client_of("Approver"), receipt)
    receipt.refresh_from_db()
    assert (receipt.state, Message.objects.get().status) == ("foreign", "sent")
