"""The sandbox answers as nusasms does: its document's samples and the wire page."""

import re
from xml.etree import ElementTree

import pytest

from tests.providers.sandbox.conftest import NUMBER, await_true


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
