"""Every magic number at every provider: what is answered, what is sent, what is reported."""

import json
import time

import pytest
import requests

from providers.sandbox import MAGIC, Outcome, magic_number, outcome_of
from tests.providers.sandbox.conftest import LISTS, SLUGS, Client, await_true

PLAIN = "+6281210100055"
REFUSED = {"nusasms": '"-11"', "tcast": '{"status":-9}', "rajasms": '"sendingstatus":60', "smsmasking": "1707"}
REFUSED["unified"] = "1706|"
CREDIT = {"nusasms": '"-2"', "tcast": '{"status":-10}', "rajasms": '"sendingstatus":80', "smsmasking": "1708"}
CREDIT["unified"] = "1025|"
CREDENTIALS = {"nusasms": '"-5"', "tcast": '{"status":-1}', "rajasms": '"globalstatus":30', "smsmasking": "1702"}
CREDENTIALS["unified"] = "1703"
ADDRESS = {"nusasms": '"-40"', "tcast": '{"status":-2}', "rajasms": '"globalstatus":40', "smsmasking": "Forbidden"}
ADDRESS["unified"] = "18|"

everywhere = pytest.mark.parametrize("slug", SLUGS)
sent_unanswered = pytest.mark.parametrize("outcome", [Outcome.SILENT, Outcome.RESET])


def test_every_outcome_has_one_magic_number():
    assert sorted(magic.outcome for magic in MAGIC.values()) == sorted(Outcome)
    assert all(outcome_of(magic_number(outcome, 9999).lstrip("+")) is outcome for outcome in Outcome)
    assert outcome_of("6281210100055") is outcome_of("6289990990001") is Outcome.DELIVERED


@everywhere
@pytest.mark.parametrize("number", [PLAIN, magic_number(Outcome.DELIVERED)])
def test_a_message_is_accepted_and_then_delivered(client, sandbox, slug, number):
    assert client.send(slug, number).ok
    assert await_true(lambda: sandbox.submissions[0].status == "delivered")
    assert sandbox.submissions[0].number == number.lstrip("+")


@everywhere
@pytest.mark.parametrize("outcome", [Outcome.UNDELIVERED, Outcome.EXPIRED, Outcome.REJECTED])
def test_a_message_ends_otherwise(client, sandbox, slug, outcome):
    client.send(slug, magic_number(outcome))
    assert await_true(lambda: sandbox.submissions[0].status == outcome.value)


@everywhere
def test_no_report_ever_leaves_the_message_open(client, sandbox, slug):
    client.send(slug, magic_number(Outcome.NO_REPORT))
    assert sandbox.wait_idle()
    assert sandbox.submissions[0].status == ""


@everywhere
@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome.REFUSED, REFUSED),
        (Outcome.CREDIT, CREDIT),
        (Outcome.CREDENTIALS, CREDENTIALS),
        (Outcome.ADDRESS, ADDRESS),
    ],
)
def test_a_refusal_comes_in_the_providers_own_code(client, sandbox, slug, outcome, expected):
    answer = client.send(slug, magic_number(outcome))
    assert expected[slug] in answer.text
    assert sandbox.submissions == []


def test_a_number_is_refused_on_whatsapp_and_reached_by_sms(client, sandbox):
    number = magic_number(Outcome.NOT_ON_WHATSAPP)
    assert client.send("smsmasking", number, path="/web2sms/api/SendWA.aspx").text == "1751"
    assert client.send("smsmasking", number).text.startswith("1701")
    assert '"-13"' in client.send("nusasms", number).text
    assert len(sandbox.submissions) == 1


@everywhere
@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.SERVER_ERROR, 500), (Outcome.HTML, 200), (Outcome.TOO_MANY, 429)]
)
def test_a_server_in_trouble_sends_nothing(client, sandbox, slug, outcome, status):
    answer = client.send(slug, magic_number(outcome))
    assert answer.status_code == status
    assert ("<html>" in answer.text) == (status != 429)
    assert sandbox.submissions == []


@everywhere
def test_the_answer_never_comes_but_the_message_is_sent(sandbox, slug):
    client = Client(sandbox, timeout=0.3)
    with pytest.raises(requests.ReadTimeout):
        client.send(slug, magic_number(Outcome.SILENT))
    assert await_true(lambda: sandbox.submissions[0].status == "delivered")
    client.session.close()


@everywhere
def test_the_connection_is_reset_after_the_message_is_sent(client, sandbox, slug):
    with pytest.raises(requests.ConnectionError, match="reset"):
        client.send(slug, magic_number(Outcome.RESET))
    assert len(sandbox.submissions) == 1


