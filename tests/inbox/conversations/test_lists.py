"""The lists of conversations: what each shows, how it is searched, and that long ones cost the same."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact
from smsops.inbox.conversations import claims
from smsops.inbox.conversations.listing import LISTS, PAGE, read_page, search
from smsops.inbox.models import Conversation
from tests.inbox.conftest import NUMBER
from tests.inbox.conversations.people import LIST
from tests.people import client_of, make_person


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
