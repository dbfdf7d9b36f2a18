"""What the sandbox sends to our callback URLs, at a real receiver."""

import re
from datetime import datetime, timedelta

import pytest

from providers.sandbox import Outcome, magic_number
from providers.sandbox.wire import JAKARTA
from tests.providers.sandbox.conftest import SLUGS, Client, await_true

NUMBER = "6281210100055"
DELIVERED_WORDS = {"nusasms": "D", "tcast": 0, "rajasms": 3, "smsmasking": "DELIVRD", "unified": "DELIVRD"}
UNDELIVERED_WORDS = {"nusasms": "U", "tcast": 1, "rajasms": 4, "smsmasking": "UNDELIVRD", "unified": "UNDELIV"}
STALE_WORDS = {"nusasms": "S", "tcast": 1, "rajasms": 2, "smsmasking": "EXPIRED", "unified": "ENROUTE"}

everywhere = pytest.mark.parametrize("slug", SLUGS)


def words_of(slug, received):
    """The status words of one callback, in its provider's own format."""
    readers = {
        "nusasms": lambda: [received.query["status"]],
        "smsmasking": lambda: [received.query["status"]],
        "unified": lambda: [received.form()["sStatus"]],
        "tcast": lambda: [row[3] for row in received.json()["array"]],
        "rajasms": lambda: [entry["deliverystatus"] for entry in received.json()["status_respon"]],
    }
    return readers[slug]()


@pytest.fixture
def registered(sandbox, receiver):
    for slug in SLUGS:
        sandbox.register_callbacks(slug, reports=receiver.url, inbox=receiver.url.replace("reports", "inbox"))
    return receiver


def test_smsmasking_calls_with_get_msgid_and_status(client, sandbox, registered):
    client.send("smsmasking", NUMBER)
    call = registered.take(1)[0]
    assert (call.method, call.path) == ("GET", "/callbacks/token/reports/")
    assert call.query == {"msgid": sandbox.submissions[0].id, "status": "DELIVRD"}


def test_smsmasking_fills_the_placeholders_of_a_registered_url(client, sandbox, receiver):
    sandbox.register_callbacks("smsmasking", reports=receiver.url + "?id=%id&s=%s")
    client.send("smsmasking", NUMBER)
    assert receiver.take(1)[0].query == {"id": sandbox.submissions[0].id, "s": "DELIVRD"}


def test_rajasms_posts_json_to_the_url_of_the_request(client, sandbox, receiver):
    client.send("rajasms", NUMBER, callbackurl=receiver.url)
    call = receiver.take(1)[0]
    assert (call.method, call.content_type) == ("POST", "application/json")
    entry = {"sendingid": int(sandbox.submissions[0].id), "number": NUMBER, "deliverystatus": 3}
    assert call.json() == {"status_respon": [entry | {"deliverystatustext": "Delivered Success"}]}


def test_rajasms_announces_a_scheduled_message(client, sandbox, registered):
    when = datetime.now(JAKARTA) + timedelta(hours=1)
    client.send("rajasms", NUMBER, sendingdatetime=f"{when:%Y-%m-%d %H:%M:%S}")
    assert words_of("rajasms", registered.take(1)[0]) == [1]
    assert not sandbox.wait_idle(timeout=0.05)


def test_tcast_puts_at_most_fifty_reports_into_one_call(make_sandbox, receiver):
    sandbox = make_sandbox(delay=0.2)
    sandbox.register_callbacks("tcast", reports=receiver.url)
    client = Client(sandbox)
    client.send("tcast", [f"62812101{index:05d}" for index in range(99)])
    client.session.close()
    assert await_true(lambda: sum(call.json()["cnt"] for call in list(receiver.requests)) == 99)
    calls = list(receiver.requests)
    assert {call.method for call in calls} == {"PUT"}
    assert 2 <= len(calls) < 20
    assert max(len(call.json()["array"]) for call in calls) <= 50


def test_tcast_rows_are_as_in_the_push_sample(client, sandbox, registered):
    client.send("tcast", NUMBER)
    body = registered.take(1)[0].json()
    row = body["array"][0]
    assert (body["type"], body["cnt"]) == ("report", 1)
    assert (row[0], row[1], row[3], row[4]) == (int(sandbox.submissions[0].id), NUMBER, 0, "success")
    assert re.fullmatch(r"20\d{12}", str(row[2]))


