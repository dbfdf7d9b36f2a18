"""`manage.py seed_load`: made-up messages, and never beside real ones unawares."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from contacts.models import Contact
from smsops.inbox.models import Conversation, InboundMessage
from smsops.messaging.models import Campaign, Message, MessageEvent
from smsops.messaging.status import Status

pytestmark = pytest.mark.django_db


def seed(*options, messages=600):
    out = StringIO()
    call_command(
        "seed_load", "--messages", str(messages), "--waiting", "5", "--campaign-size", "100", *options, stdout=out
    )
    return out.getvalue()


def test_it_writes_messages_with_all_that_belongs_to_them():
    assert "600 of 600" in seed()
    assert Message.objects.count() == 600
    assert Campaign.objects.count() == 6
    assert Message.objects.filter(status=Status.QUEUED).count() == 5
    assert Message.objects.exclude(contact=None).exists()
    assert Message.objects.values("account").distinct().count() == 5
    assert MessageEvent.objects.filter(message__status=Status.DELIVERED).exists()
    assert Contact.objects.exists()


def test_it_fills_the_inbox_with_a_conversation_for_each_number_that_wrote():
    seed("--months=1")
    senders = set(InboundMessage.objects.values_list("sender", flat=True))
    assert InboundMessage.objects.count() == 12
    assert set(Conversation.objects.values_list("number", flat=True)) == senders
    last = Conversation.objects.latest("last_id")
    newest = InboundMessage.objects.latest("pk")
    assert (last.last_id, last.last_text, last.account_id) == (newest.pk, newest.text, newest.account_id)
    assert Message.objects.filter(recipient=last.number).exists()
    assert set(Conversation.objects.values_list("is_done", flat=True)) == {True, False}


def test_a_second_run_leaves_a_conversation_for_each_number(make_account, queue_messages):
    real = Conversation.objects.create(
        number="+6281210000000", account=make_account(), last_inbound_at="2026-01-01T00:00Z", unread=7
    )
    seed()
    seed()
    senders = set(InboundMessage.objects.values_list("sender", flat=True))
    assert set(Conversation.objects.values_list("number", flat=True)) == senders | {real.number}
    assert Conversation.objects.latest("last_id").last_id == InboundMessage.objects.latest("pk").pk


def test_a_second_run_adds_as_many():
    seed()
    seed("--no-events")
    assert Message.objects.count() == 1200


def test_ids_go_on_behind_what_was_seeded(make_account, queue_messages):
    seed()
    (message,) = queue_messages(make_account())
    assert message.pk > Message.objects.exclude(pk=message.pk).latest("pk").pk


@pytest.mark.django_db(transaction=True)
def test_it_leaves_every_index_in_its_place():
    def indexes():
        with connection.cursor() as cursor:
            return set(connection.introspection.get_constraints(cursor, Message._meta.db_table))

    before = indexes()
    seed()
    assert indexes() == before


def test_a_database_with_real_messages_is_refused(make_account, queue_messages):
    queue_messages(make_account())
    with pytest.raises(CommandError, match="real messages"):
        seed()
    assert Message.objects.count() == 1


def test_unless_told_so_clearly(make_account, queue_messages):
    queue_messages(make_account())
    seed("--beside-real-messages")
    assert Message.objects.count() == 601


@pytest.mark.parametrize("wrong", ["--accounts=0", "--months=0", "--messages=-1"])
def test_wrong_numbers_are_refused(wrong):
    with pytest.raises(CommandError, match="at least 1"):
        seed(wrong)
