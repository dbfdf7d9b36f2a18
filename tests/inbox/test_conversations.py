"""Conversations: kept with what is stored, found by number, name and words, answered once and by one at a time."""

import threading
import uuid
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import Contact
from providers.types import Channel, InboundText
from smsops.inbox.conversations import claims
from smsops.inbox.conversations.listing import LISTS, PAGE, read_page, search
from smsops.inbox.conversations.replying import offered_routes, send_reply, usual_route
from smsops.inbox.models import Conversation, InboundMessage, QuickReply, Reply, Suppression
from smsops.inbox.services import store_inbound
from smsops.messaging.compose import Refused
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message
from tests.inbox.conftest import NUMBER
from tests.people import client_of, make_person

LIST = "/admin/inbox/conversations/"
OTHER = "+6281234567891"


@pytest.fixture
def operator(db):
    return make_person("Operator")


@pytest.fixture
def colleague(db):
    return make_person("Operator", username="dewi")


def page_of(conversation):
    return f"{LIST}{conversation.pk}/"


# --- kept with what is stored ----------------------------------------------------------------------------------------


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


# --- the lists -------------------------------------------------------------------------------------------------------


def texts_in(name, user):
    return {row.last_text for row in read_page(name, user, 0).rows}


def test_each_list_shows_what_its_name_says(make_account, receive, operator, colleague):
    account = make_account("tcast")
    for number, name in enumerate(["mine", "others", "nobodys", "done"]):
        receive(account, name, sender=f"+62812345678{number:02d}")
    found = {row.last_text: row for row in Conversation.objects.all()}
    claims.assign_conversation(conversation_id=found["mine"].pk, to=operator, was=None)
    claims.assign_conversation(conversation_id=found["others"].pk, to=colleague, was=None)
    claims.finish_conversation(conversation_id=found["done"].pk)
    claims.mark_read(conversation_id=found["others"].pk, upto=found["others"].last_id)
    shown = {name: texts_in(name, operator) for name in LISTS}
    assert shown == {
        "open": {"mine", "others", "nobodys"}, "unread": {"mine", "nobodys"}, "mine": {"mine"},
        "nobody": {"nobodys"}, "others": {"others"}, "done": {"done"},
    }  # fmt: skip


def test_long_lists_are_read_page_by_page_with_as_many_questions(make_account, receive, operator):
    account, client = make_account("tcast"), client_of(operator)
    client.get(LIST)
    receive(account, "one")
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for number in range(PAGE + 5):
        receive(account, "many", sender=f"+62812345{number:05d}")
    with CaptureQueriesContext(connection) as many:
        first = client.get(LIST)
    assert len(many) <= len(few)
    assert "Older" in first.content.decode()
    second = client.get(LIST, {"before": first.context["found"].older})
    assert len(second.context["found"].rows) == 6
    assert "Older" not in second.content.decode()


@pytest.mark.parametrize("nonsense", ["?before=x", "?before=99999999999999999999", "?show=x", "?before=-1", "?q=%00"])
def test_nonsense_in_the_address_shows_a_list(nonsense, operator):
    assert client_of(operator).get(LIST + nonsense).status_code == 200


@pytest.mark.parametrize(
    "term", ["0812-3456-7890", "62812 3456 7890", "7890", "567890", "sit", "sepatu", "SEPATU mer", "merah, sepatu?"]
)
def test_it_is_found_by_number_name_and_words(term, make_account, receive, operator):
    account = make_account("tcast")
    Contact.objects.create(name="Siti Rahmawati", mobile=NUMBER)
    receive(account, "Apakah sepatu merah masih ada?")
    receive(account, "Terima kasih")
    receive(account, "Ukuran berapa?", sender="+6281355501234")
    assert [row.number for row in search(term, operator).rows] == [NUMBER]


