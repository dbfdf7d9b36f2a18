"""Quick replies: one's own and shared ones."""

import pytest

from contacts.models import Contact
from smsops.inbox.models import QuickReply
from tests.inbox.conftest import NUMBER
from tests.inbox.conversations.people import page_of
from tests.people import client_of, make_person

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
