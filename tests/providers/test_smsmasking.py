"""smsmasking: what goes out, what comes back, and submitting again."""

import pytest

from providers.adapters.smsmasking import SmsMasking, utf16_hex
from providers.errors import AccountRefused, RateLimited, Uncertain, UnsupportedFeature
from providers.types import (
    AccountTrouble,
    Channel,
    Encoding,
    Outcome,
)
from tests.providers.fixtures import provider_fixture
from tests.providers.smsmasking_calls import ACCOUNT, MESSAGE, REFUSED, TAIL, UNCLEAR, changed, make, md5, read

provider = provider_fixture(make)


# --- what goes out ---------------------------------------------------------------------------------------------


def test_it_sends_with_trxid_and_a_digest_of_exactly_the_mobile_that_is_sent(wire, provider):
    wire.answer("1701|abc-1")
    (result,) = provider().submit([MESSAGE])
    assert (wire.request.method, wire.request.path) == ("GET", "/web2sms/api/sendSMS.aspx")
    assert wire.request.query == {
        "username": "sms",
        "mobile": "628126531971",
        "message": "Hallo World",
        "auth": md5("smsgeheim&1628126531971"),
        "trxid": "01HZ8",
        "type": "0",
    }
    assert (result.outcome, result.provider_message_id) == (Outcome.ACCEPTED, "abc-1")


def test_it_sends_unicode_as_the_documents_hexadecimal(wire, provider):
    wire.answer("1701|1")
    provider().submit([changed(text="こんにちは世界", encoding=Encoding.UCS2)])
    assert wire.request.query["type"] == "3"
    assert wire.request.query["message"] == "30533093306B3061306F4E16754C"
    assert utf16_hex("😀") == "D83DDE00"


def test_it_sends_whatsapp_like_sms(wire, provider):
    wire.answer("1701|1")
    provider().submit([changed(channel=Channel.WHATSAPP)])
    assert wire.request.path == "/web2SMS/api/SendWA.aspx"
    assert wire.request.query["trxid"] == "01HZ8"


@pytest.mark.parametrize(
    ("send_with", "channel", "path"),
    [
        ("plain", Channel.SMS, "/web2sms/api/Send.aspx"),
        ("plain", Channel.WHATSAPP, "/web2SMS/api/SendWA.aspx"),
        ("proxy", Channel.SMS, "/~proxy/send.php"),
        ("proxy", Channel.WHATSAPP, "/~proxy/sendwa.php"),
    ],
)
def test_the_older_calls_carry_the_password_and_no_trxid(wire, provider, send_with, channel, path):
    wire.answer("1701")
    (result,) = provider(send_with=send_with).submit([changed(channel=channel)])
    assert wire.request.path == path
    assert wire.request.query == {
        "username": "sms",
        "mobile": "628126531971",
        "message": "Hallo World",
        "password": "geheim&1",
    }
    assert (result.outcome, result.provider_message_id) == (Outcome.ACCEPTED, "")


def test_the_proxy_pages_are_on_port_80_of_a_host_on_8080():
    call = make("http://send.example:8080", send_with="proxy").build_submit([MESSAGE])
    assert call.base_url == "http://send.example"
    assert make("http://send.example:8081", send_with="proxy").build_submit([MESSAGE]).base_url.endswith(":8081")
    assert make("http://send.example:8080", send_with="plain").build_submit([MESSAGE]).base_url.endswith(":8080")


def test_an_account_may_have_paths_of_its_own(wire, provider):
    wire.answer("1701|1")
    provider(paths={"sendSMS": "/old/sms.aspx"}).submit([MESSAGE])
    assert wire.request.path == "/old/sms.aspx"


@pytest.mark.parametrize("send_with", ["plain", "proxy"])
def test_unicode_without_a_type_is_refused_before_the_wire(wire, provider, send_with):
    with pytest.raises(UnsupportedFeature):
        provider(send_with=send_with).submit([changed(text="世", encoding=Encoding.UCS2)])
    assert wire.requests == []
    assert Encoding.UCS2 not in SmsMasking.capabilities_for({"send_with": send_with}).encodings
    assert Encoding.UCS2 in SmsMasking.capabilities_for({}).encodings


@pytest.mark.parametrize("fields", [{"is_flash": True}, {"wap_url": "http://x"}, {"encoding": Encoding.LATIN1}])
def test_what_the_provider_lacks_is_refused_before_the_wire(fields):
    with pytest.raises(UnsupportedFeature):
        make().submit([changed(**fields)])


