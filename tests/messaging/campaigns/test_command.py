"""Campaigns from the shell."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from contacts.models import Group
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Campaign, Message


def run(*arguments):
    out = StringIO()
    call_command("campaign", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def account(sandbox_account):
    return sandbox_account(name="Toko", options={"quiet_hours_sms": ""})


def test_it_creates_launches_and_tells_how_it_stands(account, make_contacts):
    make_contacts(2, "Toko", name="Budi")
    told = run("create", "--name", "Promo", "--account", "Toko", "--text", "Halo {name|Anda}", "--group", "toko",
               "--to", "081399990000", "Budi")  # fmt: skip
    assert (told["status"], told["recipients"], told["left_out"]["invalid"]) == ("draft", 3, 1)
    number = str(told["campaign"])
    assert run("launch", number)["messages"] == {"queued": 3}
    dispatch_account(account_id=account.pk, seconds=60)
    assert sum(run("status", number)["messages"].values()) == 3
    assert "queued" not in run("status", number)["messages"]


def test_it_pauses_resumes_and_cancels(account):
    told = run("create", "--name", "Promo", "--account", "Toko", "--text", "Halo", "--to", "081234567890")
    number = str(told["campaign"])
    run("launch", number)
    assert run("pause", number)["status"] == "paused"
    with pytest.raises(CommandError, match="does not run"):
        run("pause", number)
    assert run("resume", number)["status"] == "running"
    assert run("cancel", number)["messages"] == {"cancelled": 1}
    with pytest.raises(CommandError, match="has ended"):
        run("cancel", number)


def test_what_runs_already_is_not_launched_again(account):
    told = run("create", "--name", "Promo", "--account", "Toko", "--text", "Halo", "--to", "081234567890")
    run("launch", str(told["campaign"]))
    with pytest.raises(CommandError, match="launched already: Running"):
        run("launch", str(told["campaign"]))


def test_a_file_brings_its_columns(account, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("No HP,Kota\n081234567890,Solo\n")
    told = run("create", "--name", "x", "--account", "Toko", "--text", "Promo {kota}", "--file", str(path))
    run("launch", str(told["campaign"]))
    assert Message.objects.get().text == "Promo Solo"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--account", "Nowhere"), "no account"),
        (("--account", "Toko", "--group", "Nobody"), "no group"),
        (("--account", "Toko", "--file", "/nowhere"), "no file"),
        (("--account", "Toko", "--at", "soon"), "no date"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_made(account, given, words):
    with pytest.raises(CommandError, match=words):
        run("create", "--name", "x", "--text", "Halo", *given)
    assert Campaign.objects.count() == 0


def test_what_the_gate_refuses_is_not_launched(account):
    told = run("create", "--name", "x", "--account", "Toko", "--text", "Halo")
    with pytest.raises(CommandError, match="Nobody would get it"):
        run("launch", str(told["campaign"]))
    assert Group.objects.count() == 0
