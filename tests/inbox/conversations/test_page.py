"""One conversation: both directions in order, what was read, and its live part."""

from datetime import timedelta

from django.utils import timezone

from smsops.inbox.conversations import claims
from smsops.inbox.models import Conversation, InboundMessage
from tests.inbox.conftest import NUMBER
from tests.inbox.conversations.people import LIST, page_of
from tests.people import client_of, make_person


def test_both_directions_stand_in_order_with_what_became_of_them(make_account, receive, queue_messages, operator):
    account = make_account("tcast")
    found = receive(account, "Halo?")
    queue_messages(account, [NUMBER], text="Ya, ada", status="delivered", created_by=operator)
    receive(account, "Baik")
    # All three may have come in one millisecond.
    for text, minutes in (("Halo?", -1), ("Baik", 1)):
        InboundMessage.objects.filter(text=text).update(created_at=timezone.now() + timedelta(minutes=minutes))
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
