"""Unified: what goes out, its scheduler, and every code that comes back."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from providers.adapters.unified import Unified, schedule_fields
from providers.errors import AccountRefused, NotSent, UnsupportedFeature
from providers.types import (
    Channel,
    Encoding,
    Outcome,
)
from tests.providers.fixtures import provider_fixture
from tests.providers.unified_calls import (
    ACCOUNT,
    ONE,
    REFUSED,
    SMPP,
    THREE,
    TWO,
    UNCLEAR,
    make,
    message,
    outcomes,
    read,
)

provider = provider_fixture(make)


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
