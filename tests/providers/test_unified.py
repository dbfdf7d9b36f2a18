from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from providers.adapters.unified import Unified, schedule_fields
from providers.adapters.unified_answers import SMPP_NAMES
from providers.base import CallbackRequest
from providers.errors import AccountRefused, NotSent, Uncertain, UnsupportedFeature
from providers.transport import Reply
from providers.types import (
    AccountConfig,
    AccountTrouble,
    Channel,
    Encoding,
    OutboundMessage,
    Outcome,
    ReportStatus,
)

ONE, TWO, THREE = "+6281111111111", "+6281222222222", "+6281333333333"
REFUSED = ["1702", "1704", "1705", "1706", "1707", "1708", "1028", "1033", "1041", "1732", "1042"]
UNCLEAR = ["1710", "8", "69", "1715"]
ACCOUNT = {
    "1703": AccountTrouble.CREDENTIALS,
    "1725": AccountTrouble.CREDIT,
    "1025": AccountTrouble.CREDIT,
    "16": AccountTrouble.ADDRESS,
    "18": AccountTrouble.ADDRESS,
}
SMPP = [str(number) for number in SMPP_NAMES]


def make(base_url="http://127.0.0.1:9", zone="Asia/Jakarta", **options):
    credentials = {"username": "umum", "password": "geheim&1"}
    config = AccountConfig(
        "demo", base_url, credentials, options, sender_id="ACME", timeout_seconds=2, time_zone=ZoneInfo(zone)
    )
    return Unified(config)


@pytest.fixture
def provider(wire):
    made = []

    def build(**options):
        made.append(make(wire.base_url, **options))
        return made[-1]

    yield build
    for one in made:
        one.close()


def message(recipient=ONE, **fields):
    return OutboundMessage(**{"reference": f"r{recipient}", "recipient": recipient, "text": "Hallo"} | fields)


def read(text, *numbers, **options):
    body = text if isinstance(text, bytes) else text.encode()
    return make(**options).read_submit(Reply(200, body), [message(number) for number in numbers or (ONE,)])


def outcomes(results):
    return [result.outcome.value for result in results]


# --- what goes out ---------------------------------------------------------------------------------------------


def test_it_posts_one_text_to_a_list_of_numbers(wire, provider):
    wire.answer("1701|6281111111111|a-1,1701|6281222222222|a-2")
    results = provider().submit([message(ONE), message(TWO)])
    assert (wire.request.method, wire.request.path, wire.request.query) == ("POST", "/bulksms/bulksms", {})
    assert wire.request.form == {
        "username": "umum",
        "password": "geheim&1",
        "type": "0",
        "dlr": "1",
        "destination": "6281111111111,6281222222222",
        "source": "ACME",
        "message": "Hallo",
    }
    assert [result.provider_message_id for result in results] == ["a-1", "a-2"]
    assert all(result.report_asked for result in results)


def test_a_server_may_take_only_get(wire, provider):
    wire.answer("1701|6281111111111|a-1")
    provider(http_method="get").submit([message(sender_id="+628")])
    assert (wire.request.method, wire.request.body) == ("GET", b"")
    assert wire.request.query["source"] == "+628"
    assert "source=%2B628" in wire.request.raw_query


@pytest.mark.parametrize(
    ("fields", "kind", "text"),
    [
        ({}, "0", "Hé"),
        ({"is_flash": True}, "1", "Hé"),
        ({"encoding": Encoding.UCS2}, "2", "004800E9"),
        ({"encoding": Encoding.LATIN1}, "5", "Hé"),
        ({"encoding": Encoding.UCS2, "is_flash": True}, "6", "004800E9"),
        ({"encoding": Encoding.LATIN1, "is_flash": True}, "7", "Hé"),
    ],
)
def test_the_type_follows_from_coding_and_flash(fields, kind, text):
    form = make().build_submit([message(text="Hé", **fields)]).form
    assert (form["type"], form["message"], "url" in form) == (kind, text, False)


def test_a_wap_push_carries_its_address():
    form = make().build_submit([message(wap_url="https://example.id/a?b=1&c")]).form
    assert (form["type"], form["url"], form["message"]) == ("4", "https://example.id/a?b=1&c", "Hallo")


def test_unicode_may_go_as_utf8():
    form = make(unicode_as="utf8").build_submit([message(text="世", encoding=Encoding.UCS2)]).form
    assert (form["type"], form["message"]) == ("2", "世")


def test_without_reports_the_results_say_so(wire, provider):
    wire.answer("1701|6281111111111|a-1")
    (result,) = provider(request_reports=False).submit([message()])
    assert wire.request.form["dlr"] == "0"
    assert (result.outcome, result.report_asked) == (Outcome.ACCEPTED, False)


