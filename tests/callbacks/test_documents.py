"""The callbacks that the providers' documents show, byte for byte: each settles its message, or changes nothing."""

import pytest
from django.http import QueryDict

from providers.models import CallbackReceipt
from tests.callbacks.calls import JSON, door, last_receipt, status_of

pytestmark = pytest.mark.django_db

NUSASMS = {"ref_no": "053380444905641291", "status": "D", "sent_date": "2017-09-25 17:49:05.0", "err_code": "0"}
TCAST = (
    b'{"type":"report","cnt":2,"array":[[1,"1234545456",20180801123015,0,"success"],'
    b'[2,"2356844545",20180801223015, 1, "no balance"]]}'
)
# The words of the table "Deliverystatus", one body each.
RAJASMS = {
    1: "sent", 2: "sent", 3: "delivered", 4: "undelivered", 5: "undelivered", 6: "undelivered", 7: "rejected",
    8: "undelivered", 9: "rejected", 10: "delivered",
}  # fmt: skip
SMSMASKING = {"DELIVRD": "delivered", "UNDELIVRD": "undelivered", "REJECTED": "rejected", "EXPIRED": "expired"}


@pytest.fixture
def sent(make_account, queue_messages):
    def make(provider, *ids, **options):
        account = make_account(provider, options=options)
        numbers = [f"+62812000000{number:02d}" for number in range(len(ids))]
        rows = queue_messages(account, numbers, status="sent")
        for row, id in zip(rows, ids, strict=True):
            row.provider_message_id = id
            row.save(update_fields=["provider_message_id"])
        return rows

    return make


def test_nusasms_dlr(sent, ring):
    (message,) = sent("nusasms", NUSASMS["ref_no"])
    query = QueryDict(mutable=True)
    query.update(NUSASMS)
    assert ring(door(message.account), method="GET", query_string=query.urlencode()).status_code == 200
    assert status_of(message) == "delivered"


def test_tcast_push_sample(sent, ring):
    delivered, failed = sent("tcast", "1", "2", zero_means_delivered=True)
    assert ring(door(delivered.account), method="PUT", data=TCAST, content_type=JSON).status_code == 200
    assert (status_of(delivered), status_of(failed)) == ("delivered", "undelivered")
    assert bytes(last_receipt().body) == TCAST


@pytest.mark.parametrize(("word", "status"), SMSMASKING.items())
def test_smsmasking_dlr(sent, ring, word, status):
    (message,) = sent("smsmasking", "4711")
    assert ring(door(message.account), method="GET", query_string=f"msgid=4711&status={word}").status_code == 200
    assert status_of(message) == status


@pytest.mark.parametrize("query", ["msgid=%id&status=%s", "msgid=%25id&status=%25s"])
def test_the_placeholders_themselves_are_kept_and_change_nothing(sent, ring, query):
    (message,) = sent("smsmasking", "4711")
    assert ring(door(message.account), method="GET", query_string=query).status_code == 200
    assert status_of(message) == "sent"
    assert CallbackReceipt.objects.count() == 1


@pytest.mark.parametrize(("code", "status"), RAJASMS.items())
def test_rajasms_every_delivery_status(sent, ring, code, status):
    (message,) = sent("rajasms", "77")
    body = b'{"status_respon":[{"sendingid":77,"number":"6281200000000","deliverystatus":%d,' % code
    body += b'"deliverystatustext":"Text"}]}'
    assert ring(door(message.account), data=body, content_type=JSON).status_code == 200
    assert bytes(last_receipt().body) == body
    assert status_of(message) == status
    assert last_receipt().state == "applied"
