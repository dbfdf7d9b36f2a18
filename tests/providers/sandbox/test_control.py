"""Faults, the control API, stopping and starting, the door itself, and the command."""

import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from providers.sandbox import Sandbox
from providers.sandbox.accounts import AccountUrls
from tests.providers.sandbox.conftest import SLUGS, Client, await_true, md5

NUMBER = "6281210100055"
ROOT = Path(__file__).resolve().parents[3]

everywhere = pytest.mark.parametrize("slug", SLUGS)


# --- faults ------------------------------------------------------------------------------------------------------


@everywhere
def test_a_fault_meets_so_many_sends_and_then_no_more(client, sandbox, slug):
    sandbox.set_fault(slug, "html", 2)
    pages = ["<html>" in client.send(slug, NUMBER).text for _ in range(3)]
    assert pages == [True, True, False]
    assert len(sandbox.submissions) == 1


@everywhere
@pytest.mark.parametrize(("fault", "status"), [("500", 500), ("429", 429)])
def test_a_fault_stays_until_it_is_lifted(client, sandbox, slug, fault, status):
    sandbox.set_fault(slug, fault)
    assert [client.send(slug, NUMBER).status_code for _ in range(2)] == [status, status]
    sandbox.set_fault(slug, None)
    assert client.send(slug, NUMBER).status_code == 200


@everywhere
def test_a_whole_provider_can_refuse_credentials_credit_or_address(client, sandbox, slug):
    for fault in ("credentials", "credit", "address"):
        sandbox.set_fault(slug, fault)
        client.send(slug, NUMBER)
    assert sandbox.submissions == []


@everywhere
def test_a_fault_can_be_a_reset(client, sandbox, slug):
    sandbox.set_fault(slug, "reset", 1)
    with pytest.raises(requests.ConnectionError):
        client.send(slug, NUMBER)
    assert client.send(slug, NUMBER).ok


@everywhere
def test_a_message_outcome_can_be_set_for_all_numbers(client, sandbox, slug):
    sandbox.set_fault(slug, "undelivered")
    client.send(slug, NUMBER)
    assert await_true(lambda: sandbox.submissions[0].status == "undelivered")


@pytest.mark.parametrize(
    ("slug", "code", "expected"),
    [
        ("smsmasking", "1733", "1733"),
        ("tcast", "-13", '{"status":-13}'),
        ("rajasms", "50", '"globalstatus":50'),
        ("rajasms", "90", '"sendingstatus":90'),
        ("unified", "1028", f"1028|{NUMBER}"),
        ("nusasms", "-77", '"status":"-77"'),
    ],
)
def test_a_fault_can_be_any_code_of_the_provider(client, sandbox, slug, code, expected):
    sandbox.set_fault(slug, f"code:{code}")
    assert expected in client.send(slug, NUMBER).text


def test_a_fault_meets_harmless_calls_only_where_told(client, sandbox):
    sandbox.set_fault("tcast", "html")
    assert client.get("/getbalance", account="demo", password="demo-secret").json()["status"] == 0
    sandbox.set_fault("tcast", "html", everywhere=True)
    assert "<html>" in client.get("/getbalance", account="demo", password="demo-secret").text
    sandbox.set_fault("tcast", "credentials", everywhere=True)
    assert client.get("/getbalance", account="demo", password="demo-secret").json() == {"status": -1}
    sandbox.set_fault("tcast", "empty", everywhere=True)
    assert client.get("/getbalance", account="demo", password="demo-secret").content == b""


def test_an_unknown_fault_or_provider_is_an_error(sandbox):
    with pytest.raises(ValueError, match="meteor"):
        sandbox.set_fault("tcast", "meteor")
    with pytest.raises(KeyError):
        sandbox.set_fault("nobody", "html")


# --- the control API ---------------------------------------------------------------------------------------------


def test_the_state_shows_counters_submissions_and_callbacks(client, sandbox, receiver):
    body = {"provider": "smsmasking", "reports": receiver.url, "inbox": ""}
    assert client.post("/_sandbox/callbacks", json=body).json() == {"status": "ok"}
    for _ in range(2):
        client.send("smsmasking", NUMBER, "Hallo", trxid="ref-1")
    assert sandbox.wait_idle()
    state = client.get("/_sandbox/state").json()["providers"]["smsmasking"]
    submission, callback = state["submissions"][0], state["callbacks"][0]
    assert (state["calls"], state["accepted"], state["deduplicated"]) == (2, 1, 1)
    assert (submission["number"], submission["text"], submission["reference"]) == (NUMBER, "Hallo", "ref-1")
    assert (callback["kind"], callback["ids"], callback["status"]) == ("reports", [submission["id"]], 200)
    assert "submissions" not in client.get("/_sandbox/state", lists="0").json()["providers"]["smsmasking"]


def test_faults_are_set_over_http(client):
    assert client.post("/_sandbox/faults", json={"provider": "tcast", "fault": "500", "count": 1}).ok
    assert [client.send("tcast", NUMBER).status_code for _ in range(2)] == [500, 200]


def test_inbound_messages_are_put_in_over_http(client, receiver):
    client.post("/_sandbox/callbacks", json={"provider": "nusasms", "inbox": receiver.url})
    body = {"provider": "nusasms", "sender": "6281322223333", "text": "Halo"}
    assert client.post("/_sandbox/inbound", json=body).ok
    assert receiver.take(1)[0].form()["msg"] == "Halo"