def test_the_digest_and_the_password_are_in_no_stored_call(wire, provider):
    wire.answer("1701|1")
    account = provider()
    account.submit([MESSAGE])
    stored = str(account.transport.records[0].masked())
    assert md5("smsgeheim&1628126531971") not in stored
    wire.answer("1702")
    plain = provider(send_with="plain")
    with pytest.raises(AccountRefused) as caught:
        plain.submit([MESSAGE])
    stored = str([record.masked() for record in plain.transport.records])
    for spelling in ("geheim&1", "geheim%261"):
        assert spelling not in stored + str(caught.value) + repr(plain)


# --- what comes back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "message_id"),
    [
        ("1701|1234567", "1234567"),
        ("1701", ""),
        ("1701" + TAIL, ""),
        ("17010012345", "0012345"),
        ("17011702", "1702"),
        ("1701 98765\r\n", "98765"),
        ("1701:98765", "98765"),
        ("1701;98765" + TAIL, "98765"),
        ("1701=98765", "98765"),
        ("1701,a1", "a1"),
        ("17010f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e"),
        ("1701|{0F8FAD5B-D9CB}", "{0F8FAD5B-D9CB}"),
        ("1701 Success", ""),
        ("<b>Warning</b>: late in <b>x.aspx</b>\r\n1701|55", "55"),
        (b"\xef\xbb\xbf1701|7", "7"),
    ],
)
def test_it_reads_a_success_in_every_form(answer, message_id):
    result = read(answer)
    assert (result.outcome, result.provider_message_id) == (Outcome.ACCEPTED, message_id)


@pytest.mark.parametrize("code", REFUSED)
@pytest.mark.parametrize("tail", ["", TAIL, "\r\n"])
def test_it_reads_a_refusal(code, tail):
    result = read(code + tail)
    assert (result.outcome, result.code, result.account_refusal) == (Outcome.REFUSED, code, None)
    assert result.text


@pytest.mark.parametrize("code", [*UNCLEAR, "1799", "0000"])
def test_an_internal_error_or_unknown_code_is_uncertain(code):
    result = read(code)
    assert (result.outcome, result.code) == (Outcome.UNCERTAIN, code)


@pytest.mark.parametrize(("code", "trouble"), ACCOUNT.items())
def test_the_accounts_fault_stops_the_account(code, trouble):
    with pytest.raises(AccountRefused) as caught:
        read(code)
    assert (caught.value.trouble, caught.value.code) == (trouble, code)


def test_every_documented_code_is_in_the_table():
    assert set(SmsMasking.codes) == {"1701", *REFUSED, *UNCLEAR, *ACCOUNT}


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Unable to process your request",
        "<html><body><h1>Maintenance</h1></body></html>",
        "-1701",
        "170",
        "17059912345",
        "1706abc",
        "OK",
    ],
)
def test_an_answer_without_a_code_is_uncertain(wire, provider, answer):
    wire.answer(answer)
    with pytest.raises(Uncertain):
        provider().submit([MESSAGE])


# --- submitting again ------------------------------------------------------------------------------------------


def test_a_resubmission_is_accepted_by_1701_only():
    again = changed(is_resubmission=True)
    assert read("1701|9", again).outcome is Outcome.ACCEPTED
    for code in [*REFUSED, *UNCLEAR, "1799"]:
        assert read(code, again).outcome is Outcome.UNCERTAIN


@pytest.mark.parametrize(("code", "trouble"), ACCOUNT.items())
def test_a_resubmission_stays_uncertain_and_still_stops_the_account(code, trouble):
    result = read(code, changed(is_resubmission=True))
    assert (result.outcome, result.account_refusal, result.code) == (Outcome.UNCERTAIN, trouble, code)


def test_a_resubmission_stays_uncertain_when_http_refuses_the_account(wire, provider):
    wire.answer("no", status=403)
    (result,) = provider().submit([changed(is_resubmission=True)])
    assert (result.outcome, result.account_refusal) == (Outcome.UNCERTAIN, AccountTrouble.ADDRESS)
    with pytest.raises(AccountRefused):
        provider().submit([MESSAGE])


def test_being_asked_to_wait_is_no_answer_about_the_message(wire, provider):
    wire.answer("", status=429, Retry_After="7")
    with pytest.raises(RateLimited) as caught:
        provider().submit([MESSAGE])
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("send_with", ["plain", "proxy"])
def test_only_calls_with_a_trxid_keep_duplicates_out(wire, provider, send_with):
    account = provider(send_with=send_with)
    assert provider().keeps_duplicates_out(changed(channel=Channel.WHATSAPP))
    assert not account.keeps_duplicates_out(MESSAGE)
    assert not account.capabilities.keeps_duplicates_out
    with pytest.raises(Uncertain):
        account.submit([changed(is_resubmission=True)])
    assert wire.requests == []
