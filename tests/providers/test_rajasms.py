"""rajasms against its document: batches, packets matched by order or number, balance, callback."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from providers.adapters.rajasms import CODES, REPORT_CODES, RajaSms
from providers.base import CallbackRequest
from providers.errors import AccountRefused, RateLimited, Uncertain, UnsupportedFeature
from providers.reading import UNREADABLE
from providers.types import AccountConfig, AccountTrouble, OutboundMessage, Outcome, ReportStatus

NUMBERS = ("+62811100001", "+62811100002", "+62811100003")
SAMPLE = """{"sending_respon": [
        "globalstatus": 10,
        "globalstatustext": "Success",
        "datapacket": [
              "packet": {
                      "number": "62811100001",
                      "sendingid": 12345788,
                      "sendingstatus": 10,
                      "sendingstatustext": "success",
                      "price": 70
                      }
              },
              "packet": {
                      "number": "62811100002",
                      "sendingid": 9775454545,
                      "sendingstatus": 10,
                      "sendingstatustext": "success",
                      "price": 70
                      }
              }]
       }]"""


def adapter(wire, *, callback_url="", base_url="", **options):
    return RajaSms(
        AccountConfig(
            name="raja",
            base_url=base_url or wire.base_url,
            credentials={"apikey": "key-4711"},
            options=options,
            timeout_seconds=20,
            callback_url=callback_url,
        )
    )


def messages(*numbers, **more):
    return [OutboundMessage(f"ref{index}", number, f"text {index}", **more) for index, number in enumerate(numbers)]


def packet(number, status=10, sending_id=1):
    return {
        "packet": {
            "number": number,
            "sendingid": sending_id,
            "sendingstatus": status,
            "sendingstatustext": "said",
            "price": 70,
        }
    }


def respond(*packets, status=10):
    answer = {"globalstatus": status, "globalstatustext": "said", "datapacket": list(packets)}
    return json.dumps({"sending_respon": [answer]})


def outcomes(results):
    return [result.outcome for result in results]


def test_it_posts_a_flat_list_with_a_text_for_each(wire):
    wire.answer(respond(packet("62811100001"), packet("62811100002")))
    adapter(wire, callback_url="http://127.0.0.1:8000/callbacks/tok/reports/").submit(messages(*NUMBERS[:2]))
    assert wire.request.method == "POST"
    assert wire.request.path == "/sms/api_sms_masking_send_json.php"
    assert wire.request.json == {
        "apikey": "key-4711",
        "callbackurl": "http://127.0.0.1:8000/callbacks/tok/reports/",
        "datapacket": [
            {"number": "62811100001", "message": "text 0", "sendingdatetime": ""},
            {"number": "62811100002", "message": "text 1", "sendingdatetime": ""},
        ],
    }


def test_it_sends_the_schedule_in_jakarta_time_whatever_the_zone(wire):
    moment = datetime(2026, 1, 31, 18, 30, tzinfo=UTC)
    body = adapter(wire).build_submit(messages(NUMBERS[0], scheduled_for=moment)).json
    assert body["datapacket"][0]["sendingdatetime"] == "2026-02-01 01:30:00"


def test_it_names_no_callback_address_that_a_provider_elsewhere_cannot_reach(wire):
    far = adapter(wire, callback_url="http://localhost:8000/callbacks/tok/reports/", base_url="https://sms.example.com")
    assert far.build_submit(messages(NUMBERS[0])).json["callbackurl"] == ""
    public = adapter(wire, callback_url="https://us.example.com/callbacks/tok/reports/", base_url="https://s.example")
    assert public.build_submit(messages(NUMBERS[0])).json["callbackurl"].startswith("https://us.example.com/")


def test_its_options_choose_product_and_encoded_text(wire):
    wire.answer(respond(packet("62811100001")))
    message = OutboundMessage("r", NUMBERS[0], "50% & more")
    adapter(wire, product="otp", urlencode_message=True).submit([message])
    assert wire.request.path == "/sms/api_sms_otp_send_json.php"
    assert wire.request.json["datapacket"][0]["message"] == "50%25%20%26%20more"


def test_it_reads_the_documents_own_sample_though_it_is_no_json(wire):
    wire.answer(SAMPLE)
    first, second = adapter(wire).submit(messages(*NUMBERS[:2]))
    assert (first.outcome, first.provider_message_id, first.price) == (Outcome.ACCEPTED, "12345788", Decimal(70))
    assert second.provider_message_id == "9775454545"


def test_it_leaves_a_cut_off_sample_uncertain(wire):
    wire.answer(SAMPLE[: SAMPLE.index("62811100002")])
    with pytest.raises(Uncertain):
        adapter(wire).submit(messages(*NUMBERS[:2]))


def test_it_reads_the_object_without_list_and_wrapper_behind_a_warning(wire):
    bare = {"Sending_Respon": {"GlobalStatus": "10", "datapacket": packet("0811100001")["packet"]}}
    wire.answer("<br />\n<b>Warning</b>: {main} in x.php\n" + json.dumps(bare))
    (result,) = adapter(wire).submit(messages(NUMBERS[0]))
    assert (result.outcome, result.provider_message_id) == (Outcome.ACCEPTED, "1")


def test_it_matches_packets_by_number_where_order_differs_and_leaves_missing_ones_uncertain(wire):
    wire.answer(respond(packet("62811100003", sending_id=3), packet("62811100001", sending_id=1)))
    results = adapter(wire).submit(messages(*NUMBERS))
    assert [result.provider_message_id for result in results] == ["1", "", "3"]
    assert outcomes(results) == [Outcome.ACCEPTED, Outcome.UNCERTAIN, Outcome.ACCEPTED]


def test_it_consumes_repeated_numbers_in_their_order(wire):
    wire.answer(respond(packet("62811100001", sending_id=1), packet("62811100001", sending_id=2), packet("62899")))
    results = adapter(wire).submit(messages(NUMBERS[0], NUMBERS[0]))
    assert [result.provider_message_id for result in results] == ["1", "2"]


def test_it_reads_each_packets_own_code(wire):
    wire.answer(respond(packet("62811100001", 60), packet("62811100002", 90), packet("62811100003", 77)))
    results = adapter(wire).submit(messages(*NUMBERS))
    assert outcomes(results) == [Outcome.REFUSED, Outcome.UNCERTAIN, Outcome.UNCERTAIN]
    assert (results[0].code, results[0].text, results[0].provider_message_id) == ("60", "said", "")


def test_it_keeps_what_was_accepted_when_the_credit_ends_inside_a_batch(wire):
    wire.answer(respond(packet("62811100001"), packet("62811100002", 80), packet("62811100003", 60)))
    results = adapter(wire).submit(messages(*NUMBERS))
    assert outcomes(results) == [Outcome.ACCEPTED, Outcome.NOT_PROCESSED, Outcome.REFUSED]
    assert results[1].account_refusal is AccountTrouble.CREDIT


def test_it_refuses_the_account_when_the_credit_ended_before_the_first_message(wire):
    wire.answer(respond(packet("62811100001", 80), packet("62811100002", 80)))
    with pytest.raises(AccountRefused) as refused:
        adapter(wire).submit(messages(*NUMBERS[:2]))
    assert (refused.value.trouble, refused.value.code) == (AccountTrouble.CREDIT, "80")


@pytest.mark.parametrize("code", [20, 55])
def test_it_tries_a_request_that_was_not_read_once_more(wire, code):
    wire.answer(respond(status=code))
    results = adapter(wire).submit(messages(*NUMBERS))
    assert {(each.outcome, each.retry_once) for each in results} == {(Outcome.NOT_PROCESSED, True)}
    assert len(results) == 3


@pytest.mark.parametrize(
    ("code", "trouble"),
    [(30, AccountTrouble.CREDENTIALS), (40, AccountTrouble.ADDRESS), (50, AccountTrouble.EXPIRED)],
)
def test_it_refuses_the_account_for_global_codes(wire, code, trouble):
    wire.answer(respond(status=code))
    with pytest.raises(AccountRefused) as refused:
        adapter(wire).submit(messages(NUMBERS[0]))
    assert refused.value.trouble is trouble


@pytest.mark.parametrize("code", [25, 35, 99, "", None])
def test_it_leaves_other_global_codes_uncertain_even_with_packets(wire, code):
    wire.answer(respond(packet("62811100001"), status=code))
    assert outcomes(adapter(wire).submit(messages(NUMBERS[0]))) == [Outcome.UNCERTAIN]


def test_it_refuses_more_than_a_thousand_before_the_wire(wire):
    with pytest.raises(UnsupportedFeature):
        adapter(wire).submit(messages(*NUMBERS) * 334)
    assert wire.requests == []


@pytest.mark.parametrize(
    ("expired", "day"),
    [("2027-03-31", date(2027, 3, 31)), ("2027-03-31 23:59:59", date(2027, 3, 31)), ("", None), ("0000-00-00", None)],
)
def test_it_reads_the_balance_whatever_the_case_of_its_keys(wire, expired, day):
    wire.answer(json.dumps({"balance_respon": [{"globalstatus": "10", "Balance": "125000.50", "expired": expired}]}))
    balance = adapter(wire).fetch_balance()
    assert (balance.amount, balance.expires_on) == (Decimal("125000.50"), day)
    assert wire.request.path == "/sms/api_sms_masking_balance_json.php"
    assert wire.request.json == {"apikey": "key-4711"}


@pytest.mark.parametrize(("code", "error"), [(35, RateLimited), (25, Uncertain), (20, Uncertain), (30, AccountRefused)])
def test_it_says_why_there_is_no_balance(wire, code, error):
    wire.answer(json.dumps({"balance_respon": [{"globalstatus": code, "globalstatustext": "no"}]}))
    with pytest.raises(error) as raised:
        adapter(wire).fetch_balance()
    assert raised.value.code == str(code)
    assert getattr(raised.value, "retry_after", 900) == 900


def test_it_reads_several_reports_of_one_callback(wire):
    entries = [
        {"sendingid": 9775454545, "number": "0811100001", "deliverystatus": code, "deliverystatustext": "t"}
        for code in ("3", 7, 1, 42)
    ]
    body = json.dumps({"status_respon": [*entries, {"sendingid": 5}, None]}).encode()
    reports = adapter(wire).parse_reports(CallbackRequest(body=body))
    assert [report.status for report in reports] == ["delivered", "rejected", "sent", ""]
    assert (reports[0].provider_message_id, reports[0].recipient, reports[0].code) == ("9775454545", "62811100001", "3")


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"status_respon": [{}]}', b"[" * 5000, b'{"status_respon": "x"}'])
def test_it_cannot_read_nonsense_as_reports(wire, body):
    with pytest.raises(UNREADABLE):
        adapter(wire).parse_reports(CallbackRequest(body=body))


def test_it_knows_every_documented_code():
    assert set(CODES) == {f"global {code}" for code in (10, 20, 25, 30, 35, 40, 50, 55)} | {
        f"packet {code}" for code in (10, 60, 70, 80, 90)
    }
    assert set(REPORT_CODES) == {str(code) for code in range(1, 11)}
    assert REPORT_CODES["10"].status is ReportStatus.DELIVERED
