"""The door for machines: whatever comes in is stored and answered, and what can be read is applied."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.models import Account, CallbackReceipt, RetiredToken
from providers.services import revoke_token, rotate_token
from smsops.inbox.models import InboundMessage
from smsops.messaging.models import Message, MessageEvent, PendingReport
from smsops.receipts import apply_waiting
from smsops.wsgi import application
from tests.processes import ROOT, database_url

pytestmark = pytest.mark.django_db

PROVIDERS = ["smsmasking", "rajasms", "tcast", "unified", "nusasms"]
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MIB = 1024 * 1024


def door(account, kind="reports", token=None):
    return reverse("callback", args=[token or account.callback_token, kind])


def write_report(provider, message_id, *, is_delivered=True, number="6281200000001"):
    """A report in a provider's own words, as arguments of the test client."""
    if provider == "smsmasking":
        word = "DELIVRD" if is_delivered else "EXPIRED"
        return {"method": "GET", "query_string": urlencode({"msgid": message_id, "status": word})}
    if provider == "nusasms":
        query = {"ref_no": message_id, "status": "D" if is_delivered else "U", "err_code": "0" if is_delivered else "8"}
        return {"method": "GET", "query_string": urlencode(query)}
    if provider == "unified":
        form = {"sMessageId": message_id, "sMobileNo": number, "sStatus": "DELIVRD" if is_delivered else "EXPIRED"}
        return {"method": "POST", "data": urlencode(form), "content_type": FORM}
    if provider == "tcast":
        body = {"type": "report", "cnt": 1, "array": [[message_id, number, 20260301101112, 0 if is_delivered else 9]]}
        return {"method": "PUT", "data": json.dumps(body), "content_type": JSON}
    entry = {"sendingid": message_id, "number": number, "deliverystatus": 3 if is_delivered else 4}
    return {"method": "POST", "data": json.dumps({"status_respon": [entry]}), "content_type": JSON}


@pytest.fixture
def ring(client):
    """Call the door: `ring(path, method=…, data=…, content_type=…)`."""

    def call(path, *, method="POST", query_string="", **extra):
        return client.generic(method, f"{path}?{query_string}" if query_string else path, **extra)

    return call


@pytest.fixture
def make_sent(make_account, queue_messages):
    def make(provider="smsmasking", id="4711", **fields):
        options = {"zero_means_delivered": True} if provider == "tcast" else {}
        account = make_account(provider, options=options, **fields)
        return queue_messages(account, ["+6281200000001"], status="sent", provider_message_id=id)[0]

    return make


def last_receipt():
    return CallbackReceipt.objects.latest("id")


def status_of(message):
    message.refresh_from_db()
    return message.status


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


# --- nonsense ----------------------------------------------------------------------------------------------------

DEEP = b'{"status_respon":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
NONSENSE = {
    "nothing": b"",
    "NUL": b"\x00" * 100,
    "no utf-8": b"\xff\xfe\x00\xd8",
    "lone surrogates": rb'{"status_respon":[{"sendingid":"\ud800","number":"\udfff","deliverystatus":3}]}',
    "NUL in JSON": rb'{"array":[["\u0000","\u0000",1,0,"\u0000"]],"smessageid":"\u0000","sstatus":"\u0000"}',
    "deep": DEEP,
    "deep lists": b"[" * 500_000,
    "long integer": b'{"status_respon":[{"sendingid":' + b"9" * 10_000 + b',"deliverystatus":3}],"array":[[1,2,3,4]]}',
    "huge": json.dumps({"array": [[str(n), "62812", "x", 0] for n in range(4_000)]}).encode(),
    "many fields": b"a=b&" * 200_000,
    "wrong types": b'{"array":[{"a":1},5,null,[1]],"status_respon":{"sendingid":[1],"deliverystatus":{}},"msgid":{}}',
    "a list": b'["msgid","ref_no"]',
    "infinity": b'{"sMessageId":1e999,"sStatus":NaN,"icharge":"1e999999","msgid":Infinity,"status":-Infinity}',
    "old times": b"smessageid=1&sstatus=DELIVRD&dtdone=0001-01-01 00:00:00&ref_no=1&status=D"
    b"&sent_date=0001-01-01 00:00:00&msgid=1&id=1&originator=%00&msg=%00%ED%A0%80&receive_date=9999-12-31 23:59:59",
}
TYPES = [FORM, JSON, "", "text/xml; charset=utf-7", "text/plain; charset=nonsense", "text/plain; charset=idna"]
TYPES += ["multipart/form-data", "multipart/form-data; boundary=x", "x" * 400]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("kind", ["reports", "inbox"])
@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_kept_and_answered(provider, kind, body, make_account, ring):
    account = make_account(provider)
    assert ring(door(account, kind), data=body, content_type=JSON).status_code == 200
    receipt = last_receipt()
    assert bytes(receipt.body) == body
    assert receipt.state != "waiting"
    assert bool(receipt.error) is (receipt.state == "unreadable")


@pytest.mark.parametrize("content_type", TYPES)
def test_whatever_the_content_type_claims_is_no_error(content_type, make_account, ring):
    for provider in PROVIDERS:
        for body in (b"msgid=1", b"{", b"--x\r\nContent-Disposition: form-data\r\n\r\n\x00\r\n--x"):
            answer = ring(door(make_account(provider)), data=body, content_type=content_type)
            assert answer.status_code == 200
    assert not CallbackReceipt.objects.filter(state="waiting").exists()


