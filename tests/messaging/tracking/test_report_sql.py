"""A plain callback in one statement writes exactly what storing, reading and applying it one after another writes."""

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction

from providers.models import CallbackReceipt
from smsops.messaging.delivery import apply_callback
from smsops.messaging.models import Message, MessageEvent, PendingReport
from smsops.messaging.tracking.report_sql import find_account
from smsops.receipts import apply_receipt, store_and_apply
from tests.callbacks.calls import FORM, JSON, PROVIDERS, door, write_report

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL can"),
]

OPTIONS = {"tcast": {"zero_means_delivered": True}}
ATTEMPTED = datetime(2026, 3, 1, 10, tzinfo=UTC)
OURS = ("id", "at", "received_at", "reference", "message_id")


@pytest.fixture
def make_message(make_account, queue_messages):
    def make(provider="unified", account=None, **fields):
        account = account or make_account(provider, options=OPTIONS.get(provider, {}))
        return queue_messages(
            account, ["+6281200000001"], **{"status": "sent", "provider_message_id": "4711"} | fields
        )[0]

    return make


def receipt_of(account, *, method="POST", query_string="", data="", content_type=""):
    return CallbackReceipt(
        account=find_account(account.callback_token),
        kind="reports",
        remote_address="2001:db8::1",
        method=method,
        query=query_string,
        content_type=content_type,
        body=data.encode(),
        state="applied",
    )


def at_once(receipt):
    (report,) = receipt.account.open_provider().parse_reports(receipt.request())
    return apply_callback(receipt, report)


def in_steps(receipt):
    receipt.save()
    return apply_receipt(receipt) == "applied"


def plain(row):
    """A row as it may be compared: of moments that the database's clock gave, only whether there is one."""
    clocked = {name: bool(row[name]) for name in ("finished_at", "sent_at") if name in row and row[name] != ATTEMPTED}
    return {name: value for name, value in row.items() if name not in OURS} | clocked


def written_by(apply, receipt):
    """Every row of the tables concerned after it, which is then taken back."""
    tables = (CallbackReceipt, Message, MessageEvent, PendingReport)
    with transaction.atomic():
        assert apply(receipt)
        rows = [[plain(row) for row in table.objects.order_by("id").values()] for table in tables]
        transaction.set_rollback(True)
    return rows


def assert_same(account, **words):
    rows = written_by(at_once, receipt_of(account, **words))
    assert rows == written_by(in_steps, receipt_of(account, **words))
    assert [len(table) for table in rows] == [1, 1, 1, 0]


@pytest.mark.parametrize("before", ["sent", "uncertain", "expired"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_it_writes_what_the_steps_write(provider, before, make_message):
    message = make_message(provider, status=before)
    assert_same(message.account, **write_report(provider, "4711"))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_it_writes_a_failure_as_the_steps_do(provider, make_message):
    message = make_message(provider, attempted_at=ATTEMPTED, price=7, error_code="old", error_text="old")
    assert_same(message.account, **write_report(provider, "4711", is_delivered=False))


@pytest.mark.parametrize("price", ["350.5", "1e300", "", "free"])
def test_it_takes_price_moment_and_unfit_words_as_the_steps_do(price, make_message):
    message = make_message(price=7)
    form = {"sMessageId": "{4711}", "sStatus": "delivrd", "dtDone": "2026-03-01 10:11:12", "iErrCode": "\0" * 99}
    assert_same(message.account, data=urlencode(form | {"iCharge": price}), content_type=FORM)


def test_a_message_without_an_id_is_found_by_our_reference(make_message):
    message = make_message("smsmasking", provider_message_id="")
    assert_same(message.account, **write_report("smsmasking", message.reference))


def test_it_stores_the_request_as_it_came(make_message):
    message = make_message()
    words = write_report("unified", "4711")
    assert at_once(receipt_of(message.account, **words))
    receipt = CallbackReceipt.objects.get()
    assert (bytes(receipt.body).decode(), receipt.method, receipt.remote_address) == (
        words["data"],
        "POST",
        "2001:db8::1",
    )
    assert (receipt.state, receipt.attempts, receipt.source) == ("applied", 0, "push")


def assert_left(account, **words):
    """Nothing is written at once, and so the steps are taken."""
    receipt = receipt_of(account, **words)
    assert not at_once(receipt)
    assert not CallbackReceipt.objects.exists()
    store_and_apply(receipt)
    assert CallbackReceipt.objects.count() == 1


@pytest.mark.parametrize("status", ["delivered", "queued", "sending", "failed"])
def test_a_message_that_does_not_move_is_left_to_the_steps(status, make_message):
    message = make_message(status=status)
    assert_left(message.account, **write_report("unified", "4711"))
    assert Message.objects.get().status == status


def test_an_unknown_id_is_left_to_the_steps(make_message):
    assert_left(make_message(provider_message_id="").account, **write_report("unified", "4711"))
    assert PendingReport.objects.count() == 1


def test_a_status_that_says_nothing_is_left_to_the_steps(make_message):
    form = {"sMessageId": "4711", "sStatus": "who knows"}
    assert_left(make_message().account, data=urlencode(form), content_type=FORM)


def test_several_messages_of_one_id_are_left_to_the_steps(make_message):
    account = make_message().account
    make_message(account=account)
    assert_left(account, **write_report("unified", "4711"))
    assert list(Message.objects.order_by("id").values_list("status", flat=True)) == ["sent", "delivered"]


def test_an_id_with_another_spelling_that_may_be_elsewhere_is_left_to_the_steps(make_message):
    message = make_message("nusasms", provider_message_id="7")
    assert_left(message.account, **write_report("nusasms", "007"))
    assert Message.objects.get().status == "delivered"


def test_several_reports_are_left_to_the_steps(make_message):
    account = make_message("rajasms").account
    entry = {"sendingid": "4711", "number": "6281200000001", "deliverystatus": 3}
    store_and_apply(receipt_of(account, data=json.dumps({"status_respon": [entry, entry]}), content_type=JSON))
    assert MessageEvent.objects.count() == CallbackReceipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_dead_connection_is_made_anew(make_message, client):
    message = make_message()
    connection.close_if_unusable_or_obsolete()
    connection.connection.close()
    assert client.generic(path=door(message.account), **write_report("unified", "4711")).status_code == 200
    message.refresh_from_db()
    assert message.status == "delivered"


def test_a_plain_callback_is_planned_once_and_not_for_every_one(make_message, client):
    message = make_message()
    for number in range(8):
        Message.objects.filter(pk=message.pk).update(status="sent", provider_message_id=str(number))
        client.generic(path=door(message.account), **write_report("unified", str(number)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(generic_plans) FROM pg_prepared_statements WHERE statement LIKE '%WITH hit AS%'")
        assert cursor.fetchone()[0] >= 1
