"""Callbacks that come at the same moment, each by a connection and a thread of its own."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlencode, urlsplit

import pytest
from django.urls import reverse

from providers.models import CallbackReceipt
from smsops.messaging.delivery import rematch_recent
from smsops.messaging.models import Message, MessageEvent, PendingReport
from smsops.receipts import apply_waiting

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 6
ROUNDS = 8


@pytest.fixture
def ring_at_once(live_server):
    """Send callbacks so that all of them are under way together; returns the statuses of the answers."""
    address = urlsplit(live_server.url)

    def ring_all(calls):
        barrier = Barrier(len(calls))
        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(lambda call: ring(barrier, *call), calls))

    def ring(barrier, method, path, body=b""):
        caller = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
        caller.connect()
        barrier.wait(timeout=20)
        caller.request(method, path, body, {"Content-Type": "application/json"})
        status = caller.getresponse().status
        caller.close()
        return status

    return ring_all


def door(account):
    return reverse("callback", args=[account.callback_token, "reports"])


def plain(account, message_id, word="DELIVRD"):
    """One report as smsmasking sends it."""
    return "GET", f"{door(account)}?{urlencode({'msgid': message_id, 'status': word})}"


def listed(account, *message_ids):
    """Several reports in one call, as rajasms sends them."""
    entries = [{"sendingid": id, "number": "62812", "deliverystatus": 3} for id in message_ids]
    return "POST", door(account), json.dumps({"status_respon": entries}).encode()


def send(queue_messages, account, *message_ids):
    for place, id in enumerate(message_ids):
        queue_messages(account, [f"+62812{place:08d}"], status="sent", provider_message_id=id, campaign=None)


def statuses():
    return list(Message.objects.order_by("pk").values_list("status", flat=True))


def told(id):
    return sorted(MessageEvent.objects.filter(message__provider_message_id=id).values_list("told", flat=True))


def test_the_same_report_many_times_at_once_is_applied_once_and_always_stored(
    ring_at_once, make_account, queue_messages
):
    account = make_account()
    ids = [f"M{number}" for number in range(ROUNDS)]
    send(queue_messages, account, *ids)
    for id in ids:
        assert ring_at_once([plain(account, id)] * AT_ONCE) == [200] * AT_ONCE
    assert statuses() == ["delivered"] * ROUNDS
    assert [told(id) for id in ids] == [["delivered"]] * ROUNDS
    receipts = CallbackReceipt.objects.values_list("state", flat=True)
    assert list(receipts) == ["applied"] * (ROUNDS * AT_ONCE)


def test_of_two_different_reports_at_once_the_higher_rank_stands(ring_at_once, make_account, queue_messages):
    account = make_account()
    ids = [f"M{number}" for number in range(ROUNDS)]
    send(queue_messages, account, *ids)
    for id in ids:
        assert ring_at_once([plain(account, id, "EXPIRED"), plain(account, id), plain(account, id, "REJECTD")]) == [
            200, 200, 200,
        ]  # fmt: skip
    assert statuses() == ["delivered"] * ROUNDS
    for id in ids:
        assert told(id).count("delivered") == 1
        assert len(told(id)) == len(set(told(id)))
    assert set(CallbackReceipt.objects.values_list("state", flat=True)) == {"applied"}


def test_lists_that_name_the_same_messages_in_another_order_do_not_lock_each_other_out(
    ring_at_once, make_account, queue_messages
):
    account = make_account("rajasms")
    ids = [f"M{number}" for number in range(40)]
    send(queue_messages, account, *ids)
    assert ring_at_once([listed(account, *ids), listed(account, *reversed(ids))] * 2) == [200] * 4
    apply_waiting()
    assert statuses() == ["delivered"] * 40
    assert [told(id) for id in ids] == [["delivered"]] * 40
    assert set(CallbackReceipt.objects.values_list("state", flat=True)) == {"applied"}


def test_reports_at_once_for_an_id_that_is_not_saved_yet_count_once_when_it_is(
    ring_at_once, make_account, queue_messages
):
    account = make_account()
    assert ring_at_once([plain(account, "M1")] * AT_ONCE) == [200] * AT_ONCE
    send(queue_messages, account, "M1")
    assert rematch_recent() == AT_ONCE
    assert (statuses(), told("M1")) == (["delivered"], ["delivered"])
    assert not PendingReport.objects.exists()
    assert set(CallbackReceipt.objects.values_list("state", flat=True)) == {"applied"}
