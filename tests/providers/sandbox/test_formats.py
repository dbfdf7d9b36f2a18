"""Each provider's answers against its document's samples and the wire page."""

import base64
import re
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest

from providers.sandbox.wire import JAKARTA
from tests.providers.sandbox.conftest import await_true, md5

NUMBER = "6281210100055"
DIGEST = md5("demodemo-secret")


# --- smsmasking --------------------------------------------------------------------------------------------------


def test_smsmasking_answers_1701_and_the_msgid_without_a_delimiter(client, sandbox):
    body = client.send("smsmasking", NUMBER, "Hallo world").text
    assert body == "1701" + sandbox.submissions[0].id
    assert re.fullmatch(r"1701\d+", body)


def test_smsmasking_paths_are_case_insensitive(client):
    assert client.send("smsmasking", NUMBER, path="/WEB2SMS/Api/SENDsms.ASPX").text.startswith("1701")


def test_smsmasking_reads_unicode_as_utf16_hex(client, sandbox):
    client.send("smsmasking", NUMBER, "30533093306B3061306F4E16754C", type="3")
    assert sandbox.submissions[0].text == "こんにちは世界"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"auth": "0" * 32}, "1702"),
        ({"username": "other"}, "1702"),
        ({"message": ""}, "1706"),
        ({"message": "x" * 5001}, "1706"),
        ({"type": "3", "message": "not hex"}, "1706"),
        ({"mobile": "123", "auth": md5("demodemo-secret123")}, "1707"),
    ],
)
def test_smsmasking_refuses_with_its_own_codes(client, sandbox, changes, code):
    assert client.send("smsmasking", NUMBER, **changes).text == code
    assert sandbox.submissions == []


@pytest.mark.parametrize("path", ["/web2sms/api/Send.aspx", "/~proxy/send.php"])
def test_smsmasking_takes_the_plain_password_and_ignores_trxid_there(client, sandbox, path):
    fields = {"username": "demo", "password": "demo-secret", "mobile": NUMBER, "message": "Hallo", "trxid": "a"}
    assert client.get(path, **fields).text.startswith("1701")
    assert client.get(path, **fields | {"password": "x"}).text == "1702"
    assert sandbox.submissions[0].reference == ""


@pytest.mark.parametrize("path", ["/web2SMS/api/SendWA.aspx", "/~proxy/sendwa.php"])
def test_smsmasking_sends_whatsapp(client, sandbox, path):
    fields = {"username": "demo", "password": "demo-secret", "mobile": NUMBER, "message": "Hallo"}
    assert client.get(path, **fields).text.startswith("1701")
    assert sandbox.submissions[0].draft.channel == "whatsapp"


def test_smsmasking_whatsapp_takes_the_digest_with_a_trxid(client, sandbox):
    first = client.send("smsmasking", NUMBER, path="/web2SMS/api/SendWA.aspx", trxid="w1").text
    again = client.send("smsmasking", NUMBER, path="/web2SMS/api/SendWA.aspx", trxid="w1").text
    assert first == again
    assert len(sandbox.submissions) == 1


@pytest.fixture
def groups(sandbox):
    members = [{"name": f"Ana {n}", "mobile": f"08121000000{n}", "group": "Marketing"} for n in (1, 2, 3)]
    odd = {"name": "Odd", "mobile": "12", "group": "Marketing"}
    sandbox.phonebook().seed(entries=[*members, odd], groups=["Empty"])


def test_smsmasking_sends_to_every_member_of_a_group(client, sandbox, groups):
    fields = {"username": "demo", "auth": DIGEST, "msg": "Rapat jam 9", "group": "Marketing"}
    assert client.get("/web2sms/api/SendSMSGroup.Aspx", **fields).text == "1701"
    assert len(sandbox.submissions) == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"group": "Nobody"}, "1711"),
        ({"group": "Empty"}, "1709"),
        ({"msg": "x" * 161}, "1706"),
        ({"auth": "x"}, "1702"),
    ],
)
def test_smsmasking_refuses_a_group_send(client, groups, changes, code):
    fields = {"username": "demo", "auth": DIGEST, "msg": "Rapat jam 9", "group": "Marketing"}
    assert client.get("/web2sms/api/SendSMSGroup.aspx", **fields | changes).text == code


def test_smsmasking_reports_by_msgid_without_auth(client, sandbox):
    msgid = client.send("smsmasking", NUMBER).text[4:]
    assert sandbox.wait_idle()
    assert client.get("/web2sms/api/Report.aspx", msgid=msgid).text == "1701DELIVRD"
    assert client.get("/web2sms/api/Report.aspx", msgid="404").text == "1713"


def test_smsmasking_really_changes_the_password(client):
    path = "/web2sms/api/ChangePassword.aspx"
    assert client.get(path, username="demo", newpasw="new-secret", auth="wrong").text == "1702"
    assert client.get(path, username="demo", newpasw="new-secret", auth=DIGEST).text == "1701"
    assert client.send("smsmasking", NUMBER).text == "1702"
    assert client.send("smsmasking", NUMBER, auth=md5("demonew-secret" + NUMBER)).text.startswith("1701")


