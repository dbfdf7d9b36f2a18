"""A number is forgotten on request: shown first, then everything that is found by it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.models import Contact, SyncAction, SyncConflict, SyncRun
from providers.types import Channel, InboundText
from smsops.console.forgetting import CHUNK, find_number, forget_number, masked
from smsops.console.models import ForgottenNumber, LookupLog
from smsops.inbox.models import Conversation, InboundMessage, Suppression, SuppressionEvent
from smsops.inbox.services import store_inbound
from smsops.messaging.models import AudienceEntry, Campaign, Message, MessageEvent
from smsops.reports.models import Statement, StatementLine
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db
NUMBER, OTHER = "+6281290000001", "+6281290000002"
PAGE = "/admin/desk/forget/"


@pytest.fixture
def world(make_account, queue_messages):
    """The same of two numbers: a contact, messages in three states, an answer, a look-up, a line of a campaign."""
    account = make_account()
    over = Campaign.objects.create(name="Over", account=account, status="finished")
    draft = Campaign.objects.create(name="Draft", account=account, status="draft")
    for number in (NUMBER, OTHER):
        contact = Contact.objects.create(mobile=number, name="Ani")
        for status in ("delivered", "queued", "uncertain"):
            later = timezone.now() + timedelta(hours=5)
            [row] = queue_messages(account, [number], status=status, contact=contact, send_after=later)
            MessageEvent.objects.create(message=row, status=status, source="submit", raw=number)
        text = InboundText(provider_message_id=number, sender=number, text="Halo", channel=Channel.SMS)
        store_inbound(account=account, texts=[text])
        LookupLog.objects.create(kind="number", term=number, number=number)
        for campaign in (over, draft):
            AudienceEntry.objects.create(campaign=campaign, recipient=number, source="pasted")
    Suppression.objects.create(number=NUMBER)
    SuppressionEvent.objects.create(number=NUMBER, kind="added", reason="stop", source_text="STOP, I am Ani")
    return account


@pytest.fixture
def books(world):
    """Of both numbers: a line of a statement and steps of a sync, one of them open; of one a settled conflict."""
    statements = {
        state: Statement.objects.create(account=world, month="2026-02-01", file_name="x.csv", kind="csv", state=state)
        for state in ("done", "matching")
    }
    run = SyncRun.objects.create(account=world, state="done")
    for number in (NUMBER, OTHER):
        for statement in statements.values():
            StatementLine.objects.create(statement=statement, number=7, recipient=number, price=350, verdict="twice")
        for position, state in enumerate(("done", "unclear")):
            SyncAction.objects.create(
                run=run, position=position, kind="add_there", number=number, title="Ani", state=state
            )
    contact = Contact.objects.get(mobile=NUMBER)
    SyncConflict.objects.create(
        account=world, subject="entry", remote_id="1", field="name", contact=contact, title="Ani", state="settled"
    )
    return statements


FOUND = {
    "waiting": 1, "undecided": 1, "messages": 1, "received": 1, "conversations": 1, "contacts": 1, "look-ups": 1,
    "audiences": 1, "reports": 0, "syncs": 0, "statements": 0,
}  # fmt: skip


def test_everything_of_the_number_goes_and_nothing_of_another(world):
    found = FOUND | {"opt-outs": 1}
    assert find_number(NUMBER) == found
    actor = make_person("Administrator")
    record = forget_number(number=NUMBER, actor=actor)
    assert (record.number, record.actor, record.found) == ("+62812******01", actor, found)
    assert find_number(NUMBER) == dict.fromkeys(found, 0) | {"undecided": 1}
    assert find_number(OTHER) == FOUND | {"opt-outs": 0}
    assert sorted(Message.objects.filter(recipient__startswith="*").values_list("status", flat=True)) == [
        "cancelled",
        "delivered",
    ]
    assert Suppression.objects.filter(number=NUMBER).exists()
    assert Conversation.objects.get().number == OTHER
    assert InboundMessage.objects.count() == 2
    assert not MessageEvent.objects.filter(message__recipient__startswith="*").exclude(raw="").exists()


def test_what_was_uncertain_goes_the_next_time(world):
    forget_number(number=NUMBER, actor=None)
    Message.objects.filter(status="uncertain").update(status="failed")
    forget_number(number=NUMBER, actor=None)
    assert find_number(NUMBER) == dict.fromkeys(FOUND, 0) | {"opt-outs": 0}


def test_lines_of_statements_and_opt_outs_stay_without_the_number_and_steps_of_syncs_go(books):
    told = find_number(NUMBER)
    assert (told["statements"], told["syncs"], told["opt-outs"]) == (1, 2, 1)
    forget_number(number=NUMBER, actor=None)
    line = StatementLine.objects.get(recipient__startswith="*")
    assert (line.recipient, line.price, line.verdict, line.statement) == (f"*{line.pk}*", 350, "twice", books["done"])
    event = SuppressionEvent.objects.get()
    assert (event.number, event.reason, event.source_text) == (f"*{event.pk}*", "stop", "")
    assert not SyncConflict.objects.exists()
    assert find_number(OTHER) | {"syncs": 0, "statements": 0} == FOUND | {"opt-outs": 0}


def test_what_is_still_compared_or_looked_at_goes_the_next_time(books):
    forget_number(number=NUMBER, actor=None)
    assert StatementLine.objects.get(recipient=NUMBER).statement == books["matching"]
    assert SyncAction.objects.get(number=NUMBER).state == "unclear"
    Statement.objects.update(state="done")
    SyncAction.objects.update(state="done")
    forget_number(number=NUMBER, actor=None)
    assert not StatementLine.objects.filter(recipient=NUMBER).exists()
    assert not SyncAction.objects.filter(number=NUMBER).exists()


def test_many_messages_go_in_several_steps(make_account, queue_messages):
    queue_messages(make_account(), [NUMBER] * (CHUNK + 3), status="delivered")
    forget_number(number=NUMBER, actor=None)
    assert not Message.objects.filter(recipient=NUMBER).exists()


def test_the_page_shows_what_there_is_before_anything_goes(world):
    client = client_of(make_person("Administrator"))
    assert client.get(PAGE).status_code == 200
    page = client.post(PAGE, {"number": "0812 9000 0001"}).content.decode()
    assert "Waiting messages: they are cancelled first: 1" in page
    assert "The number&#x27;s opt-out stays" in page
    assert "backups" in page
    assert "Entries in the history of opt-outs: number and text are taken out, what happened when stays: 1" in page
    assert find_number(NUMBER) == FOUND | {"opt-outs": 1}
    answer = client.post(PAGE, {"number": NUMBER, "confirmed": "1"}, follow=True).content.decode()
    assert "is forgotten" in answer
    assert NUMBER not in answer
    assert "not decided yet" in answer
    log = client.get("/admin/console/forgottennumber/").content.decode()
    assert masked(NUMBER) in log


@pytest.mark.parametrize("typed", ["", "abc", "0", "9" * 60, "<b>", "\x00"])
def test_what_is_no_number_is_told_and_nothing_happens(world, typed):
    answer = client_of(make_person("Administrator")).post(PAGE, {"number": typed, "confirmed": "1"})
    assert answer.status_code == 200
    assert not ForgottenNumber.objects.exists()


def test_a_number_of_which_nothing_is_stored_is_told(world):
    page = client_of(make_person("Administrator")).post(PAGE, {"number": "081299999999"}).content.decode()
    assert "Nothing is stored of this number." in page


@pytest.mark.parametrize("role", ["Operator", "Approver", "Support"])
def test_only_administrators_may(world, role):
    client = client_of(make_person(role))
    assert client.post(PAGE, {"number": NUMBER, "confirmed": "1"}).status_code == 403
    assert client.get("/admin/console/forgottennumber/").status_code == 403
    assert find_number(NUMBER) == FOUND | {"opt-outs": 1}
