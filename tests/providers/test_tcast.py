"""TCAST against its document: number lists, counters, reports of four and seven columns, the inbox, the push."""

import base64
import json
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from providers.adapters.tcast import CODES, Tcast
from providers.base import CallbackRequest
from providers.errors import AccountRefused, Uncertain, UnsupportedFeature
from providers.reading import UNREADABLE
from providers.types import AccountConfig, AccountTrouble, OutboundMessage, Outcome

NUMBERS = ("+6281210100055", "+6281210100056", "+6281210100057")
MAKASSAR = ZoneInfo("Asia/Makassar")


def adapter(wire, sender_id="", **options):
    return Tcast(
        AccountConfig(
            name="tcast",
            base_url=wire.base_url,
            credentials={"account": "acct-0012", "password": "p&ss wörd"},
            options=options,
            sender_id=sender_id,
            timeout_seconds=20,
            time_zone=MAKASSAR,
        )
    )


def messages(*numbers, text="Kode 1234"):
    return [OutboundMessage(f"ref{index}", number, text) for index, number in enumerate(numbers)]


def outcomes(results):
    return [result.outcome for result in results]


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def test_it_posts_one_text_to_a_list_of_numbers(wire):
    wire.answer('{"status":0,"array":[[6281210100056,7],["6281210100055","0012"]],"success":2,"fail":0}')
    first, second = adapter(wire, sender_id="TOKO").submit(messages(*NUMBERS[:2]))
    assert (first.outcome, first.provider_message_id) == (Outcome.ACCEPTED, "0012")
    assert second.provider_message_id == "7"
    assert (wire.request.method, wire.request.path) == ("POST", "/sendsms")
    assert wire.request.json == {
        "account": "acct-0012",
        "password": "p&ss wörd",
        "smstype": 0,
        "sender": "TOKO",
        "numbers": "6281210100055,6281210100056",
        "content": "Kode 1234",
    }


def test_it_sends_by_get_to_servers_that_take_only_that(wire):
    wire.answer('{"status":0, "array":[[6281210100055,1620443]], "success":1, "fail":0}')
    adapter(wire, http_method="get").submit(messages(NUMBERS[0], text="a&b ü"))
    assert (wire.request.method, wire.request.body) == ("GET", b"")
    assert wire.request.query == {
        "account": "acct-0012",
        "password": "p&ss wörd",
        "sender": "",
        "numbers": "6281210100055",
        "content": "a&b ü",
    }


def test_it_takes_a_single_row_without_its_list(wire):
    wire.answer('{"status":"0", "array":[6281210100055,1620443], "success":"1", "fail":"0"}')
    assert outcomes(adapter(wire).submit(messages(NUMBERS[0]))) == [Outcome.ACCEPTED]


def test_it_refuses_a_missing_number_when_the_counters_prove_it(wire):
    wire.answer('{"status":0, "array":[[6281210100055,1]], "success":1, "fail":2}')
    assert outcomes(adapter(wire).submit(messages(*NUMBERS))) == [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.REFUSED]


@pytest.mark.parametrize(
    "counters",
    ['"success":1,"fail":0', '"success":3,"fail":0', '"fail":2', '"success":null,"fail":"x"', '"success":2,"fail":2'],
)
def test_it_leaves_a_missing_number_uncertain_when_the_counters_do_not_fit(wire, counters):
    wire.answer(f'{{"status":0, "array":[[6281210100055,1]], {counters}}}')
    results = adapter(wire).submit(messages(*NUMBERS))
    assert outcomes(results) == [Outcome.ACCEPTED, Outcome.UNCERTAIN, Outcome.UNCERTAIN]


def test_it_leaves_missing_numbers_uncertain_beside_a_number_that_we_never_sent(wire):
    wire.answer('{"status":0, "array":[[6281210100055,1],[628999,2]], "success":2, "fail":1}')
    assert outcomes(adapter(wire).submit(messages(*NUMBERS[:2]))) == [Outcome.ACCEPTED, Outcome.UNCERTAIN]


@pytest.mark.parametrize("code", ["-7", "-8", "-9"])
def test_it_sends_a_list_one_by_one_after_a_bad_number_and_refuses_a_single_one(wire, code):
    wire.answer(f'{{"status":{code}}}')
    many = adapter(wire).submit(messages(*NUMBERS))
    assert {(each.outcome, each.send_alone) for each in many} == {(Outcome.NOT_PROCESSED, True)}
    (one,) = adapter(wire).submit(messages(NUMBERS[0]))
    assert (one.outcome, one.send_alone, one.code) == (Outcome.REFUSED, False, code)


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (-1, AccountTrouble.CREDENTIALS),
        (-2, AccountTrouble.ADDRESS),
        (-10, AccountTrouble.CREDIT),
        (-13, AccountTrouble.LOCKED),
    ],
)
def test_it_refuses_the_account(wire, code, trouble):
    wire.answer(f'{{"status":{code}}}')
    for ask in (lambda: adapter(wire).submit(messages(NUMBERS[0])), lambda: adapter(wire).fetch_reports(["1"])):
        with pytest.raises(AccountRefused) as refused:
            ask()
        assert (refused.value.trouble, refused.value.code) == (trouble, str(code))


@pytest.mark.parametrize("code", ["-3", "-4", "-5", "-6", "-11"])
def test_it_refuses_the_text_for_all_numbers(wire, code):
    wire.answer(f'{{"status":{code}}}')
    assert outcomes(adapter(wire).submit(messages(*NUMBERS))) == [Outcome.REFUSED] * 3


