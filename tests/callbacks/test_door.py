"""The door for machines: whatever comes in is stored and answered, and what can be read is applied."""

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from providers.models import Account, CallbackReceipt, RetiredToken
from providers.services import revoke_token, rotate_token
from smsops.inbox.models import InboundMessage
from smsops.messaging.models import Message, MessageEvent, PendingReport
from smsops.receipts import apply_waiting
from tests.callbacks.calls import FORM, JSON, MIB, PROVIDERS, door, last_receipt, status_of, write_report

pytestmark = pytest.mark.django_db


# --- taken -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", PROVIDERS)
def test_it_stores_and_applies_a_report_and_answers_as_the_provider_wants(provider, make_sent, ring):
    message = make_sent(provider)
    answer = ring(door(message.account), **write_report(provider, "4711"))
    assert answer.status_code == 200
    assert answer.content == (b'{"status":0}' if provider == "tcast" else b"OK")
    assert status_of(message) == "delivered"
    receipt = last_receipt()
    assert (receipt.state, receipt.error, receipt.remote_address) == ("applied", "", "127.0.0.1")
    assert (receipt.account, receipt.kind, receipt.source) == (message.account, "reports", "push")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_repeat_is_stored_and_changes_nothing(provider, make_sent, ring):
    message = make_sent(provider)
    for _ in range(3):
        assert ring(door(message.account), **write_report(provider, "4711")).status_code == 200
    assert CallbackReceipt.objects.filter(state="applied").count() == 3
    assert MessageEvent.objects.filter(message=message).count() == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_older_report_takes_nothing_back(provider, make_sent, ring):
    message = make_sent(provider)
    for is_delivered in (True, False):
        ring(door(message.account), **write_report(provider, "4711", is_delivered=is_delivered))
    assert status_of(message) == "delivered"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_unknown_id_is_answered_and_waits(provider, make_account, ring):
    account = make_account(provider)
    assert ring(door(account), **write_report(provider, "999")).status_code == 200
    assert last_receipt().state == "unmatched"
    assert PendingReport.objects.get().provider_message_id == "999"


@pytest.mark.parametrize("fields", [{"suspended_reason": "no credit"}, {"is_active": False}])
def test_accounts_that_do_not_send_still_take_callbacks(make_sent, ring, fields):
    message = make_sent(**fields)
    assert ring(door(message.account), **write_report("smsmasking", "4711")).status_code == 200
    assert status_of(message) == "delivered"


@pytest.fixture
def remembered(make_sent, ring, queue_messages):
    """A message whose account took a callback before, for another message."""
    first = make_sent("unified")
    ring(door(first.account), **write_report("unified", "4711"))
    return queue_messages(first.account, ["+6281200000002"], status="sent", provider_message_id="4712")[0]


def test_what_changed_at_an_account_counts_for_its_very_next_callback(remembered, ring):
    Account.objects.filter(pk=remembered.account_id).update(allowed_networks=["192.0.2.0/24"])
    ring(door(remembered.account), **write_report("unified", "4712"))
    assert (status_of(remembered), last_receipt().state) == ("sent", "foreign")


def test_a_token_that_is_gone_takes_no_callback_any_more(remembered, ring):
    address = door(remembered.account)
    Account.objects.filter(pk=remembered.account_id).update(callback_token="another-token")
    assert ring(address, **write_report("unified", "4712")).status_code == 404
    assert status_of(remembered) == "sent"


def test_the_address_also_works_without_its_last_slash(make_sent, ring):
    message = make_sent("unified")
    assert ring(door(message.account).rstrip("/"), **write_report("unified", "4711")).status_code == 200
    assert status_of(message) == "delivered"


def test_a_form_may_be_sent_in_parts(make_sent, client):
    message = make_sent("unified")
    form = {"sMessageId": "4711", "sStatus": "DELIVRD", "sMobileNo": "081200000001"}
    assert client.post(door(message.account), form).status_code == 200
    assert status_of(message) == "delivered"


def test_a_query_in_plain_utf8_is_read_as_such(make_account, ring):
    account = make_account("nusasms")
    query = "id=1&originator=0812&msg=Caf\u00e9".encode().decode("latin-1")
    ring(door(account, "inbox"), method="GET", QUERY_STRING=query)
    assert InboundMessage.objects.get().text == "Caf\u00e9"


def test_a_callback_costs_a_constant_number_of_queries(make_sent, ring):
    counts = set()
    for number in range(3):
        message = make_sent("unified", id=f"id-{number}")
        with CaptureQueriesContext(connection) as queries:
            ring(door(message.account), **write_report("unified", f"id-{number}"))
        assert status_of(message) == "delivered"
        counts.add(len([each for each in queries if "SAVEPOINT" not in each["sql"]]))
    # The account, the receipt, the message to lock, the message, its event. PostgreSQL has two statements for all of
    # it, which Django does not see.
    assert counts == {0 if connection.vendor == "postgresql" else 5}


