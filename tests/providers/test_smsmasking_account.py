"""smsmasking: groups, reports, and the account itself."""

from decimal import Decimal

import pytest

from providers.adapters.smsmasking import SmsMasking
from providers.base import CallbackRequest
from providers.errors import AccountRefused, Uncertain, UnsupportedFeature
from providers.types import (
    AccountTrouble,
    Outcome,
    ReportStatus,
)
from tests.providers.fixtures import provider_fixture
from tests.providers.smsmasking_calls import TAIL, make, md5

provider = provider_fixture(make)


# --- groups ----------------------------------------------------------------------------------------------------


def test_it_sends_to_a_group(wire, provider):
    wire.answer("1701")
    (result,) = provider().send_to_group("Marketing", "Hello world")
    assert wire.request.path == "/web2sms/api/SendSMSGroup.aspx"
    assert wire.request.query == {
        "group": "Marketing",
        "msg": "Hello world",
        "username": "sms",
        "auth": md5("smsgeheim&1"),
    }
    assert result.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("answer", ["1701|a1\r\n1706\r\n1701|a3", "1701a1,1706,1701a3", "1701a1;1706;1701a3;" + TAIL])
def test_a_group_may_be_answered_member_by_member(wire, provider, answer):
    wire.answer(answer.split("\r\n\r\n")[0])
    results = provider().send_to_group("Marketing", "Hello")
    assert [result.provider_message_id for result in results] == ["a1", "", "a3"]
    assert [result.outcome for result in results] == [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.ACCEPTED]


def test_a_group_answer_with_a_page_behind_it_is_one_answer(wire, provider):
    wire.answer("1709" + TAIL)
    (result,) = provider().send_to_group("Nobody", "Hello")
    assert (result.outcome, result.code) == (Outcome.REFUSED, "1709")


def test_a_group_send_without_credit_stops_the_account_only_if_nobody_got_it(wire, provider):
    wire.answer("1708")
    with pytest.raises(AccountRefused):
        provider().send_to_group("Marketing", "Hello")
    wire.answer("1701|a1\n1708")
    accepted, refused = provider().send_to_group("Marketing", "Hello")
    assert (accepted.outcome, refused.account_refusal) == (Outcome.ACCEPTED, AccountTrouble.CREDIT)


@pytest.mark.parametrize("text", ["x" * 161, "世界"])
def test_group_texts_beyond_the_limit_are_refused_before_the_wire(wire, provider, text):
    with pytest.raises(UnsupportedFeature):
        provider().send_to_group("Marketing", text)
    assert wire.requests == []


# --- reports ---------------------------------------------------------------------------------------------------

WORDS = {
    "DELIVRD": ReportStatus.DELIVERED,
    "UNDELIVRD": ReportStatus.UNDELIVERED,
    "REJECTED": ReportStatus.REJECTED,
    "EXPIRED": ReportStatus.EXPIRED,
    "delivered": ReportStatus.DELIVERED,
    "Undeliverable": ReportStatus.UNDELIVERED,
    "SENT": ReportStatus.NOTHING_NEW,
}


@pytest.mark.parametrize(("word", "status"), WORDS.items())
@pytest.mark.parametrize("form", ["{}", "1701{}", "1701|{}", "1701 {}\r\n<html></html>"])
def test_it_polls_a_report(wire, provider, word, status, form):
    wire.answer(form.format(word))
    (report,) = provider().fetch_reports(["0012"])
    assert (wire.request.path, wire.request.query) == ("/web2sms/api/Report.aspx", {"msgid": "0012"})
    assert (report.provider_message_id, report.status, report.text) == ("0012", status, word)


@pytest.mark.parametrize("code", ["1701", "1704", "1713"])
def test_a_bare_code_is_no_report(wire, provider, code):
    wire.answer(code)
    (report,) = provider().fetch_reports(["1"])
    assert (report.status, report.code) == (ReportStatus.NOTHING_NEW, code)