@everywhere
def test_an_empty_answer_comes_after_the_message_is_sent(client, sandbox, slug):
    assert client.send(slug, magic_number(Outcome.EMPTY)).content == b""
    assert len(sandbox.submissions) == 1


@everywhere
def test_a_cut_answer_cannot_be_read(client, sandbox, slug):
    body = client.send(slug, magic_number(Outcome.TRUNCATED)).text
    assert len(sandbox.submissions) == 1
    assert slug in ("nusasms", "rajasms", "tcast") or sandbox.submissions[0].id not in body
    if slug in ("tcast", "rajasms", "nusasms"):
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)


def test_a_cut_answer_of_unified_ends_inside_an_entry(client, sandbox):
    body = client.send("unified", [PLAIN, magic_number(Outcome.TRUNCATED)]).text
    first, second = body.split(",")
    assert first.endswith(sandbox.submissions[0].id)
    assert magic_number(Outcome.TRUNCATED).lstrip("+").startswith(second.removeprefix("1701|"))


@everywhere
def test_a_slow_answer_comes_in_the_end(client, sandbox, slug):
    started = time.monotonic()
    assert client.send(slug, magic_number(Outcome.SLOW)).ok
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("slug", LISTS)
def test_only_the_first_half_of_a_batch_is_sent(client, sandbox, slug):
    numbers = [magic_number(Outcome.HALF, index) for index in range(4)]
    body = client.send(slug, numbers).text
    assert [message.number for message in sandbox.submissions] == [number.lstrip("+") for number in numbers[:2]]
    last = {"tcast": '"success":2,"fail":0}', "rajasms": '"sendingstatus":80', "unified": f"1025|{numbers[2][1:]}"}
    assert last[slug] in body


def test_an_abort_at_unified_stops_the_rest_of_the_call(client, sandbox):
    numbers = [PLAIN, magic_number(Outcome.VALIDATION_FAILED), "+6281322223333"]
    assert client.send("unified", numbers).text.endswith("," + "1709|" + numbers[1].lstrip("+"))
    assert len(sandbox.submissions) == 1


def test_1715_is_answered_although_the_message_is_sent(client, sandbox):
    number = magic_number(Outcome.RESPONSE_TIMEOUT)
    assert client.send("unified", number).text == "1715|" + number.lstrip("+")
    assert len(sandbox.submissions) == 1


def test_a_bare_1701_carries_no_id(client, sandbox):
    assert client.send("smsmasking", magic_number(Outcome.NO_ID), trxid="ref-1").text == "1701"
    assert sandbox.submissions[0].id == "ref-1"


@everywhere
def test_an_untidy_answer_still_holds_the_id(client, sandbox, slug):
    tidy, untidy = client.send(slug, PLAIN).text, client.send(slug, magic_number(Outcome.UNTIDY)).text
    assert sandbox.submissions[1].id in untidy
    assert untidy[:7] != tidy[:7] or untidy.count("\n") > tidy.count("\n") or untidy.count('"') != tidy.count('"')


# --- what keeps duplicates out -----------------------------------------------------------------------------------


def test_a_repeated_trxid_gets_the_same_answer_and_is_not_sent_again(client, sandbox):
    answers = {client.send("smsmasking", PLAIN, trxid="ref-1").text for _ in range(3)}
    assert len(answers) == len(sandbox.submissions) == 1
    assert sandbox.counters("smsmasking").deduplicated == 2
    assert sandbox.counters("smsmasking").accepted == 1


@sent_unanswered
def test_a_repeat_after_an_unanswered_send_is_answered(sandbox, outcome):
    client = Client(sandbox, timeout=0.3)
    with pytest.raises(requests.RequestException):
        client.send("smsmasking", magic_number(outcome), trxid="ref-1")
    answer = client.send("smsmasking", magic_number(outcome), trxid="ref-1")
    assert answer.text == "1701" + sandbox.submissions[0].id
    assert len(sandbox.submissions) == 1
    client.session.close()


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if slug != "smsmasking"])
def test_nobody_else_keeps_duplicates_out(client, sandbox, slug):
    for _ in range(2):
        client.send(slug, PLAIN)
    assert len(sandbox.submissions) == 2


def test_records_are_bounded_and_counters_are_not(make_sandbox):
    sandbox = make_sandbox(keep=5)
    client = Client(sandbox)
    for index in range(8):
        client.send("smsmasking", f"62812101000{index:02d}", trxid=f"ref-{index}")
    client.session.close()
    assert [message.reference for message in sandbox.submissions] == [f"ref-{index}" for index in range(3, 8)]
    assert sandbox.counters("smsmasking").accepted == 8
