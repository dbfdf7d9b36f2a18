"""The sandbox answers as rajasms does: its document's samples and the wire page."""

import re

import pytest

from tests.providers.sandbox.conftest import NUMBER


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
