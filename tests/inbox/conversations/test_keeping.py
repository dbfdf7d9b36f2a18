"""A conversation is kept with what is stored: made, opened again and counted once."""

import threading
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from providers.types import InboundText
from smsops.inbox.conversations import claims
from smsops.inbox.models import Conversation, InboundMessage
from smsops.inbox.services import store_inbound


def test_what_a_number_writes_makes_and_keeps_its_conversation(make_account, receive):
    account, later = make_account("nusasms"), make_account("tcast")
    receive(account, "Halo\n  apa kabar?")
    found = receive(later, "Masih ada?" * 50)
    assert Conversation.objects.count() == 1
    assert (found.unread, found.account, found.channel, found.is_done) == (2, later, "sms", False)
    assert found.last_id == InboundMessage.objects.latest("pk").pk
    assert len(found.last_text) == 160
    assert found.last_text.endswith("…")


def test_a_repeat_is_not_counted_again(make_account, receive):
    account = make_account("nusasms")
    at = timezone.now()
    receive(account, "Halo", id="7", received_at=at)
    assert receive(account, "Halo", id="7", received_at=at).unread == 1


def test_one_reply_with_many_messages_is_told_apart_by_number(make_account):
    texts = [InboundText(provider_message_id=str(n), sender=f"0812345678{n % 3}0", text=f"no {n}") for n in range(9)]
    store_inbound(account=make_account("tcast"), texts=texts)
    assert sorted(Conversation.objects.values_list("last_text", "unread")) == [("no 6", 3), ("no 7", 3), ("no 8", 3)]


def test_a_new_message_opens_what_was_done_and_leaves_it_with_its_owner(make_account, receive, operator):
    found = receive(make_account("tcast"), "Halo")
    claims.assign_conversation(conversation_id=found.pk, to=operator, was=None)
    claims.finish_conversation(conversation_id=found.pk)
    found = receive(found.account, "Satu lagi")
    assert (found.is_done, found.unread, found.assigned_to) == (False, 1, operator)


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.django_db(transaction=True)
def test_the_same_messages_stored_at_the_same_moment_are_counted_once(make_account):
    account, at = make_account("tcast"), timezone.now()
    texts = [
        InboundText(provider_message_id=str(n), sender=f"081234567{n % 7}0", text="x", received_at=at)
        for n in range(40)
    ]

    def store():
        store_inbound(account=account, texts=texts)
        connection.close()

    threads = [threading.Thread(target=store) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert InboundMessage.objects.count() == 40
    assert sum(Conversation.objects.values_list("unread", flat=True)) == 40


def test_what_came_before_the_inbox_gets_its_conversations_and_a_second_run_adds_none(make_account):
    account = make_account("tcast")
    rows = [
        InboundMessage(
            account=account, sender=f"+62812345{n % 50:05d}" if n else "", text=f"no {n}", fingerprint=str(n)
        )
        for n in range(300)
    ]
    InboundMessage.objects.bulk_create(rows)
    InboundMessage.objects.filter(text="no 299").update(created_at=timezone.now() - timedelta(days=40))
    backfill = import_module("smsops.inbox.migrations.0006_conversations_so_far").make_conversations
    for _run in range(2):
        backfill(apps, None)
    assert Conversation.objects.count() == 51
    assert Conversation.objects.get(number="+6281234500049").is_done
    assert Conversation.objects.get(number="+6281234500048").last_text == "no 298"
    assert not Conversation.objects.filter(unread__gt=0).exists()