def test_a_reset_forgets_everything_but_the_given_credentials(make_sandbox):
    sandbox = make_sandbox(credentials={"smsmasking": {"password": "other"}})
    client = Client(sandbox)
    auth = md5("demoother")
    client.get("/web2sms/api/ChangePassword.aspx", username="demo", newpasw="newer", auth=auth)
    sandbox.set_fault("tcast", "500")
    client.send("nusasms", NUMBER)
    assert client.post("/_sandbox/reset").ok
    assert sandbox.submissions == []
    assert client.send("tcast", NUMBER).ok
    assert client.get("/web2sms/api/groupGetList.aspx", username="demo", auth=auth).text == "1704"
    client.session.close()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"provider": "tcast", "fault": "meteor"}),
        ("faults", {"fault": "html"}),
        ("callbacks", {"provider": "tcast", "reports": "file:///etc/passwd"}),
        ("inbound", {"provider": "unified", "sender": NUMBER, "text": "x"}),
        ("inbound", [1]),
    ],
)
def test_nonsense_is_answered_by_400(client, path, body):
    answer = client.post(f"/_sandbox/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_page_of_another_site_cannot_steer_the_sandbox(client, sandbox):
    for origin, status in (("http://evil.example", 403), (sandbox.base_url, 200)):
        assert client.post("/_sandbox/reset", headers={"Origin": origin}).status_code == status


def test_health_is_answered_and_unknown_paths_are_not(client):
    assert client.get("/_sandbox/health").json() == {"status": "ok"}
    assert client.get("/_sandbox/other").status_code == 404
    assert client.get("/other").status_code == 404


# --- the door ----------------------------------------------------------------------------------------------------


def test_connections_are_kept_alive_and_answers_come_at_once(client):
    client.get("/_sandbox/health")
    times = [client.get("/_sandbox/health").elapsed.total_seconds() for _ in range(20)]
    assert min(times) < 0.03


def test_it_listens_on_loopback_only(sandbox):
    assert sandbox.base_url == f"http://127.0.0.1:{sandbox.port}"
    with socket.socket() as other, pytest.raises(OSError, match="refused"):
        other.connect(("127.0.0.2", sandbox.port))


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_what_is_no_http_is_answered_by_400(sandbox, raw):
    with socket.create_connection(("127.0.0.1", sandbox.port)) as connection:
        connection.sendall(raw)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 Bad Request")


def test_many_callers_at_once_are_each_counted_once(sandbox):
    def send(thread):
        client = Client(sandbox)
        for index in range(25):
            client.send("smsmasking", f"6281210{thread:02d}{index:04d}", trxid=f"{thread}-{index}")
        client.session.close()

    threads = [threading.Thread(target=send, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = {message.id for message in sandbox.submissions}
    assert len(ids) == sandbox.counters("smsmasking").accepted == 200


def test_it_stops_and_starts_again_on_the_same_port(client, sandbox):
    client.send("tcast", NUMBER)
    address = sandbox.base_url
    sandbox.stop()
    with pytest.raises(requests.ConnectionError):
        client.send("tcast", NUMBER)
    sandbox.start()
    assert sandbox.base_url == address
    assert client.send("tcast", NUMBER).ok
    assert len(sandbox.submissions) == 2


def test_stopping_ends_a_held_answer(make_sandbox):
    sandbox = make_sandbox()
    sandbox.set_fault("tcast", "silent")
    client = Client(sandbox, timeout=60)
    failures = []

    def send():
        try:
            client.send("tcast", NUMBER)
        except requests.ConnectionError as error:
            failures.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    assert await_true(lambda: sandbox.submissions)
    sandbox.stop()
    thread.join(30)
    client.session.close()
    assert len(failures) == 1


# --- accounts and the command ------------------------------------------------------------------------------------


def test_accounts_that_point_at_the_sandbox_give_their_urls(make_account):
    here = make_account("tcast", base_url="http://localhost:8090")
    make_account("unified", base_url="http://127.0.0.1:8091")
    urls = AccountUrls()
    urls.port = 8090
    assert urls.read() == {
        ("tcast", "demo"): (here.callback_url("reports"), here.callback_url("inbox")),
        ("tcast", ""): (here.callback_url("reports"), here.callback_url("inbox")),
    }


@pytest.fixture
def start_command(tmp_path):
    running = []

    def start(*arguments):
        command = [sys.executable, "manage.py", "sandbox", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT}
        running.append(subprocess.Popen(command, **pipes, env={"SMSOPS_VAR": str(tmp_path), "DEBUG": "1"}))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_tells_its_address_and_ends_cleanly_on_a_signal(start_command, number):
    process = start_command("--port", "0", "--delay", "0", "--json")
    address = json.loads(process.stdout.readline())
    send = {"account": "demo", "password": "demo-secret", "numbers": NUMBER, "content": "Halo"}
    assert requests.get(address["url"] + "/sendsms", params=send, timeout=30).json()["status"] == 0
    process.send_signal(number)
    assert process.wait(60) == 0
    assert process.stderr.read() == ""


def test_a_taken_port_is_one_clear_line(start_command):
    with Sandbox() as sandbox:
        process = start_command("--port", str(sandbox.port))
        assert process.wait(60) == 1
        lines = process.stderr.read().splitlines()
    assert len(lines) == 1
    assert str(sandbox.port) in lines[0]