SIGNS = [b"{", b"}", b"[", b"]", b'"', b":", b",", b"&", b"=", b"%00", b"\x00", b"\\ud800", b"1e999", b"-1", b"null"]
NAMES = [b'"array"', b'"status_respon"', b'"sendingid"', b'"deliverystatus"', b"msgid", b"ref_no", b"smessageid"]
WORDS = st.sampled_from([*SIGNS, *NAMES, b"status", b"sstatus", b"id", b"originator", b"msg", b"--x\r\n", b"\xff"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=300) | st.lists(WORDS, max_size=30).map(b"".join),
    query=st.binary(max_size=60) | st.lists(WORDS, max_size=8).map(b"".join),
    # Django's test client reads the query with that charset before our own request class could refuse to.
    content_type=st.sampled_from([each for each in TYPES if "idna" not in each]),
    provider=st.sampled_from(PROVIDERS),
    kind=st.sampled_from(["reports", "inbox"]),
)
def test_no_bytes_bring_it_down(body, query, content_type, provider, kind, make_account, ring):
    account = Account.objects.filter(provider=provider).first() or make_account(provider)
    raw = query.decode("latin-1")
    answer = ring(door(account, kind), data=body, content_type=content_type, QUERY_STRING=raw)
    assert answer.status_code == 200
    assert last_receipt().state in ("applied", "unmatched", "unreadable")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("content_type", ["text/plain; charset=idna", "text/plain; " + "x=y; " * 5000])
def test_a_content_type_that_breaks_djangos_own_reading_is_stored(content_type, make_account):
    account = make_account("smsmasking")
    environ = RequestFactory()._base_environ(
        PATH_INFO=door(account), QUERY_STRING="msgid=%25&status=%ff", CONTENT_TYPE=content_type, REQUEST_METHOD="GET"
    )
    answered = []
    body = application(environ, lambda status, headers, *_: answered.append(status))
    assert b"".join(body) is not None
    assert answered == ["200 OK"]
    assert last_receipt().content_type == content_type[:200]


@pytest.mark.parametrize("token", ["%00", "²", "a/b/c"])
def test_a_post_to_a_strange_address_below_the_door_is_not_found(token, db):
    assert Client(enforce_csrf_checks=True).post(f"/callbacks/{token}/reports/").status_code == 404


def test_a_fault_of_our_own_keeps_the_receipt_for_beat(make_sent, ring, caplog):
    message = make_sent()
    readable = Account.objects.filter(pk=message.account_id).values_list("credentials", flat=True).get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE providers_account SET credentials = 'lost key'")
    assert ring(door(message.account), **write_report("smsmasking", "4711")).status_code == 200
    assert (last_receipt().state, last_receipt().attempts) == ("waiting", 1)
    Account.objects.update(credentials=readable)
    assert apply_waiting() == 1
    assert status_of(message) == "delivered"
    assert last_receipt().state == "applied"
    assert "could not be applied" in caplog.text


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


# --- over real sockets -------------------------------------------------------------------------------------------


@pytest.fixture
def gunicorn(transactional_db):
    """The web server of production on a free port, on the test's own database; gives its port."""
    env = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "smsops.settings", "DEBUG": "1"}
    command = [sys.executable, "-m", "gunicorn", "smsops.wsgi", "-c", "smsops/gunicorn.py", "-b", "127.0.0.1:0"]
    process = subprocess.Popen([*command, "-w", "1"], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
    listening = next(filter(None, (re.search(r"127\.0\.0\.1:(\d+)", line) for line in process.stderr)))
    yield int(listening[1])
    process.terminate()
    process.communicate(timeout=30)


@pytest.mark.django_db(transaction=True)
def test_a_body_in_chunks_without_a_length_is_read_and_limited(gunicorn, make_sent):
    message = make_sent("rajasms")
    body = write_report("rajasms", "4711")["data"].encode()
    for chunks, status in (([body[:10], body[10:]], 200), ([b"x" * 65536] * 32, 413)):
        caller = http.client.HTTPConnection("127.0.0.1", gunicorn, timeout=20)
        caller.request("POST", door(message.account), iter(chunks), {"Content-Type": JSON}, encode_chunked=True)
        assert caller.getresponse().status == status
        caller.close()
    assert status_of(message) == "delivered"
    assert bytes(last_receipt().body) == body


@pytest.mark.django_db(transaction=True)
def test_a_caller_that_hangs_up_in_the_middle_harms_nobody(gunicorn, make_sent):
    message = make_sent("unified")
    with socket.create_connection(("127.0.0.1", gunicorn), timeout=20) as caller:
        head = f"POST {door(message.account)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\nsMessageId=4711"
        caller.sendall(head.encode())
    caller = http.client.HTTPConnection("127.0.0.1", gunicorn, timeout=20)
    caller.request("POST", door(message.account), write_report("unified", "4711")["data"], {"Content-Type": FORM})
    assert caller.getresponse().status == 200
    caller.close()
    assert status_of(message) == "delivered"


@pytest.mark.django_db(transaction=True)
def test_two_mebibytes_are_refused_over_a_real_socket(live_server, make_account):
    address = urlsplit(live_server.url)
    caller = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
    caller.request("POST", door(make_account()), b"x" * 2 * MIB, {"Content-Type": FORM})
    assert caller.getresponse().status == 413
    caller.close()


def test_messages_of_other_accounts_are_left_alone(make_sent, ring):
    message = make_sent("unified")
    stranger = make_sent("unified", base_url="http://elsewhere.example")
    ring(door(message.account), **write_report("unified", "4711"))
    assert [status_of(message), status_of(stranger)] == ["delivered", "sent"]
    assert Message.objects.count() == 2
