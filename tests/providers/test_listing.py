"""The end of a list of millions of rows."""

import pytest

from providers.listing import LAST_PAGE
from smsops.messaging.models import Message

MESSAGES = "/admin/messaging/message/"
NO_FURTHER = "goes no further back"
SHOWN = 50 * LAST_PAGE


@pytest.mark.parametrize(("extra", "is_cut"), [(0, False), (1, True)])
def test_the_last_page_says_where_older_rows_are_found(client_of, make_account, queue_messages, extra, is_cut):
    queue_messages(make_account(), SHOWN + extra)
    client = client_of("Operator")
    last = client.get(MESSAGES, {"p": LAST_PAGE}).content.decode()
    assert (NO_FURTHER in last) is is_cut
    assert ">Next<" not in last
    page_before = client.get(MESSAGES, {"p": LAST_PAGE - 1}).content.decode()
    assert NO_FURTHER not in page_before
    assert ">Next<" in page_before


def test_what_lies_behind_the_last_page_is_found_by_the_search(client_of, make_account, queue_messages):
    queue_messages(make_account(), SHOWN + 1)
    oldest = Message.objects.earliest("pk")
    client = client_of("Operator")
    last = client.get(MESSAGES, {"p": LAST_PAGE}).context["cl"].result_list
    found = client.get(MESSAGES, {"q": oldest.recipient}).context["cl"].result_list
    assert oldest not in last
    assert list(found) == [oldest]


@pytest.mark.parametrize(
    ("role", "path", "shown", "hidden"),
    [
        ("Operator", MESSAGES, "Nothing here yet", ("Create a new item", "Show everything", "/add/")),
        ("Operator", f"{MESSAGES}?q=6281", "Show everything", ("Create a new item", "Nothing here yet")),
        ("Operator", f"{MESSAGES}?status__exact=sent", "Show everything", ("Nothing here yet",)),
        ("Operator", f"{MESSAGES}?counted_from=2026-01-01&counted_to=2026-01-01", "Show everything", ()),
        ("Operator", "/admin/messaging/template/", "/admin/messaging/template/add/", ("Show everything",)),
        ("Support", "/admin/inbox/inboundmessage/", "Nothing here yet", ("Create a new item", "/add/")),
    ],
)
def test_an_empty_list_offers_what_can_be_done_there(client_of, role, path, shown, hidden):
    page = client_of(role).get(path).content.decode()
    assert shown in page
    assert [text for text in hidden if text in page] == []
