"""Unified: lists that come back, reports, and the account itself."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from providers.adapters.unified import Unified
from providers.base import CallbackRequest
from providers.errors import AccountRefused, NotSent, Uncertain, UnsupportedFeature
from providers.types import (
    AccountTrouble,
    Outcome,
    ReportStatus,
)
from tests.providers.fixtures import provider_fixture
from tests.providers.unified_calls import ONE, THREE, TWO, make, message, outcomes, read

provider = provider_fixture(make)


# --- what comes back: lists ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "1701|6281111111111|a1,1701|6281222222222|a2,1706|6281333333333",
        "1701|6281111111111:a1,1701|6281222222222:a2,1706|6281333333333",
        "1701|+6281111111111|a1\n1701|081222222222|a2\r\n1706|6281333333333\r\n",
        "{1701}|{6281111111111}|{a1},{1701}|{6281222222222}|{a2},{1706}|{6281333333333}",
        "1706|6281333333333, 1701|6281222222222|a2, 1701|6281111111111|a1 ,",
        "\ufeff1701|6281111111111|a1,1701|6281222222222|a2,1706|6281333333333<br />",
        "<b>Warning</b>: slow, very slow\n1701|6281111111111|a1,1701|6281222222222|a2,1706|6281333333333\n<html/>",
    ],
)
def test_it_reads_a_list_in_every_spelling(body):
    results = read(body, ONE, TWO, THREE)
    assert outcomes(results) == ["accepted", "accepted", "refused"]
    assert [result.provider_message_id for result in results] == ["a1", "a2", ""]


@pytest.mark.parametrize(
    ("code", "stopped"),
    [("1025", "not_processed"), ("1709", "not_processed"), ("1732", "refused"), ("1710", "uncertain")],
)
def test_destinations_behind_a_stop_were_not_processed(code, stopped):
    results = read(f"1701|6281111111111|a1,{code}|6281222222222", ONE, TWO, THREE)
    assert outcomes(results) == ["accepted", stopped, "not_processed"]
    assert [result.account_refusal for result in results] == [None, Unified.codes[code].trouble, None]


def test_nothing_accepted_and_no_credit_is_the_accounts_fault():
    with pytest.raises(AccountRefused) as caught:
        read("1025|6281111111111", ONE, TWO, THREE)
    assert caught.value.trouble is AccountTrouble.CREDIT


def test_a_bad_number_before_the_stop_is_still_refused():
    results = read("1706|6281111111111,1703|6281222222222", ONE, TWO, THREE)
    assert outcomes(results) == ["refused", "not_processed", "not_processed"]
    assert results[1].account_refusal is AccountTrouble.CREDENTIALS


@pytest.mark.parametrize(
    "body",
    [
        "1701|6281111111111|a1,1706|6281222222222",
        "1701|6281111111111|a1,1715|6281222222222",
        "1701|6281111111111|a1,1799|6281222222222",
        "1732|6281111111111,1701|6281222222222|a2",
        "1025|6281111111111,1025|6281111111111,1706|6281222222222",
    ],
)
def test_missing_destinations_without_a_stop_are_uncertain(body):
    assert read(body, ONE, TWO, THREE)[2].outcome is Outcome.UNCERTAIN


def test_only_the_named_number_of_a_1715_may_never_be_sent_again():
    results = read("1701|6281111111111|a1,1715|6281222222222", ONE, TWO, THREE)
    assert [result.never_resend for result in results] == [False, True, False]


WHOLE = "1701|6281111111111|a1,1701|6281222222222|a2,1025|6281333333333"


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_a_list_cut_anywhere_never_gives_a_number_back_to_the_queue(wire, provider, length):
    wire.answer(WHOLE[:length])
    try:
        results = provider().submit([message(ONE), message(TWO), message(THREE)])
    except Uncertain:
        return
    assert all(result.outcome in (Outcome.ACCEPTED, Outcome.UNCERTAIN) for result in results)


def test_a_cut_entry_that_names_the_empty_credit_still_stops_the_account():
    results = read("1701|6281111111111|a1,1025|62812", ONE, TWO, THREE)
    assert outcomes(results) == ["accepted", "uncertain", "uncertain"]
    assert results[1].account_refusal is AccountTrouble.CREDIT


def test_a_number_that_begins_another_is_not_taken_for_it_where_the_list_may_be_cut():
    short, long = "+628111111111", "+6281111111111"
    assert outcomes(read("1025|628111111111", long, short)) == ["uncertain", "uncertain"]
    assert outcomes(read("1706|628111111111,1701|6281111111111|a1", long, short)) == ["accepted", "refused"]


@pytest.mark.parametrize("body", ["1701|", "1701|6", "1701|6281111", "1706|628111", "1701|+62811", "1732|628"])
def test_a_single_entry_that_ends_inside_its_number_is_uncertain(wire, provider, body):
    wire.answer(body)
    try:
        (result,) = provider().submit([message(ONE)])
    except Uncertain:
        return
    assert result.outcome is Outcome.UNCERTAIN


def test_a_number_skipped_before_the_stop_is_uncertain():
    results = read("1701|6281111111111|a1,1025|6281333333333", ONE, TWO, THREE)
    assert outcomes(results) == ["accepted", "uncertain", "not_processed"]


def test_a_number_that_we_did_not_send_makes_the_missing_ones_uncertain():
    results = read("1701|6289999|x,1025|6281111111111", ONE, TWO)
    assert outcomes(results) == ["not_processed", "uncertain"]


def test_of_two_answers_for_one_number_the_acceptance_counts():
    results = read("1701|6281111111111|a1,1706|6281111111111,1701|6281222222222|a2", ONE, TWO)
    assert outcomes(results) == ["accepted", "accepted"]


def test_a_bare_code_answers_the_whole_request():
    assert outcomes(read("1707", ONE, TWO)) == ["refused", "refused"]
    assert outcomes(read("1715", ONE, TWO)) == ["uncertain", "uncertain"]
    assert outcomes(read("1701", ONE)) == ["accepted"]
    with pytest.raises(AccountRefused):
        read("1703", ONE, TWO)
    with pytest.raises(NotSent):
        read("1709", ONE, TWO)


def test_a_single_answer_belongs_to_a_single_message_whatever_the_numbers_spelling():
    assert outcomes(read("1701|81111111111|a1", ONE)) == ["accepted"]


@pytest.mark.parametrize(
    "body",
    ["", "1", "10", "17", "102", "OK", "Sche", "<html>\n<h1>\n80\n</h1>\nSorry\n</html>", "Internal Server Error"],
)
def test_nonsense_is_uncertain(wire, provider, body):
    wire.answer(body)
    with pytest.raises(Uncertain):
        provider().submit([message()])


# --- reports and credit ----------------------------------------------------------------------------------------

WORDS = {
    "DELIVRD": ReportStatus.DELIVERED,
    "EXPIRED": ReportStatus.EXPIRED,
    "UNDELIV": ReportStatus.UNDELIVERED,
    "DELETED": ReportStatus.UNDELIVERED,
    "REJECTD": ReportStatus.REJECTED,
    "ACKED": ReportStatus.NOTHING_NEW,
    "ENROUTE": ReportStatus.NOTHING_NEW,
    "ACCEPTED": ReportStatus.NOTHING_NEW,
    "UNKNOWN": ReportStatus.NOTHING_NEW,
}


@pytest.mark.parametrize(("word", "status"), WORDS.items())
def test_it_reads_every_delivery_status(word, status):
    (report,) = make().parse_reports(CallbackRequest("GET", query=f"sMessageId=1&sStatus={word}"))
    assert (report.status, report.raw) == (status, word)
    assert set(WORDS) == set(Unified.report_codes)


def test_it_reads_a_report_with_all_its_fields():
    body = (
        b"sSender=ACME&sMobileNo=6281111111111&sStatus=UNDELIV&dtSubmit=2026-03-01+10%3A00%3A00"
        b"&dtDone=2026-03-01+10%3A00%3A09&sMessageId=+a-1+&iCostPerSms=0.5&iCharge=1%2C250.50&iMCCMNC=51010&iErrCode=27"
    )
    (report,) = make().parse_reports(CallbackRequest("POST", content_type="whatever", body=body))
    assert (report.provider_message_id, report.recipient) == ("a-1", "6281111111111")
    assert (report.code, report.price) == ("27", Decimal("1250.50"))
    assert report.at == datetime(2026, 3, 1, 10, 0, 9, tzinfo=ZoneInfo("Asia/Jakarta"))


def test_it_reads_a_report_as_json_in_any_case():
    body = b'{"SMESSAGEID": 12345678901234567890, "sstatus": "DELIVRD", "iErrCode": "NULL", "iCharge": 0}'
    (report,) = make().parse_reports(CallbackRequest("POST", body=body))
    assert (report.provider_message_id, report.code, report.price) == ("12345678901234567890", "", Decimal(0))


@pytest.mark.parametrize("error", ["", "0", "NULL", "null"])
def test_no_error_is_no_code(error):
    (report,) = make().parse_reports(CallbackRequest(query=f"sMessageId=1&sStatus=DELIVRD&iErrCode={error}"))
    assert report.code == ""


@pytest.mark.parametrize("done", ["", "03/04/2026", "0001-01-01", "9" * 500, "NULL"])
def test_a_moment_that_cannot_be_read_is_left_out(done):
    query = f"sMessageId=1&sStatus=DELIVRD&dtDone={done}&iCharge={done}"
    (report,) = make().parse_reports(CallbackRequest(query=query))
    assert (report.at, report.price) == (None, None)


@pytest.mark.parametrize("query", ["", "sMessageId=&sStatus=DELIVRD", "sMessageId=1", "sStatus=DELIVRD"])
def test_a_callback_without_id_or_status_is_unreadable(query):
    with pytest.raises((KeyError, ValueError)):
        make().parse_reports(CallbackRequest("GET", query=query))


@pytest.mark.parametrize(
    ("body", "amount"),
    [("Credits: 50000", "50000"), ("balance:23.3", "23.3"), ("User 7 has 1,250,000.5 left", "1250000.5"), ("0", "0")],
)
def test_the_credit_is_the_last_number(wire, provider, body, amount):
    wire.answer(body)
    assert provider(has_balance=True).check().amount == Decimal(amount)
    assert wire.request.path == "/CreditCheck/checkcredits"
    assert wire.request.query == {"username": "umum", "password": "geheim&1"}


@pytest.mark.parametrize(
    ("body", "error"), [("1703", AccountRefused), ("<html>404</html>", Uncertain), ("", Uncertain), ("none", Uncertain)]
)
def test_an_error_is_not_a_credit(wire, provider, body, error):
    wire.answer(body)
    with pytest.raises(error):
        provider(has_balance=True).fetch_balance()


def test_without_the_option_there_is_neither_credit_nor_check():
    capabilities = Unified.capabilities_for({})
    assert (capabilities.balance, capabilities.check, capabilities.max_batch) == (False, False, 50)
    for call in (make().fetch_balance, make().check):
        with pytest.raises(UnsupportedFeature):
            call()