# --- refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["wrong", "x" * 300, "%00", "\u2026", "a/b"])
def test_a_wrong_token_is_not_found_and_leaves_nothing(make_account, ring, token):
    account = make_account()
    assert ring(f"/callbacks/{token}/reports/").status_code == 404
    assert ring(door(account).replace("reports", "elsewhere")).status_code == 404
    assert not CallbackReceipt.objects.exists()


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_not_allowed(make_account, ring, method):
    assert ring(door(make_account()), method=method).status_code == 405


@pytest.mark.parametrize(("size", "status"), [(MIB, 200), (MIB + 1, 413), (2 * MIB, 413)])
def test_more_than_a_mebibyte_is_too_large(make_account, ring, size, status):
    assert ring(door(make_account()), data=b"x" * size, content_type=FORM).status_code == status
    assert CallbackReceipt.objects.count() == (status == 200)


@pytest.mark.parametrize("length", ["", "nonsense", "-5", "\u0664"])
def test_a_strange_length_is_no_error(make_account, ring, length):
    assert ring(door(make_account()), data=b"{}", content_type=JSON, CONTENT_LENGTH=length).status_code < 500


# --- where from --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("networks", [["10.0.0.0/8"], "10.0.0.0/8, 2001:db8::/32", ["nonsense"]])
def test_from_a_foreign_address_it_is_stored_and_not_applied(make_sent, ring, networks):
    message = make_sent(allowed_networks=networks)
    assert ring(door(message.account), **write_report("smsmasking", "4711")).status_code == 200
    assert status_of(message) == "sent"
    assert last_receipt().state == "foreign"
    assert apply_waiting() == 0


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1", "2001:db8::1%eth0"])
def test_from_an_allowed_network_it_is_applied(make_sent, ring, address):
    message = make_sent(allowed_networks=["10.0.0.0/8", "2001:db8::/32"])
    ring(door(message.account), REMOTE_ADDR=address, **write_report("smsmasking", "4711"))
    assert status_of(message) == "delivered"


@pytest.mark.parametrize("address", ["", "unix:", "10.1.2.3:5678", "fe80::1%eth0", "\u0661"])
def test_a_strange_address_is_no_error(make_account, ring, address):
    open_account, closed = make_account(), make_account(allowed_networks=["10.0.0.0/8"])
    for account, state in ((open_account, "unmatched"), (closed, "foreign")):
        call = write_report("smsmasking", "4711")
        assert ring(door(account), REMOTE_ADDR=address, **call).status_code == 200
        assert last_receipt().state == state


# --- rotated tokens ----------------------------------------------------------------------------------------------


def test_a_rotated_token_works_until_it_is_revoked_and_its_last_use_is_kept(make_sent, ring):
    message = make_sent()
    old = message.account.callback_token
    retired = rotate_token(account=message.account, actor=None)
    assert RetiredToken.objects.get().last_used_at is None
    assert ring(door(message.account, token=old), **write_report("smsmasking", "4711")).status_code == 200
    assert status_of(message) == "delivered"
    assert RetiredToken.objects.get().last_used_at is not None
    revoke_token(token=retired, actor=None)
    assert ring(door(message.account, token=old), **write_report("smsmasking", "4711")).status_code == 404
    new = Account.objects.get(pk=message.account_id).callback_token
    assert ring(door(message.account, token=new), **write_report("smsmasking", "4711")).status_code == 200


# --- the inbox ---------------------------------------------------------------------------------------------------


def push(ring, account, **fields):
    form = {"id": "77", "originator": "6281299990000", "msg": "  Halo  ", "receive_date": "2026-03-01 10:00:00"}
    return ring(door(account, "inbox"), data=urlencode(form | fields), content_type=FORM)


def test_a_pushed_message_is_stored_once_and_another_under_the_same_id_is_kept(make_account, ring):
    account = make_account("nusasms")
    for msg in ("  Halo  ", "  Halo  ", "Something else"):
        assert push(ring, account, msg=msg).status_code == 200
    assert list(InboundMessage.objects.order_by("id").values_list("sender", "text")) == [
        ("+6281299990000", "  Halo  "),
        ("+6281299990000", "Something else"),
    ]


@pytest.mark.parametrize("provider", ["smsmasking", "rajasms", "tcast", "unified"])
def test_a_push_at_a_provider_without_one_is_kept_unread(provider, make_account, ring):
    assert push(ring, make_account(provider)).status_code == 200
    assert last_receipt().state == "unreadable"


# --- other accounts ----------------------------------------------------------------------------------------------


def test_messages_of_other_accounts_are_left_alone(make_sent, ring):
    message = make_sent("unified")
    stranger = make_sent("unified", base_url="http://elsewhere.example")
    ring(door(message.account), **write_report("unified", "4711"))
    assert [status_of(message), status_of(stranger)] == ["delivered", "sent"]
    assert Message.objects.count() == 2
