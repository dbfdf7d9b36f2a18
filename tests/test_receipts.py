"""Callbacks that could not be applied as a whole: nothing of them gets out of sight."""

import json
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.urls import reverse

from providers.models import Account, CallbackReceipt
from smsops.messaging.delivery import rematch_recent
from smsops.messaging.models import Message
from smsops.receipts import MOST_ATTEMPTS, apply_waiting

LIST = reverse("admin:providers_callbackreceipt_changelist")

pytestmark = pytest.mark.django_db


def report(message_id="4711"):
    return {"sendingid": message_id, "number": "6281200000001", "deliverystatus": 3}


@pytest.fixture
def make_sent(make_account, queue_messages):
    def make(provider="rajasms"):
        (message,) = queue_messages(make_account(provider), 1, status="sent", provider_message_id="4711")
        return message

    return make


def ring(client, account, *entries):
    path = reverse("callback", args=[account.callback_token, "reports"])
    body = json.dumps({"status_respon": entries})
    assert client.post(path, body, content_type="application/json").status_code == 200
    return CallbackReceipt.objects.latest("pk")


def status_of(message):
    return Message.objects.get(pk=message.pk).status


def choose(client, receipts):
    chosen = {"action": "apply_again", "_selected_action": [receipt.pk for receipt in receipts]}
    return client.post(LIST, chosen, follow=True)


@pytest.fixture
def unreadable_account():
    """Breaks what every account needs to be read, and mends it: `with unreadable_account():`."""

    class Broken:
        def __enter__(self):
            self.kept = dict(Account.objects.values_list("pk", "credentials"))
            with connection.cursor() as cursor:
                cursor.execute("UPDATE providers_account SET credentials = 'lost key'")

        def __exit__(self, *_):
            for pk, credentials in self.kept.items():
                Account.objects.filter(pk=pk).update(credentials=credentials)

    return Broken


# --- in part ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [{"sendingid": ""}, {"number": "62812"}, "nonsense", [1]])
def test_what_can_be_read_is_applied_and_the_rest_stays_in_sight(client, make_sent, bad):
    message = make_sent()
    receipt = ring(client, message.account, bad, report(), bad)
    assert status_of(message) == "delivered"
    assert receipt.state == "partial"
    assert receipt.error.startswith("2 of 3 entries could not be read")


def test_a_callback_that_is_read_whole_is_not_called_partial(client, make_sent):
    message = make_sent()
    assert ring(client, message.account, report()).state == "applied"
    assert status_of(message) == "delivered"


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("nonsense", "It cannot be read: it is not written as the provider's document describes."),
        ({"sendingid": "4711"}, "It cannot be read: “deliverystatus” is missing."),
        (report(""), "It cannot be read: a report without an id."),
    ],
)
def test_one_without_a_readable_entry_is_unreadable_and_says_why(client, make_sent, entry, why):
    receipt = ring(client, make_sent().account, entry)
    assert (receipt.state, receipt.error) == ("unreadable", why)


def test_a_partial_one_stays_partial_when_its_message_comes_later(client, make_account, queue_messages):
    account = make_account("rajasms")
    receipt = ring(client, account, "nonsense", report())
    queue_messages(account, 1, status="sent", provider_message_id="4711")
    assert rematch_recent() == 1
    assert Message.objects.get().status == "delivered"
    receipt.refresh_from_db()
    assert receipt.state == "partial"


def test_the_inbox_tells_of_what_it_could_not_read_too(make_account):
    account = make_account("tcast")
    body = json.dumps({"status": 0, "array": [["7", "62812000111", 20260301101112, "Halo"], ["8"]]}).encode()
    receipt = CallbackReceipt.objects.create(account=account, kind="inbox", source="poll", body=body)
    apply_waiting()
    receipt.refresh_from_db()
    assert (receipt.state, receipt.error.split(" entries")[0]) == ("partial", "1 of 2")


def test_the_list_shows_and_filters_them(client, client_of, make_sent):
    message = make_sent()
    ring(client, message.account, report(), "nonsense")
    ring(client, message.account, report())
    page = client_of("Administrator").get(LIST, {"state__exact": "partial"})
    assert len(page.context["cl"].result_list) == 1
    assert "1 of 2 entries could not be read" in page.content.decode()


# --- tried too often -------------------------------------------------------------------------------------------------


def make_stuck(client, account, unreadable_account, count=1):
    with unreadable_account():
        for _ in range(count):
            ring(client, account, report())
        for _ in range(MOST_ATTEMPTS):
            apply_waiting()
    return list(CallbackReceipt.objects.order_by("pk"))


@pytest.mark.django_db(transaction=True)
def test_after_the_last_attempt_a_person_is_asked_for(client, client_of, make_sent, unreadable_account):
    message = make_sent()
    (receipt,) = make_stuck(client, message.account, unreadable_account)
    assert (receipt.state, receipt.attempts) == ("stuck", MOST_ATTEMPTS)
    assert apply_waiting() == 0
    page = client_of("Administrator").get(LIST, {"state__exact": "stuck"}).content.decode()
    assert "Needs a person" in page
    assert client.get("/healthz").json()["callbacks_needing_a_person"] == 1


def test_until_then_beat_takes_it_up(client, make_sent, unreadable_account):
    message = make_sent()
    with unreadable_account():
        ring(client, message.account, report())
        for _ in range(MOST_ATTEMPTS - 2):
            apply_waiting()
    assert CallbackReceipt.objects.get().state == "waiting"
    assert apply_waiting() == 1
    assert status_of(message) == "delivered"


def test_one_action_applies_several_of_them(client, client_of, make_sent, unreadable_account):
    message = make_sent()
    receipts = make_stuck(client, message.account, unreadable_account, count=3)
    page = choose(client_of("Administrator"), receipts).content.decode()
    assert "3 callbacks were applied" in page
    assert set(CallbackReceipt.objects.values_list("state", flat=True)) == {"applied"}
    assert status_of(message) == "delivered"


def test_what_fails_again_says_how_many_still_need_a_person(client, client_of, make_sent, unreadable_account):
    receipts = make_stuck(client, make_sent().account, unreadable_account, count=2)
    administrator = client_of("Administrator")
    with unreadable_account():
        page = choose(administrator, receipts).content.decode()
    assert "2 callbacks could not be applied" in page
    assert set(CallbackReceipt.objects.values_list("state", flat=True)) == {"stuck"}


@pytest.mark.django_db(transaction=True)
def test_health_counts_none_where_none_is_stuck(client, make_account):
    CallbackReceipt.objects.create(account=make_account(), kind="reports", received_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert client.get("/healthz").json()["callbacks_needing_a_person"] == 0