def test_a_page_or_nothing_is_no_readable_report(wire, provider):
    for body in ("", "<html></html>"):
        wire.answer(body)
        with pytest.raises(Uncertain):
            provider().fetch_reports(["1"])


@pytest.mark.parametrize(("word", "status"), WORDS.items())
def test_it_reads_a_delivery_callback(word, status):
    for request in (
        CallbackRequest("GET", query=f"msgid=0012&status={word}"),
        CallbackRequest("POST", body=f"MsgId=0012&STATUS={word}".encode()),
    ):
        (report,) = make().parse_reports(request)
        assert (report.provider_message_id, report.status, report.raw) == ("0012", status, word)


@pytest.mark.parametrize("query", ["", "msgid=&status=DELIVRD", "msgid=1", "status=DELIVRD"])
def test_a_callback_without_id_or_status_is_unreadable(query):
    with pytest.raises((KeyError, ValueError)):
        make().parse_reports(CallbackRequest("GET", query=query))


# --- the account -----------------------------------------------------------------------------------------------


def test_the_check_asks_for_one_group(wire, provider):
    wire.answer("849\x80Teman\x81")
    assert provider().check() is None
    assert wire.request.path == "/web2sms/api/groupGetList.aspx"
    assert wire.request.query == {"page": "1", "size": "1", "username": "sms", "auth": md5("smsgeheim&1")}


@pytest.mark.parametrize("body", [b"1704", b"1701", b"849\x80Teman\x81", "849€Teman\x81".encode()])
def test_a_list_or_its_absence_proves_the_account(wire, provider, body):
    wire.answer(body)
    assert provider().check() is None


@pytest.mark.parametrize(
    ("body", "error"),
    [("1702", AccountRefused), ("1703", Uncertain), ("<html></html>", Uncertain), ("", Uncertain), ("Oops", Uncertain)],
)
def test_anything_else_does_not_prove_the_account(wire, provider, body, error):
    wire.answer(body)
    with pytest.raises(error):
        provider().check()


@pytest.mark.parametrize(
    ("body", "amount"), [("50000", "50000"), ("1701|23.50" + TAIL, "23.50"), ("-3.1\r\n", "-3.1"), ("17013", "17013")]
)
def test_the_balance_is_an_option(wire, provider, body, amount):
    wire.answer(body)
    account = provider(has_balance=True)
    assert account.check().amount == Decimal(amount)
    assert wire.request.path == "/web2sms/api/creditsleft.aspx"


def test_without_the_option_there_is_no_balance():
    assert not SmsMasking.capabilities_for({}).balance
    with pytest.raises(UnsupportedFeature):
        make().fetch_balance()


@pytest.mark.parametrize(("body", "error"), [("1702", AccountRefused), ("1703", Uncertain), ("NaN", Uncertain)])
def test_a_code_is_never_a_balance(wire, provider, body, error):
    wire.answer(body)
    with pytest.raises(error):
        provider(has_balance=True).fetch_balance()


def test_it_changes_the_password(wire, provider):
    wire.answer("1701" + TAIL)
    account = provider()
    account.change_password("brand-new 1")
    assert wire.request.path == "/web2sms/api/ChangePassword.aspx"
    assert wire.request.query == {"username": "sms", "newpasw": "brand-new 1", "auth": md5("smsgeheim&1")}
    stored = str(account.transport.records[0].masked())
    assert "brand-new" not in stored
    assert md5("smsgeheim&1") not in stored


@pytest.mark.parametrize(
    ("body", "error"),
    [("1702", AccountRefused), ("1706", AccountRefused), ("1703", Uncertain), ("<html/>", Uncertain)],
)
def test_a_refused_change_differs_from_an_unclear_one(wire, provider, body, error):
    wire.answer(body)
    with pytest.raises(error):
        provider().change_password("brand-new 1")
