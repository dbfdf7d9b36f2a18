"""The sandbox answers as tcast does: its document's samples and the wire page."""

import base64
import re

import pytest

from tests.providers.sandbox.conftest import NUMBER


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
