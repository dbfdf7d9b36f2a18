"""NusaSMS against its document: JSON, XML and plain answers, credits, reports, pushed SMS."""

from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from providers.adapters.nusasms import CODES, NusaSms
from providers.base import CallbackRequest
from providers.errors import AccountRefused, Uncertain, UnsupportedFeature
from providers.reading import UNREADABLE
from providers.types import AccountConfig, AccountTrouble, Channel, OutboundMessage, Outcome

JAKARTA = ZoneInfo("Asia/Jakarta")
JSON_SUCCESS = '{"results":[{"status":"0","messageid":"053380444905641291","destination":"6285100803380"}]}'
XML_SUCCESS = (
    '<?xml version="1.0" encoding="UTF-8"?> <results> <result> <status>0</status> '
    "<messageid>053380444905641291</messageid> <destination>6285100803380</destination> </result> </results>"
)
MESSAGE = OutboundMessage("ref", "+6285100803380", "testing & wa", channel=Channel.WHATSAPP)


def adapter(wire, **options):
    return NusaSms(
        AccountConfig(
            name="nusa",
            base_url=wire.base_url,
            credentials={"username": "toko-user", "password": "s3cret&pass"},
            options=options,
            timeout_seconds=20,
        )
    )


def refusal(code):
    return f'{{"results":[{{"status":"{code}","messageid":"","destination":"6285100803380"}}]}}'


def test_it_posts_a_form(wire):
    wire.answer(JSON_SUCCESS)
    adapter(wire).submit([MESSAGE])
    assert (wire.request.method, wire.request.path, wire.request.raw_query) == ("POST", "/api/v3/sendwa/plain", "")
    assert wire.request.form == {
        "username": "toko-user",
        "password": "s3cret&pass",
        "GSM": "6285100803380",
        "text": "testing & wa",
        "output": "json",
    }


@pytest.mark.parametrize(
    "body",
    [
        JSON_SUCCESS,
        XML_SUCCESS,
        XML_SUCCESS.encode("utf-8-sig"),
        "<b>Warning</b>: x in y.php\n" + XML_SUCCESS,
        "<br />\n<b>Warning</b>: x\n" + JSON_SUCCESS + "\n<!-- 0.01 s -->",
        '{"Results":{"Status":0,"MessageId":"053380444905641291"}}',
        '{"status":"0","messageid":"053380444905641291"}',
        "0,053380444905641291",
        "0 053380444905641291\r\n",
    ],
)
def test_it_reads_json_xml_and_plain_text_and_keeps_leading_zeros(wire, body):
    wire.answer(body)
    (result,) = adapter(wire, output="xml").submit([MESSAGE])
    assert (result.outcome, result.provider_message_id) == (Outcome.ACCEPTED, "053380444905641291")
    assert wire.request.form["output"] == "xml"


@pytest.mark.parametrize("code", ["-6", "-11", "-12", "-13", "-22", "-27", "-28", "-33", "-34", "-3", "-10", "-88"])
@pytest.mark.parametrize("form", [refusal, str])
def test_it_refuses_the_message(wire, code, form):
    wire.answer(form(code))
    (result,) = adapter(wire).submit([MESSAGE])
    assert (result.outcome, result.code, result.never_resend) == (Outcome.REFUSED, code, False)


@pytest.mark.parametrize("code", ["-77", "-78"])
def test_it_never_sends_a_refused_repeat_again(wire, code):
    wire.answer(refusal(code))
    (result,) = adapter(wire).submit([MESSAGE])
    assert (result.outcome, result.never_resend) == (Outcome.REFUSED, True)


@pytest.mark.parametrize("code", ["-1", "-23", "-26", "-99", "-555", "1", "OK", ""])
def test_it_leaves_errors_without_a_reason_uncertain(wire, code):
    wire.answer(refusal(code))
    (result,) = adapter(wire).submit([MESSAGE])
    assert (result.outcome, result.code) == (Outcome.UNCERTAIN, code)


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        ("-5", AccountTrouble.CREDENTIALS),
        ("-2", AccountTrouble.CREDIT),
        ("-7", AccountTrouble.EXPIRED),
        ("-40", AccountTrouble.ADDRESS),
        ("-30", AccountTrouble.OTHER),
    ],
)
def test_it_refuses_the_account_in_every_form_of_answer(wire, code, trouble):
    for body in (refusal(code), f"<results><result><status>{code}</status></result></results>", code):
        wire.answers.clear()
        wire.answer(body)
        for ask in (lambda: adapter(wire).submit([MESSAGE]), adapter(wire).fetch_balance):
            with pytest.raises(AccountRefused) as refused:
                ask()
            assert (refused.value.trouble, refused.value.code) == (trouble, code)