def test_smsmasking_has_two_harmless_calls(client):
    assert client.get("/web2sms/api/groupGetList.aspx", username="demo", auth=DIGEST).text == "1704"
    assert client.get("/web2sms/api/groupGetList.aspx", username="demo", auth="x").text == "1702"
    assert client.get("/web2sms/api/creditsleft.aspx", username="demo", auth=DIGEST).text.isdigit()


# --- rajasms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("product", ["reguler", "masking", "otp"])
def test_rajasms_answers_a_packet_per_message(client, sandbox, product):
    packets = [{"number": "081210100055", "message": text, "sendingdatetime": ""} for text in ("a", "b")]
    body = {"apikey": "demo-apikey-0001", "callbackurl": "", "datapacket": packets}
    answer = client.post(f"/sms/api_sms_{product}_send_json.php", json=body).json()["sending_respon"][0]
    first = answer["datapacket"][0]["packet"]
    assert (answer["globalstatus"], answer["globalstatustext"]) == (10, "Success")
    assert first == {
        "number": "6281210100055",
        "sendingid": int(sandbox.submissions[0].id),
        "sendingstatus": 10,
        "sendingstatustext": "success",
        "price": 70,
    }
    assert [message.text for message in sandbox.submissions] == ["a", "b"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"apikey": "wrong"}, 30),
        ({"datapacket": "nonsense"}, 20),
        ({"datapacket": [{"number": NUMBER, "message": "x"}] * 1001}, 55),
    ],
)
def test_rajasms_refuses_a_call_with_a_global_status(client, changes, status):
    body = {"apikey": "demo-apikey-0001", "datapacket": [{"number": NUMBER, "message": "x"}]} | changes
    answer = client.post("/sms/api_sms_masking_send_json.php", json=body).json()
    assert answer["sending_respon"][0]["globalstatus"] == status


@pytest.mark.parametrize(("number", "text", "status"), [("12", "x", 60), (NUMBER, "", 70), (NUMBER, "x" * 481, 70)])
def test_rajasms_refuses_a_packet(client, number, text, status):
    packet = client.send("rajasms", number, text).json()["sending_respon"][0]["datapacket"][0]["packet"]
    assert packet["sendingstatus"] == status


def test_rajasms_shows_a_url_encoded_text_as_it_came(client, sandbox):
    client.send("rajasms", NUMBER, "Halo%20dunia")
    assert sandbox.submissions[0].text == "Halo%20dunia"


def test_rajasms_tells_balance_and_expiry(client):
    path = "/sms/api_sms_masking_balance_json.php"
    balance = client.post(path, json={"apikey": "demo-apikey-0001"}).json()["balance_respon"][0]
    assert balance["Balance"] == 10_000_000
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", balance["Expired"])
    assert client.post(path, json={"apikey": "x"}).json()["balance_respon"][0]["globalstatus"] == 30


# --- tcast -------------------------------------------------------------------------------------------------------


def test_tcast_lists_the_accepted_numbers_with_their_ids(client, sandbox):
    answer = client.send("tcast", [NUMBER, "12", "081322223333"]).json()
    ids = [int(message.id) for message in sandbox.submissions]
    assert answer == {"status": 0, "array": [[6281210100055, ids[0]], [6281322223333, ids[1]]], "success": 2, "fail": 1}


def test_tcast_takes_get_too(client, sandbox):
    fields = {"account": "demo", "password": "demo-secret", "numbers": NUMBER, "content": "Halo"}
    assert client.get("/sendsms", **fields).json()["status"] == 0
    assert sandbox.submissions[0].text == "Halo"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"password": "x"}, -1),
        ({"content": ""}, -4),
        ({"content": "x" * 1025}, -5),
        ({"numbers": ",".join([NUMBER] * 101)}, -7),
        ({"numbers": ""}, -8),
        ({"numbers": "12"}, -9),
    ],
)
def test_tcast_refuses_with_a_bare_status(client, changes, status):
    fields = {"account": "demo", "password": "demo-secret", "numbers": NUMBER, "content": "Halo"}
    assert client.get("/sendsms", **fields | changes).json() == {"status": status}


def test_tcast_tells_balance_and_gift_as_decimal_strings(client):
    answer = client.get("/getbalance", account="demo", password="demo-secret").json()
    assert answer == {"status": 0, "balance": "10000000.000000", "gift": "2500.000000"}


def test_tcast_reports_rows_of_seven_and_counts_the_unknown(client, sandbox):
    client.send("tcast", NUMBER)
    assert sandbox.wait_idle()
    identifier = sandbox.submissions[0].id
    answer = client.get("/getreport", account="demo", password="demo-secret", ids=f"{identifier},7").json()
    row = answer["array"][0]
    assert (row[0], row[1], row[3], row[6]) == (int(identifier), 6281210100055, 0, 3)
    assert re.fullmatch(r"20\d{12}", str(row[2]))
    assert {name: answer[name] for name in ("success", "nofound")} == {"success": 1, "nofound": 1}


