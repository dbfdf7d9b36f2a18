"""Whatever bytes come in by the door: they are kept and answered."""

import json
import os

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.models import Account, CallbackReceipt
from smsops.receipts import apply_waiting
from smsops.wsgi import application
from tests.callbacks.calls import FORM, JSON, PROVIDERS, door, last_receipt, status_of, write_report

pytestmark = pytest.mark.django_db


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
    assert bool(receipt.error) is (receipt.state in ("partial", "unreadable"))


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


# `NONSENSE=20000` asks for as many as the tracker promises to survive.
@settings(
    max_examples=int(os.environ.get("NONSENSE", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
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
    assert last_receipt().state in ("applied", "partial", "unmatched", "unreadable")


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
