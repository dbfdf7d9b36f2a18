"""Answering: once, the way the message came, through the gate."""

import threading
import uuid

import pytest
from django.db import connection

from providers.types import Channel
from smsops.inbox.conversations.replying import offered_routes, send_reply, usual_route
from smsops.inbox.models import Conversation, Reply, Suppression
from smsops.messaging.compose import Refused
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message
from tests.inbox.conftest import NUMBER
from tests.inbox.conversations.people import claim, page_of
from tests.people import client_of, make_person


def reply(client, conversation, route, text="Ya, masih ada", key=None, **more):
    values = {"key": key or uuid.uuid4(), "route": route, "text": text}
    return client.post(f"{page_of(conversation)}reply/", values | more, follow=True)


def test_an_answer_leaves_once_ahead_of_bulk_the_way_the_message_came(make_account, receive, operator):
    account = make_account("tcast")
    found, client = receive(account, "Ada?"), client_of(operator)
    key = uuid.uuid4()
    reply(client, found, f"{account.pk}:sms", key=key)
    again = reply(client, found, f"{account.pk}:sms", key=key)
    assert "was not sent again" in again.content.decode()
    sent = Message.objects.get()
    assert (sent.recipient, sent.channel, sent.kind, sent.created_by) == (NUMBER, "sms", "transactional", operator)
    assert sent.priority < Message._meta.get_field("priority").default
    found.refresh_from_db()
    assert (found.unread, found.assigned_to, found.answering, found.is_done) == (0, operator, None, False)


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_one_moment_are_one_answer(make_account, receive, operator):
    account = make_account("tcast")
    found, key, told = receive(account, "Ada?"), uuid.uuid4(), []
    route = usual_route(found, offered_routes())

    def click():
        told.append(send_reply(conversation=found, key=key, route=route, text="Ya", actor=operator))
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False, False, False, True]
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_answer_arrives_on_the_phone(sandbox_account, sandbox, receive, operator):
    account = sandbox_account("tcast")
    found = receive(account, "Ada?")
    reply(client_of(operator), found, f"{account.pk}:sms", finish="1")
    dispatch_account(account_id=account.pk)
    assert [submission.text for submission in sandbox.submissions] == ["Ya, masih ada"]
    assert Conversation.objects.get().is_done


def test_the_second_cannot_send_while_the_first_writes_unless_he_takes_over(make_account, receive, operator, colleague):
    account = make_account("tcast")
    found, client = receive(account, "Ada?"), client_of(colleague)
    claim(found, operator)
    refused = reply(client, found, f"{account.pk}:sms", text="Tidak ada")
    page = refused.content.decode()
    assert "Somebody else is answering" in page
    assert "Tidak ada" in page
    assert not Message.objects.exists()
    assert not Reply.objects.exists()
    reply(client, found, f"{account.pk}:sms", text="Tidak ada", take_over="1")
    assert Message.objects.get().created_by == colleague


def test_what_the_gate_refuses_stays_in_the_form_and_may_be_sent_later(make_account, receive, operator):
    account = make_account("tcast")
    found, client, key = receive(account, "Ada?"), client_of(operator), uuid.uuid4()
    Suppression.objects.create(number=NUMBER)
    page = reply(client, found, f"{account.pk}:sms", text="Ya!", key=key).content.decode()
    assert "Nothing was sent" in page
    assert "Ya!" in page
    assert not Message.objects.exists()
    Suppression.objects.all().delete()
    reply(client, found, f"{account.pk}:sms", text="Ya!", key=key)
    assert Message.objects.count() == 1


@pytest.mark.parametrize("given", [{"text": " "}, {"text": ""}, {"route": "9:sms"}, {"route": ""}, {"key": "x"}])
def test_half_an_answer_is_not_sent(given, make_account, receive, operator):
    account = make_account("tcast")
    found = receive(account, "Ada?")
    values = {"key": uuid.uuid4(), "route": f"{account.pk}:sms", "text": "Ya"}
    assert client_of(operator).post(f"{page_of(found)}reply/", values | given).status_code == 200
    assert not Message.objects.exists()


def test_what_came_where_nobody_can_answer_that_way_wants_a_choice(make_account, receive, operator):
    nusa, other = make_account("nusasms", name="Nusa"), make_account("smsmasking", name="Toko")
    found, client = receive(nusa, "Ada?"), client_of(operator)
    page = client.get(page_of(found))
    assert "It came by SMS through “Nusa”, which cannot answer that way" in page.content.decode()
    assert page.context["form"]["route"].value() == ""
    assert usual_route(found, offered_routes()) is None
    reply(client, found, f"{other.pk}:sms")
    assert usual_route(found, offered_routes()).account == other
    assert {str(route) for route in offered_routes()} >= {"Nusa · WhatsApp", "Toko · SMS"}


def test_answers_that_would_wait_say_so_before_they_are_written(make_account, receive, operator):
    account = make_account("tcast", name="Toko", suspended_reason="The credit is used up.")
    found = receive(account, "Ada?")
    page = client_of(operator).get(page_of(found)).content.decode()
    assert "The account “Toko” is suspended (The credit is used up). The messages wait until somebody resumes" in page
    assert "Toko · SMS · suspended" in {str(route) for route in offered_routes()}


def test_a_sender_without_a_number_gets_no_form(make_account, receive, operator):
    found = receive(make_account("tcast"), "Promo!", sender="TELKOMSEL")
    page = client_of(operator).get(page_of(found)).content.decode()
    assert "no mobile number" in page
    assert 'id="reply"' not in page


@pytest.mark.parametrize("role", ["Support"])
def test_who_only_looks_changes_nothing(role, make_account, receive):
    account = make_account("tcast")
    found, client = receive(account, "Ada?"), client_of(make_person(role))
    page = client.get(page_of(found)).content.decode()
    assert 'id="reply"' not in page
    assert 'id="act"' not in page
    for action in ("reply", "claim", "release", "read", "assign", "finish", "unread", "reopen"):
        assert client.post(f"{page_of(found)}{action}/").status_code == 403
    assert not Message.objects.exists()


def test_the_gate_wants_the_right_to_send(make_account, receive, db):
    account = make_account("tcast")
    found = receive(account, "Ada?")
    helper = make_person(None, "inbox.view_conversation", "inbox.change_conversation")
    with pytest.raises(Refused):
        send_reply(
            conversation=found, key=uuid.uuid4(), route=usual_route(found, offered_routes()), text="Ya", actor=helper
        )


def test_whatsapp_is_answered_by_whatsapp(make_account, receive):
    nusa = make_account("nusasms")
    found = receive(nusa, "Ada?", channel=Channel.WHATSAPP)
    assert usual_route(found, offered_routes()).channel == Channel.WHATSAPP