@pytest.mark.parametrize("term", ["'", "\\", "a' | 'b", ":*", "!!", "🙂", "x" * 300, "\x00", "%", "_"])
def test_a_hostile_search_finds_nothing_and_breaks_nothing(term, make_account, receive, operator):
    receive(make_account("tcast"), "Halo")
    assert search(term, operator).rows == []


def test_names_are_for_those_who_may_see_contacts(make_account, receive):
    Contact.objects.create(name="Siti Rahmawati", mobile=NUMBER)
    receive(make_account("tcast"), "Halo")
    blind = client_of(make_person(None, "inbox.view_conversation", "inbox.view_inboundmessage"))
    assert "Siti" not in blind.get(LIST).content.decode()
    assert not blind.get(LIST, {"q": "siti"}).context["found"].rows


def test_the_navigation_tells_how_many_are_unread(make_account, receive, operator):
    client = client_of(operator)
    receive(make_account("tcast"), "Halo")
    items = [item for group in client.get("/admin/").context["sidebar_navigation"] for item in group["items"]]
    assert [item.get("badge") for item in items if str(item["link"]) == LIST] == ["1"]


# --- one conversation ------------------------------------------------------------------------------------------------


def test_both_directions_stand_in_order_with_what_became_of_them(make_account, receive, queue_messages, operator):
    account = make_account("tcast")
    found = receive(account, "Halo?")
    queue_messages(account, [NUMBER], text="Ya, ada", status="delivered", created_by=operator)
    receive(account, "Baik")
    answer = client_of(operator).get(page_of(found))
    assert [entry.text for entry in answer.context["entries"]] == ["Halo?", "Ya, ada", "Baik"]
    page = answer.content.decode()
    assert "Delivered" in page
    assert operator.username in page


def test_looking_at_it_reads_it_but_not_for_those_who_only_look(make_account, receive, operator):
    found = receive(make_account("tcast"), "Halo")
    client_of(make_person("Support")).get(page_of(found))
    assert Conversation.objects.get().unread == 1
    client_of(operator).get(page_of(found))
    assert Conversation.objects.get().unread == 0


def test_what_came_after_the_page_was_made_stays_unread(make_account, receive):
    found = receive(make_account("tcast"), "Halo")
    receive(found.account, "Satu lagi")
    assert not claims.mark_read(conversation_id=found.pk, upto=found.last_id)
    assert Conversation.objects.get().unread == 2


def test_a_code_is_masked_in_the_thread(make_account, receive, queue_messages, operator):
    account = make_account("tcast")
    found = receive(account, "Kode saya mana?")
    queue_messages(account, [NUMBER], text="Kode Anda 739215", kind="otp")
    assert "739215" not in client_of(operator).get(page_of(found)).content.decode()


def test_hostile_words_stay_words(make_account, receive, operator):
    found = receive(make_account("tcast"), '<script>alert(1)</script>" x-data="')
    for address in (LIST, page_of(found)):
        page = client_of(operator).get(address).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_the_live_part_comes_only_when_something_is_new(make_account, receive, operator):
    found, client = receive(make_account("tcast"), "Halo"), client_of(operator)
    for address, page in ((f"{LIST}live/", LIST), (f"{page_of(found)}live/", page_of(found))):
        digest = client.get(page).context["live"]["digest"]
        assert client.get(address, {"digest": digest}).status_code == 204
        receive(found.account, "Baru")
        answer = client.get(address, {"digest": digest})
        assert "Baru" in answer.content.decode()
        assert client.get(address, {"digest": answer.headers["X-Digest"]}).status_code == 204


# --- who answers -----------------------------------------------------------------------------------------------------


def claim(conversation, actor, **how):
    return claims.claim_conversation(conversation_id=conversation.pk, actor=actor, **how)