def test_whatsapp_is_refused_before_the_wire():
    with pytest.raises(UnsupportedFeature):
        make().submit([message(channel=Channel.WHATSAPP)])


def test_the_password_is_in_no_stored_call(wire, provider):
    wire.answer("1703")
    for method in ("post", "get"):
        account = provider(http_method=method)
        with pytest.raises(AccountRefused) as caught:
            account.submit([message()])
        shown = str(account.transport.records[0].masked()) + str(caught.value) + repr(account)
        assert "geheim" not in shown


# --- the provider's own scheduler ------------------------------------------------------------------------------


def test_it_schedules_in_the_accounts_zone(wire, provider):
    wire.answer("Scheduled|77")
    moment = datetime(2026, 3, 1, 20, 5, tzinfo=UTC)
    results = provider().submit([message(ONE, scheduled_for=moment), message(TWO, scheduled_for=moment)])
    assert wire.request.path == "/bulksms/schedulemsg"
    form = wire.request.form
    assert (form["date"], form["time"], form["gmt"]) == ("03/02/2026", "03:05 am", "GMT +7:00")
    assert b"gmt=GMT+%2B7%3A00" in wire.request.body
    assert [(result.outcome, result.provider_message_id) for result in results] == [(Outcome.ACCEPTED, "77")] * 2


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("Asia/Makassar", datetime(2026, 7, 1, 3, 30, tzinfo=UTC), ("07/01/2026", "11:30 am", "GMT +8:00")),
        ("Asia/Jakarta", datetime(2026, 7, 1, 17, 0, tzinfo=UTC), ("07/02/2026", "12:00 am", "GMT +7:00")),
        ("Asia/Jakarta", datetime(2026, 7, 1, 5, 0, tzinfo=UTC), ("07/01/2026", "12:00 pm", "GMT +7:00")),
        ("America/St_Johns", datetime(2026, 1, 1, 16, 51, tzinfo=UTC), ("01/01/2026", "01:21 pm", "GMT -3:30")),
        ("UTC", datetime(2026, 1, 1, 23, 51, tzinfo=UTC), ("01/01/2026", "11:51 pm", "GMT +0:00")),
    ],
)
def test_a_schedule_is_written_as_the_document_wants_it(zone, moment, expected):
    assert tuple(schedule_fields(moment, ZoneInfo(zone)).values()) == expected


def test_a_schedule_may_be_answered_destination_by_destination():
    results = read("Scheduled|1,scheduled|2", ONE, TWO)
    assert [result.provider_message_id for result in results] == ["1", "2"]
    with pytest.raises(ValueError, match="part"):
        read("Scheduled|1,scheduled|2", ONE, TWO, THREE)


# --- what comes back: every code -------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [*REFUSED, *SMPP])
def test_it_reads_a_refusal(code):
    (result,) = read(f"{code}|6281111111111")
    assert (result.outcome, result.code, result.account_refusal) == (Outcome.REFUSED, code, None)
    assert result.never_resend == (code in ("1732", "1042"))
    assert result.text


@pytest.mark.parametrize("code", [*UNCLEAR, "1799", "999"])
def test_an_internal_error_or_unknown_code_is_uncertain(code):
    (result,) = read(f"{code}|6281111111111")
    assert (result.outcome, result.code) == (Outcome.UNCERTAIN, code)
    assert result.never_resend == (code == "1715")


@pytest.mark.parametrize(("code", "trouble"), ACCOUNT.items())
@pytest.mark.parametrize(
    "form", ["{}", "{}\r\n", "{}|6281111111111", "{}|+6281111111111", "<b>Warning</b>: x\n{}|081111111111"]
)
def test_the_accounts_fault_stops_the_account(code, trouble, form):
    with pytest.raises(AccountRefused) as caught:
        read(form.format(code))
    assert (caught.value.trouble, caught.value.code) == (trouble, code)


@pytest.mark.parametrize("body", ["1709", "1709|6281111111111"])
def test_1709_alone_may_be_sent_again(body):
    with pytest.raises(NotSent) as caught:
        read(body)
    assert caught.value.code == "1709"


def test_every_documented_code_is_in_the_table():
    assert set(Unified.codes) == {"1701", "1709", *REFUSED, *UNCLEAR, *ACCOUNT, *SMPP}


@pytest.mark.parametrize("code", ["ESME_RTHROTTLED", "esme_rthrottled", "0x00000058", "88"])
def test_an_smpp_code_may_come_by_name_or_in_hexadecimal(code):
    (result,) = read(f"{code}|6281111111111")
    assert (result.outcome, result.code, result.text) == (Outcome.REFUSED, "88", "ESME_RTHROTTLED")


def test_smpp_names_of_documented_codes_mean_the_same():
    assert outcomes(read("ESME_RSYSERR|6281111111111")) == ["uncertain"]


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
