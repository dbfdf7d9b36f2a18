"""The sandbox answers as unified does: its document's samples and the wire page."""

from datetime import datetime, timedelta

import pytest

from providers.sandbox.wire import JAKARTA
from tests.providers.sandbox.conftest import NUMBER


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