def test_only_one_answers_at_a_time(make_account, receive, operator, colleague):
    found = receive(make_account("tcast"), "Halo")
    assert claim(found, operator)
    assert claim(found, operator)
    assert not claim(found, colleague)
    page = client_of(colleague).get(page_of(found)).content.decode()
    assert f"{operator.username} is answering now" in page
    claims.release_conversation(conversation_id=found.pk, actor=colleague)
    assert not claim(found, colleague)
    claims.release_conversation(conversation_id=found.pk, actor=operator)
    assert claim(found, colleague)


def test_a_silent_one_and_one_that_is_taken_over_lose_it(make_account, receive, operator, colleague):
    found = receive(make_account("tcast"), "Halo")
    claim(found, operator)
    Conversation.objects.update(answering_until=timezone.now() - timedelta(seconds=1))
    assert claim(found, colleague)
    assert not claim(found, operator)
    assert claim(found, operator, takes_over=True)
    assert not claim(found, colleague)


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.django_db(transaction=True)
def test_of_many_who_claim_at_one_moment_one_has_it(make_account, receive):
    found, won = receive(make_account("tcast"), "Halo"), []
    people = [make_person("Operator") for _ in range(6)]

    def take(person):
        won.append(claim(found, person))
        connection.close()

    threads = [threading.Thread(target=take, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]


def test_it_is_given_to_somebody_once_as_it_was_seen(make_account, receive, operator, colleague):
    found = receive(make_account("tcast"), "Halo")
    mine, others = client_of(operator), client_of(colleague)
    mine.post(f"{page_of(found)}assign/", {"to": operator.pk, "was": ""})
    answer = others.post(f"{page_of(found)}assign/", {"to": colleague.pk, "was": ""}, follow=True)
    assert "Somebody else was faster" in answer.content.decode()
    assert Conversation.objects.get().assigned_to == operator
    others.post(f"{page_of(found)}assign/", {"to": "", "was": operator.pk})
    assert Conversation.objects.get().assigned_to is None
    support = make_person("Support")
    answer = mine.post(f"{page_of(found)}assign/", {"to": support.pk, "was": ""}, follow=True)
    assert "cannot look after" in answer.content.decode()


# --- answering -------------------------------------------------------------------------------------------------------


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


# --- quick replies ---------------------------------------------------------------------------------------------------

QUICK = "/admin/inbox/quickreply/"


def test_quick_replies_are_ones_own_and_shared_ones_with_the_contacts_name(make_account, receive, operator, colleague):
    Contact.objects.create(name="Siti", mobile=NUMBER)
    for name, owner, is_shared in (("mine", operator, False), ("hers", colleague, False), ("ours", colleague, True)):
        QuickReply.objects.create(name=name, text="Halo {name|Kak}", owner=owner, is_shared=is_shared)
    found = receive(make_account("tcast"), "Ada?")
    offered = client_of(operator).get(page_of(found)).context["quick_replies"]
    assert [(name, text) for _pk, name, text in offered] == [("mine", "Halo Siti"), ("ours", "Halo Siti")]
    assert "hers" not in client_of(operator).get(QUICK).content.decode()


def test_an_operator_writes_his_own_and_shares_none(operator, colleague):
    client = client_of(operator)
    client.post(f"{QUICK}add/", {"name": "Salam", "text": "Halo {name}", "is_shared": "on"})
    made = QuickReply.objects.get()
    assert (made.owner, made.is_shared) == (operator, False)
    assert client_of(colleague).get(f"{QUICK}{made.pk}/change/").status_code == 302
    client_of(make_person("Approver")).post(f"{QUICK}add/", {"name": "Semua", "text": "Halo", "is_shared": "on"})
    shared = QuickReply.objects.get(name="Semua")
    assert shared.is_shared
    assert client.post(f"{QUICK}{shared.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("text", ["{nama}", "{", " ", "x" * 3000])
def test_a_quick_reply_that_could_not_be_read_is_refused(text, operator):
    client_of(operator).post(f"{QUICK}add/", {"name": "Salam", "text": text})
    assert not QuickReply.objects.exists()
