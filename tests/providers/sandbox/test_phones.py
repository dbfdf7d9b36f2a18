"""The page at the root, as a browser gets it."""

import re

import pytest

from providers.sandbox import MAGIC, Outcome, magic_number
from tests.providers.sandbox.conftest import await_true

NUMBER = "6281210100055"


def test_the_page_shows_each_message_newest_first(client):
    client.send("tcast", NUMBER, "pertama")
    client.send("unified", NUMBER, "kedua")
    page = client.get("/", lang="en").text
    assert page.index("kedua") < page.index("pertama")
    assert page.count("<article") == 1
    assert "+62 812 1010 0055" in page


def test_it_shows_sender_provider_and_channel(client):
    client.send("tcast", NUMBER, "satu")
    client.send("nusasms", NUMBER, "dua")
    page = client.get("/", lang="en").text
    assert all(word in page for word in ("TOKO", "TCAST", "NusaSMS", "WhatsApp"))


def test_hostile_text_is_only_text(client):
    client.send("nusasms", NUMBER, "<script>alert(1)</script>\"'{{ 7 }}\x00\ud83d".encode("utf-8", "replace").decode())
    answer = client.get("/", lang="en")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "inline" not in answer.headers["Content-Security-Policy"]


def test_it_shows_what_became_of_a_message(client, sandbox):
    client.send("tcast", magic_number(Outcome.REJECTED))
    assert await_true(lambda: sandbox.submissions[0].status == "rejected")
    assert re.search(r'class="bubble in failed".*class="status rejected"', client.get("/").text, re.DOTALL)


def test_it_lists_every_magic_number(client):
    page = client.get("/", lang="en").text
    assert all(f"0899&nbsp;90{code}&nbsp;NNNN" in page for code in MAGIC)


@pytest.mark.parametrize("language", ["en", "id"])
def test_it_speaks_both_languages(client, language):
    assert f'<html lang="{language}">' in client.get("/", lang=language).text


def test_an_unknown_language_is_english(client):
    assert '<html lang="en">' in client.get("/", lang="<b>").text


def test_numbers_in_its_form_carry_no_thousand_separator(client):
    assert 'maxlength="2000"' in client.get("/", lang="en").text


def test_its_files_are_served(client):
    assert client.get("/_sandbox/phones.css").headers["Content-Type"].startswith("text/css")
    assert client.get("/_sandbox/phones.js").headers["Content-Type"].startswith("text/javascript")


def test_a_reply_goes_to_the_inbox_and_onto_the_page(client, sandbox, receiver):
    sandbox.register_callbacks("nusasms", inbox=receiver.url)
    form = {"provider": "nusasms", "sender": "+62 813 2222 3333", "text": "Baris satu\r\nBaris dua"}
    answer = client.post("/?lang=id", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?lang=id")
    assert receiver.take(1)[0].form()["msg"] == "Baris satu\nBaris dua"
    assert receiver.requests[0].form()["originator"] == "6281322223333"
    assert "Baris dua" in client.get("/").text


@pytest.mark.parametrize(
    "changes", [{"sender": "abc"}, {"text": "  "}, {"text": "x" * 2001}, {"provider": "unified"}, {"provider": ""}]
)
def test_a_reply_that_cannot_be_sent_is_told_so(client, sandbox, changes):
    form = {"provider": "tcast", "sender": NUMBER, "text": "Halo"} | changes
    answer = client.post("/", data=form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert not sandbox.state.inbound


def test_another_site_cannot_send_as_a_phone(client, sandbox):
    form = {"provider": "tcast", "sender": NUMBER, "text": "Halo"}
    assert client.post("/", data=form, headers={"Origin": "http://evil.example"}).status_code == 403
    assert not sandbox.state.inbound
