"""`manage.py send`, as scripts call it."""

import io
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message

NUMBER = "0812 3456 7890"


@pytest.fixture
def account(make_account):
    return make_account(name="Toko")


def send(*arguments, account="Toko", to=(NUMBER,), text="Halo"):
    out = io.StringIO()
    call_command(
        "send", "--account", account, "--to", *to, "--text", text, *arguments, stdout=out, stderr=io.StringIO()
    )
    return out.getvalue()


def send_json(*arguments, **fields):
    return json.loads(send("--json", *arguments, **fields))


def test_it_queues_one_message_per_number(account):
    answer = send_json(to=["081234567890", "+62 856-1234-567"])
    assert [(each["recipient"], each["status"]) for each in answer["messages"]] == [
        ("+6281234567890", "queued"),
        ("+628561234567", "queued"),
    ]
    assert answer["refused"] == []
    assert {each["reference"] for each in answer["messages"]} == set(
        Message.objects.values_list("reference", flat=True)
    )
    assert not Message.objects.exclude(campaign=None).exists()


def test_it_sends_a_number_given_twice_once(account):
    assert len(send_json(to=["081234567890", "6281234567890"])["messages"]) == 1


def test_it_speaks_plainly_without_json(account):
    assert "+6281234567890 queued" in send()


@pytest.mark.parametrize(
    ("arguments", "fields", "words"),
    [
        ((), {"account": "Nobody"}, "no account “Nobody”"),
        ((), {"to": ["Budi"]}, "Budi"),
        ((), {"text": ""}, "empty"),
        (("--at", "tomorrow"), {}, "no date and time"),
        (("--at", "2020-01-01T10:00"), {}, "has passed"),
        (("--provider-schedule",), {}, "no scheduler"),
        (("--type", "1"), {}, "flash"),
        (("--type", "4", "--url", "https://example.co.id"), {}, "WAP push"),
        (("--url", "https://example.co.id"), {}, "--type 4"),
        (("--type", "5"), {}, "ISO-8859-1"),
        (("--type", "3"), {}, "invalid choice"),
        (("--sender", "OTHER"), {}, "sender ID"),
    ],
)
def test_it_refuses_with_one_clear_line_and_sends_nothing(account, arguments, fields, words):
    with pytest.raises(CommandError, match=words) as refusal:
        send(*arguments, **fields)
    assert "\n" not in str(refusal.value)
    assert Message.objects.count() == 0


def test_it_sends_the_good_numbers_and_complains_of_the_bad(account):
    with pytest.raises(CommandError, match="Budi"):
        send(to=[NUMBER, "Budi"])
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("0", ("gsm7", False, "")),
        ("1", ("gsm7", True, "")),
        ("2", ("ucs2", False, "")),
        ("4", ("gsm7", False, "https://example.co.id")),
        ("5", ("latin1", False, "")),
        ("6", ("ucs2", True, "")),
        ("7", ("latin1", True, "")),
    ],
)
def test_it_knows_every_type_of_unified(make_account, number, expected):
    make_account("unified", name="Toko")
    send("--type", number, *(["--url", "https://example.co.id"] if number == "4" else []))
    message = Message.objects.get()
    assert (message.encoding, message.is_flash, message.wap_url) == expected


def test_a_time_without_an_offset_is_the_accounts(make_account):
    make_account(name="Toko", time_zone="Asia/Jayapura")
    moment = (datetime.now(UTC) + timedelta(days=2)).replace(hour=3, minute=0, second=0, microsecond=0)
    send("--at", f"{moment:%Y-%m-%d}T12:00")
    assert Message.objects.get().send_after == moment


def test_it_hands_the_time_to_the_providers_scheduler(make_account):
    make_account("unified", name="Toko")
    moment = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    send("--at", moment.isoformat(), "--provider-schedule")
    assert Message.objects.get().provider_scheduled_for == moment


def test_it_uses_the_only_channel_that_the_account_has(make_account):
    make_account("nusasms", name="Toko")
    send()
    assert Message.objects.get().channel == "whatsapp"


def test_it_says_that_nobody_sends_when_the_time_is_over(account):
    with pytest.raises(CommandError, match="is a worker running"):
        send("--wait", "0.01")
    assert Message.objects.get().status == "queued"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("status", "fails"), [("delivered", False), ("sent", False), ("failed", True), ("uncertain", True)]
)
def test_it_waits_for_the_outcome(account, status, fails):
    def settle():
        try:
            while not Message.objects.filter(status="queued").update(status=status):
                pass
        finally:
            connection.close()

    thread = threading.Thread(target=settle)
    thread.start()
    try:
        if fails:
            with pytest.raises(CommandError, match="1 of 1"):
                send("--wait", "30")
        else:
            assert send_json("--wait", "30")["messages"][0]["status"] == status
    finally:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_what_it_queues_reaches_the_phone(sandbox_account):
    account = sandbox_account(name="Toko")
    send()
    dispatch_account(account_id=account.pk)
    assert Message.objects.get().status in ("sent", "delivered")
