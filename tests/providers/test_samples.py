"""Every body that the providers' documents show, byte for byte, as a reply over HTTP or a callback at the door.

The bodies stand in `samples/`, one file a provider, each with the section it is from and what becomes of it.
"""

import tomllib
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from providers.errors import ProviderError
from providers.models import CallbackReceipt
from smsops.inbox.models import InboundMessage
from smsops.inbox.polling import poll_inbox
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message
from smsops.messaging.tracking.polling import poll_balance, poll_reports
from smsops.receipts import apply_receipt

pytestmark = pytest.mark.django_db

FILES = sorted((Path(__file__).parent / "samples").glob("*.toml"))
NO_MORE = '{"status":0, "cnt":0, "array":[]}'


SAMPLES = [(file.stem, sample) for file in FILES for sample in tomllib.loads(file.read_text())["sample"]]
NAMES = [f"{slug}: {sample['section']}" for slug, sample in SAMPLES]


def numbers(count):
    return [f"+628120000000{place}" for place in range(count)]


def make_sent(account, sample, queue_messages):
    rows = queue_messages(account, numbers(len(sample["ids"])), status="sent")
    for row, id in zip(rows, sample["ids"], strict=True):
        Message.objects.filter(pk=row.pk).update(provider_message_id=id, sent_at=row.created_at)


def send(account, sample, queue_messages):
    queue_messages(account, sample["to"])
    dispatch_account(account_id=account.pk, seconds=2)


def ask_balance(account, sample, queue_messages):
    poll_balance(account=account)


def ask_reports(account, sample, queue_messages):
    make_sent(account, sample, queue_messages)
    poll_reports(account=account, ask_all=True)


def ask_inbox(account, sample, queue_messages):
    poll_inbox(account=account, apply=apply_receipt)


def ring(account, kind, sample):
    method = sample.get("method", "POST" if "body" in sample else "GET")
    path = reverse("callback", args=[account.callback_token, kind])
    body, query = sample.get("body", ""), sample.get("query", "")
    answer = Client().generic(method, path, body, sample.get("content_type", ""), QUERY_STRING=query)
    assert answer.status_code == 200
    assert bytes(CallbackReceipt.objects.get().body) == body.encode()


def hear_reports(account, sample, queue_messages):
    make_sent(account, sample, queue_messages)
    ring(account, "reports", sample)


def hear_inbox(account, sample, queue_messages):
    ring(account, "inbox", sample)


def outcomes(account):
    """Status and the provider's id, or its code where it gave none."""
    rows = Message.objects.order_by("id").values_list("status", "provider_message_id", "error_code")
    return [f"{status} {id or code}".strip() for status, id, code in rows]


def statuses(account):
    return list(Message.objects.order_by("id").values_list("status", flat=True))


def received(account):
    found = InboundMessage.objects.order_by("id").values_list("sender", "text")
    return [f"{sender}: '{text}'" for sender, text in found]


def balance(account):
    if account.balance is None:
        return []
    bonus = "" if account.balance_bonus is None else f" and a bonus of {account.balance_bonus.normalize():f}"
    until = f" until {account.balance_expires_on}" if account.balance_expires_on else ""
    return [f"{account.balance.normalize():f}{bonus}{until}"]


WAYS = {
    "send": (send, outcomes),
    "balance": (ask_balance, balance),
    "reports": (ask_reports, statuses),
    "inbox": (ask_inbox, received),
    "callback": (hear_reports, statuses),
    "pushed inbox": (hear_inbox, received),
}


def expected(sample):
    told = {name: sample[name] for name in ("becomes", "error", "suspended", "doubtful", "receipt") if name in sample}
    return {"becomes": [], "error": "", "suspended": "", "doubtful": False, "receipt": told_receipt(sample)} | told


def told_receipt(sample):
    return "applied" if sample["asked"] in ("callback", "inbox", "pushed inbox") else ""


def what_became(account, sample, queue_messages):
    """What the messages became, and in what state account and receipt are left."""
    make, see = WAYS[sample["asked"]]
    error = ""
    try:
        make(account, sample, queue_messages)
    except ProviderError as raised:
        error = type(raised).__name__
    account.refresh_from_db()
    receipt = CallbackReceipt.objects.first()
    return {
        "becomes": see(account),
        "error": error,
        "suspended": account.suspended_reason,
        "doubtful": Message.objects.filter(doubtful_since__isnull=False).exists(),
        "receipt": receipt.state if receipt else "",
    }


@pytest.mark.parametrize(("slug", "sample"), SAMPLES, ids=NAMES)
def test_a_sample_becomes_what_its_file_says(slug, sample, make_account, queue_messages, wire):
    account = make_account(slug, base_url=wire.base_url, options=sample.get("options", {}))
    wire.answer(sample.get("body", ""))
    if sample["asked"] == "inbox":
        wire.answer(NO_MORE)
    became, told = what_became(account, sample, queue_messages), expected(sample)
    assert told["suspended"] in became["suspended"]
    assert bool(told["suspended"]) is bool(became["suspended"])
    assert became | {"suspended": ""} == told | {"suspended": ""}