def test_unified_posts_a_form(client, sandbox, registered):
    client.send("unified", NUMBER)
    call = registered.take(1)[0]
    form = call.form()
    assert call.method == "POST"
    assert (form["sMobileNo"], form["sStatus"], form["sSender"]) == (NUMBER, "DELIVRD", "TOKO")
    assert form["sMessageId"] == sandbox.submissions[0].id
    assert {"dtSubmit", "dtDone", "iCostPerSms", "iCharge", "iMCCMNC", "iErrCode"} < set(form)


def test_unified_sends_no_report_where_none_is_asked_for(client, sandbox, registered):
    client.send("unified", NUMBER, dlr="0")
    client.send("unified", magic_number(Outcome.EARLY), dlr="0")
    assert sandbox.wait_idle()
    assert registered.requests == []


def test_nusasms_calls_with_get_and_the_documents_parameters(client, sandbox, registered):
    client.send("nusasms", NUMBER)
    query = registered.take(1)[0].query
    assert (query["ref_no"], query["status"], query["err_code"]) == (sandbox.submissions[0].id, "D", "0")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.0", query["sent_date"])


def test_nusasms_pushes_an_inbound_sms_untrimmed(sandbox, registered):
    inbound = sandbox.receive("nusasms", "6281322223333", "  Ya & setuju 👍\n")
    call = registered.take(1)[0]
    form = call.form()
    assert (call.method, call.path) == ("POST", "/callbacks/token/inbox/")
    assert (form["id"], form["originator"], form["msg"]) == (str(inbound.id), "6281322223333", "  Ya & setuju 👍\n")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", form["receive_date"])


@everywhere
@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.DELIVERED, (DELIVERED_WORDS,)),
        (Outcome.UNDELIVERED, (UNDELIVERED_WORDS,)),
        (Outcome.TWICE, (DELIVERED_WORDS, DELIVERED_WORDS)),
        (Outcome.OUT_OF_ORDER, (DELIVERED_WORDS, STALE_WORDS)),
        (Outcome.LATE, (DELIVERED_WORDS,)),
        (Outcome.NO_REPORT, ()),
    ],
)
def test_reports_come_as_often_and_in_the_order_of_the_outcome(client, sandbox, registered, slug, outcome, words):
    client.send(slug, magic_number(outcome))
    assert sandbox.wait_idle()
    seen = [word for call in registered.requests for word in words_of(slug, call)]
    assert seen == [table[slug] for table in words]


@everywhere
def test_a_report_can_come_before_the_answer(client, sandbox, registered, slug):
    client.send(slug, magic_number(Outcome.EARLY))
    assert len(registered.requests) == 1


def test_a_late_report_takes_fifteen_times_as_long(make_sandbox, receiver):
    sandbox = make_sandbox(delay=0.02)
    sandbox.register_callbacks("nusasms", reports=receiver.url)
    client = Client(sandbox)
    client.send("nusasms", magic_number(Outcome.LATE, 1))
    client.send("nusasms", magic_number(Outcome.DELIVERED, 2))
    client.session.close()
    late, usual = [message.id for message in sandbox.submissions]
    assert [call.query["ref_no"] for call in receiver.take(2)] == [usual, late]


@everywhere
def test_a_callback_that_is_not_answered_by_200_is_tried_again(client, sandbox, registered, slug):
    registered.statuses += [500, 404]
    client.send(slug, NUMBER)
    assert sandbox.wait_idle()
    assert [(record.status, record.attempt) for record in sandbox.callbacks] == [(500, 1), (404, 2), (200, 3)]
    assert len({call.body + repr(call.query.get("ref_no")).encode() for call in registered.requests}) == 1


def test_a_receiver_that_is_away_is_given_up_in_the_end(client, sandbox):
    sandbox.register_callbacks("tcast", reports="http://127.0.0.1:9/callbacks/token/reports/")
    client.send("tcast", NUMBER)
    assert sandbox.wait_idle()
    assert [record.status for record in sandbox.callbacks] == [0, 0, 0, 0]


def test_the_accounts_url_is_looked_up_by_provider_and_username(make_sandbox, receiver):
    asked = []

    def look_up(provider, username):
        asked.append((provider, username))
        return receiver.url, receiver.url

    sandbox = make_sandbox(callback_lookup=look_up)
    client = Client(sandbox)
    client.send("tcast", NUMBER)
    client.session.close()
    assert receiver.take(1)[0].method == "PUT"
    assert asked == [("tcast", "demo")]


def test_callbacks_never_show_their_url(client, sandbox, registered):
    client.send("unified", NUMBER)
    client.send("rajasms", NUMBER, callbackurl=registered.url)
    assert sandbox.wait_idle()
    assert "token" not in client.get("/_sandbox/state").text
    assert "token" not in repr(sandbox.callbacks) + repr(sandbox.submissions)