@pytest.mark.parametrize("code", ["-12", "-99", "7", "null"])
def test_it_leaves_a_platform_error_and_unknown_codes_uncertain(wire, code):
    wire.answer(f'{{"status":{code}}}')
    assert outcomes(adapter(wire).submit(messages(*NUMBERS[:2]))) == [Outcome.UNCERTAIN] * 2


def test_it_refuses_different_texts_in_one_call_before_the_wire(wire):
    with pytest.raises(UnsupportedFeature):
        adapter(wire).submit(messages(NUMBERS[0]) + messages(NUMBERS[1], text="other"))
    assert wire.requests == []


def test_it_reads_balance_and_bonus(wire):
    wire.answer('{"status":0, "balance":"499740.000000", "gift":"12.500000"}')
    balance = adapter(wire).fetch_balance()
    assert (balance.amount, balance.bonus) == (Decimal(499740), Decimal("12.5"))
    assert wire.request.path == "/getbalance"


def test_it_reads_reports_of_four_columns(wire):
    rows = [
        [1620442, 6281210100055, 20180619101517, 0],
        ["2", "6281210100056", "", "1"],
        [3, "62", 0, 2],
        [4, "62", 0, 1005],
        [5, "62", 0, 1007],
        [6, "62", 0, 1013],
        [7, "62", 0, 1999],
        "noise",
    ]
    wire.answer(json.dumps({"status": 0, "array": rows, "success": 1, "nofound": 0}))
    reports = adapter(wire).fetch_reports(["1620442", "2"])
    expected = ["sent", "", "", "rejected", "expired", "undelivered", "undelivered"]
    assert [report.status for report in reports] == expected
    assert reports[0].at == datetime(2018, 6, 19, 10, 15, 17, tzinfo=MAKASSAR)
    assert (reports[0].provider_message_id, reports[1].at) == ("1620442", None)
    assert wire.request.query["ids"] == "1620442,2"


def test_it_takes_zero_for_delivered_where_the_option_says_so(wire):
    wire.answer('{"status":0, "array":[[1,"62",20180619101517,0]]}')
    assert adapter(wire, zero_means_delivered=True).fetch_reports(["1"])[0].status == "delivered"


def test_it_reads_reports_of_seven_columns(wire):
    rows = [[n, "62", 20180619101517, 0, "label", 20180619101520, n] for n in range(7)]
    rows += [[8, "62", 20180619101517, 1011, "bad", None, 0], [9, "62", 20180619101517, 2, "", "", 3]]
    wire.answer(json.dumps({"status": 0, "array": rows}))
    reports = adapter(wire, zero_means_delivered=True).fetch_reports(["1"])
    expected = ["", "", "undelivered", "delivered", "expired", "", "", "rejected", "delivered"]
    assert [report.status for report in reports] == expected
    assert (reports[3].at, reports[3].text) == (datetime(2018, 6, 19, 10, 15, 20, tzinfo=MAKASSAR), "label")


def test_it_keeps_the_raw_inbox_before_anyone_reads_it(wire):
    wire.answer(b'{"status":0, "cnt":1, "array":[[1,10010,2017')
    provider, kept = adapter(wire), []
    provider.transport.keep = lambda name, body: kept.append((name, body))
    with pytest.raises(Uncertain):
        provider.fetch_inbox()
    assert kept == [("getsms", b'{"status":0, "cnt":1, "array":[[1,10010,2017')]


def test_it_reads_the_inbox_in_base64_and_in_plain_text(wire):
    texts = ["Halo dunia é 😀", "STOP", " ya, mau ", "Info", ""]
    contents = [encoded(texts[0]), *texts[1:]]
    rows = [[index, 10010, 20171001123015, content] for index, content in enumerate(contents)]
    wire.answer(json.dumps({"status": 0, "cnt": len(rows), "array": rows}))
    inbox = adapter(wire).fetch_inbox()
    assert [each.text for each in inbox] == texts
    assert inbox[0].received_at == datetime(2017, 10, 1, 12, 30, 15, tzinfo=MAKASSAR)
    assert (inbox[0].provider_message_id, inbox[0].sender) == ("0", "10010")


def test_it_reads_the_documents_push_sample(wire):
    body = (
        b'{"type":"report","cnt":2,"array":[[1,"1234545456",20180801123015,0,"success"],'
        b'[2,"2356844545",20180801223015, 1, "no balance"]]}'
    )
    first, second = adapter(wire).parse_reports(CallbackRequest("PUT", body=body))
    assert (first.provider_message_id, first.status, first.text) == ("1", "sent", "success")
    assert (second.status, second.code, second.text) == ("undelivered", "1", "no balance")
    assert adapter(wire, zero_means_delivered=True).parse_reports(CallbackRequest(body=body))[0].status == "delivered"
    assert adapter(wire).callback_answer() == ('{"status":0}', "application/json")


def test_it_ignores_pushes_of_other_types(wire):
    assert adapter(wire).parse_reports(CallbackRequest(body=b'{"type":"sms","cnt":1,"array":[[1]]}')) == []


@pytest.mark.parametrize("body", [b"", b"nonsense", b'{"array":[[1]]}', b'{"array":[["","62",0,0]]}'])
def test_it_cannot_read_nonsense_as_a_push(wire, body):
    with pytest.raises(UNREADABLE):
        adapter(wire).parse_reports(CallbackRequest(body=body))


def test_it_knows_every_documented_code():
    assert set(CODES) == {str(-code) for code in range(14)}