def test_tcast_hands_each_inbound_message_out_once(client, sandbox):
    for index in range(51):
        sandbox.receive("tcast", "6281322223333", f"Pesan {index} 👍")
    first = client.get("/getsms", account="demo", password="demo-secret").json()
    second = client.get("/getsms", account="demo", password="demo-secret").json()
    assert (first["cnt"], second["cnt"]) == (50, 1)
    assert first["array"][0][1] == 6281322223333
    assert base64.b64decode(first["array"][0][3]).decode() == "Pesan 0 👍"
    assert client.get("/getsms", account="demo", password="demo-secret").json()["array"] == []


# --- unified -----------------------------------------------------------------------------------------------------


def test_unified_answers_a_comma_list_and_goes_on_after_a_bad_number(client, sandbox):
    body = client.send("unified", [NUMBER, "12", "6281322223333"]).text
    first, second = [message.id for message in sandbox.submissions]
    assert body == f"1701|{NUMBER}|{first},1706|12,1701|6281322223333|{second}"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"message": ""}, "1702"),
        ({"password": "x"}, "1703"),
        ({"type": "3"}, "1704"),
        ({"dlr": "2"}, "1708"),
        ({"source": "much too long a name"}, "1707"),
        ({"type": "4"}, "1702"),
    ],
)
def test_unified_refuses_a_whole_request_with_a_bare_code(client, changes, code):
    assert client.send("unified", NUMBER, **changes).text == code


@pytest.mark.parametrize(("kind", "text", "shown"), [("2", "0048006100690021", "Hai!"), ("6", "Hai", "Hai")])
def test_unified_reads_unicode_as_hex_or_as_it_is(client, sandbox, kind, text, shown):
    client.send("unified", NUMBER, text, type=kind)
    assert sandbox.submissions[0].text == shown


def test_unified_takes_wap_push_with_its_address(client, sandbox):
    client.send("unified", NUMBER, "Promo", type="4", url="http://example.com/a")
    assert sandbox.submissions[0].text == "Promo http://example.com/a"


def test_unified_schedules_in_the_given_zone(client, sandbox):
    when = (datetime.now(JAKARTA) + timedelta(days=1)).replace(second=0, microsecond=0)
    times = {"date": f"{when:%m/%d/%Y}", "time": f"{when:%I:%M %p}".lower(), "gmt": "GMT +7:00"}
    assert client.send("unified", NUMBER, path="/bulksms/schedulemsg", **times).text.startswith("1701|")
    assert sandbox.submissions[0].draft.scheduled_for == when
    assert client.send("unified", NUMBER, path="/bulksms/schedulemsg", **times | {"gmt": "x"}).text == "1702"


def test_unified_tells_credits_as_text(client):
    answer = client.get("/CreditCheck/checkcredits", username="demo", password="demo-secret")
    assert answer.text == "Credits: 33333"
    assert client.get("/CreditCheck/checkcredits", username="demo", password="x").text == "1703"


# --- nusasms -----------------------------------------------------------------------------------------------------


def test_nusasms_answers_in_json(client, sandbox):
    body = client.send("nusasms", NUMBER).text
    identifier = sandbox.submissions[0].id
    assert body == f'{{"results":[{{"status":"0","messageid":"{identifier}","destination":"{NUMBER}"}}]}}'
    assert re.fullmatch(r"0\d{17}", identifier)


def test_nusasms_answers_in_xml_where_nothing_is_asked_for(client, sandbox):
    root = ElementTree.fromstring(client.send("nusasms", NUMBER, output="").content)
    assert root.tag == "results"
    assert root.findtext("result/status") == "0"
    assert root.findtext("result/messageid") == sandbox.submissions[0].id
    assert root.findtext("result/destination") == NUMBER


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"password": "x"}, "-5"),
        ({"GSM": ""}, "-6"),
        ({"GSM": "085100803380"}, "-13"),
        ({"text": ""}, "-12"),
    ],
)
def test_nusasms_refuses_with_an_empty_messageid(client, changes, status):
    result = client.send("nusasms", NUMBER, **changes).json()["results"][0]
    assert (result["status"], result["messageid"]) == (status, "")


def test_nusasms_tells_credits_at_top_level(client):
    fields = {"user": "demo", "password": "demo-secret", "cmd": "CREDITS", "type": "wa", "output": "json"}
    answer = client.get("/api/command", **fields).json()
    assert answer["value"] == "10000000"
    assert re.match(r"\d{4}-\d\d-\d\d ", answer["expiredDate"])
    assert client.get("/api/command", **fields | {"password": "x"}).json() == {"status": "-5"}
    assert ElementTree.fromstring(client.get("/api/command", **fields | {"output": "xml"}).content).findtext("value")


def test_nusasms_reports_by_command(client, sandbox):
    client.send("nusasms", NUMBER)
    assert await_true(lambda: sandbox.submissions[0].status == "delivered")
    identifier = sandbox.submissions[0].id
    fields = {"user": "demo", "password": "demo-secret", "cmd": "DR", "ref_no": identifier, "output": "json"}
    assert client.get("/api/command", **fields).json() == {"ref_no": identifier, "status": "D", "err_code": "0"}
