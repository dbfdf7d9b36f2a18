"""The sandbox answers as smsmasking does: its document's samples and the wire page."""

import re

import pytest

from tests.providers.sandbox.conftest import NUMBER, md5

DIGEST = md5("demodemo-secret")


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