@pytest.mark.parametrize(
    "body",
    [
        JSON_SUCCESS[:-2],
        XML_SUCCESS[:-5],
        XML_SUCCESS.replace("</status>", ""),
        '<!DOCTYPE r [<!ENTITY e "0">]><results><result><status>&e;</status></result></results>',
        '{"results":[]}',
    ],
)
def test_it_leaves_a_broken_answer_uncertain(wire, body):
    wire.answer(body)
    with pytest.raises(Uncertain):
        adapter(wire).submit([MESSAGE])


def test_it_sends_no_sms(wire):
    with pytest.raises(UnsupportedFeature):
        adapter(wire).submit([OutboundMessage("ref", "+6285100803380", "hello")])
    assert wire.requests == []


@pytest.mark.parametrize(
    ("body", "expires_on"),
    [
        ('{"value":"50000","expiredDate":"2027-01-31 00:00:00.0"}', date(2027, 1, 31)),
        ('{"results":[{"status":"0","value":50000,"expiredDate":"2027-01-31"}]}', date(2027, 1, 31)),
        ("<response><value>50000</value><expiredDate>2027-01-31</expiredDate></response>", date(2027, 1, 31)),
        ("50000", None),
    ],
)
def test_it_reads_the_credits(wire, body, expires_on):
    wire.answer(body)
    balance = adapter(wire).fetch_balance()
    assert (balance.amount, balance.expires_on) == (Decimal(50000), expires_on)
    assert wire.request.path == "/api/command"
    assert wire.request.query == {
        "user": "toko-user",
        "password": "s3cret&pass",
        "cmd": "CREDITS",
        "type": "wa",
        "output": "json",
    }


@pytest.mark.parametrize(
    "body", ["-99", '{"value":"-1"}', '{"status":"-77","value":"5"}', "50,000", "{}", "<html/>", ""]
)
def test_it_takes_no_error_for_a_balance(wire, body):
    wire.answer(body)
    with pytest.raises(Uncertain):
        adapter(wire).fetch_balance()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"status":"D"}', "delivered"),
        ('{"results":[{"status":"d","err_code":"0"}]}', "delivered"),
        ("<results><result><status>D</status></result></results>", "delivered"),
        ("D", "delivered"),
        ('{"status":"S","err_code":"0"}', ""),
        ('{"status":"0"}', ""),
        ('{"status":"U","err_code":"27"}', "undelivered"),
    ],
)
def test_it_polls_a_report_and_trusts_only_what_is_certain(wire, body, status):
    wire.answer(body)
    (report,) = adapter(wire).fetch_reports(["053380444905641291"])
    assert (report.status, report.provider_message_id, report.raw) == (status, "053380444905641291", body)
    assert wire.request.query["ref_no"] == "053380444905641291"
    assert wire.request.query["cmd"] == "DR"


@pytest.mark.parametrize("sent_date", ["2017-09-25 17:49:05.0", "2017-09-25 17:49:05"])
def test_it_reads_a_report_by_get_and_by_post(wire, sent_date):
    query = urlencode({"ref_no": "053380444905641291", "status": "D", "sent_date": sent_date, "err_code": "0"})
    for request in (CallbackRequest("GET", query), CallbackRequest("POST", body=query.encode())):
        (report,) = adapter(wire).parse_reports(request)
        assert (report.provider_message_id, report.status) == ("053380444905641291", "delivered")
        assert report.at == datetime(2017, 9, 25, 17, 49, 5, tzinfo=JAKARTA)


def test_it_reads_a_pushed_sms_and_trims_nothing(wire):
    form = {"id": "007", "originator": "6281", "msg": " ya \n", "receive_date": "2026-01-02 03:04:05"}
    (inbound,) = adapter(wire).parse_inbound(CallbackRequest(body=urlencode(form).encode()))
    assert (inbound.provider_message_id, inbound.sender, inbound.text) == ("007", "6281", " ya \n")
    assert (inbound.channel, inbound.recipient) == (Channel.SMS, "")
    assert inbound.received_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=JAKARTA)
    (other,) = adapter(wire).parse_inbound(CallbackRequest(body=urlencode(form | {"gateway_number": "0899"}).encode()))
    assert other.recipient == "0899"


@pytest.mark.parametrize("body", [b"", b"status=D", b"ref_no=&status=D", b"ref_no=1", b"[]"])
def test_it_cannot_read_nonsense_as_a_report(wire, body):
    with pytest.raises(UNREADABLE):
        adapter(wire).parse_reports(CallbackRequest(body=body))


def test_it_names_the_forms_of_an_id(wire):
    provider = adapter(wire)
    assert provider.id_forms("053380444905641291") == ("053380444905641291", "53380444905641291")
    assert provider.id_forms("53380444905641291") == ("53380444905641291", "053380444905641291")
    assert provider.id_forms("abc") == ("abc",)


def test_it_knows_every_documented_code():
    documented = (0, 1, 2, 3, 5, 6, 7, 10, 11, 12, 13, 22, 23, 26, 27, 28, 30, 33, 34, 40, 77, 78, 88, 99)
    assert set(CODES) == {str(-code) for code in documented}
