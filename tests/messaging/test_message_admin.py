"""The pages of messages: fast lists, search by any spelling, the timeline, and cancelling what waits."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from smsops.inbox.models import InboundMessage
from smsops.messaging.lookup import reference_at
from smsops.messaging.models import Message, MessageEvent
from smsops.messaging.services import cancel_messages
from tests.people import client_of, make_person

LIST = "/admin/messaging/message/"


@pytest.fixture
def support(db):
    return client_of(make_person("Support"))


def numbers_on(response):
    return [message.recipient for message in response.context["cl"].result_list]


def queries_of(client, url):
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in caught]


# --- the list --------------------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_the_rows(support, make_account, queue_messages):
    queue_messages(make_account(), 2)
    few = len(queries_of(support, LIST))
    for number in range(3):
        queue_messages(make_account(), [f"+62813{number}{end:07d}" for end in range(30)])
    assert len(queries_of(support, LIST)) == few


@pytest.mark.parametrize("page", [LIST, "/admin/providers/callbackreceipt/", "/admin/inbox/inboundmessage/"])
def test_nothing_is_counted_without_an_end(support, make_account, queue_messages, page):
    queue_messages(make_account(), 3)
    counts = [sql for sql in queries_of(support, page) if "COUNT(" in sql and "auth" not in sql]
    assert not [sql for sql in counts if "LIMIT" not in sql]


def test_it_leads_on_by_next_and_back(support, make_account, queue_messages):
    queue_messages(make_account(), 60)
    first, second = support.get(LIST), support.get(f"{LIST}?p=2")
    assert len(numbers_on(first)) == 50
    assert len(numbers_on(second)) == 10
    assert "Next" in first.content.decode()
    assert "?p=3" not in second.content.decode()
    assert set(numbers_on(first)).isdisjoint(numbers_on(second))


@pytest.mark.parametrize("page", ["?p=0", "?p=100000", "?p=nonsense", "?p=-1", "?written_from=nonsense"])
def test_a_page_that_cannot_be_is_no_error(support, make_account, queue_messages, page):
    queue_messages(make_account(), 3)
    assert support.get(LIST + page, follow=True).status_code == 200


@pytest.mark.parametrize(
    "spelling", ["081234567890", "6281234567890", "+62 812-3456-7890", "0062 812 3456 7890", "0812.3456.7890"]
)
def test_it_finds_a_number_in_any_spelling(support, make_account, queue_messages, spelling):
    queue_messages(make_account(), ["+6281234567890", "+6281234567891"])
    assert numbers_on(support.get(LIST, {"q": spelling})) == ["+6281234567890"]


def test_it_finds_our_reference_and_the_providers_id(support, make_account, queue_messages):
    first, second = queue_messages(make_account(), 2)
    Message.objects.filter(reference=second.reference).update(provider_message_id="WX-17/b")
    assert numbers_on(support.get(LIST, {"q": first.reference})) == [first.recipient]
    assert numbers_on(support.get(LIST, {"q": "WX-17/b"})) == [second.recipient]
    assert numbers_on(support.get(LIST, {"q": "nothing like it"})) == []


def test_a_search_reads_no_text_and_uses_no_pattern(support, make_account, queue_messages):
    queue_messages(make_account(), 1)
    assert not [sql for sql in queries_of(support, f"{LIST}?q=Halo") if " LIKE " in sql.upper()]


def test_it_filters_by_day_by_the_index_of_the_references(support, make_account, queue_messages):
    account = make_account()
    old = timezone.now() - timedelta(days=3)
    queue_messages(account, ["+6281200000001"], reference=reference_at(old) + "0" * 14)
    queue_messages(account, ["+6281200000002"])
    today = timezone.localdate()
    assert numbers_on(support.get(LIST, {"written_from": today.isoformat()})) == ["+6281200000002"]
    yesterday = (today - timedelta(days=1)).isoformat()
    assert numbers_on(support.get(LIST, {"written_to": yesterday})) == ["+6281200000001"]


# --- one message -----------------------------------------------------------------------------------------------------


def test_the_timeline_speaks_plainly_and_quotes_the_provider(support, make_account, queue_messages):
    (message,) = queue_messages(make_account("tcast"))
    message = Message.objects.get(reference=message.reference)
    for status, source, code, text in [
        ("sent", "submit", "0", "OK"), ("delivered", "callback", "DELIVRD", "<b>tiba</b>"),
    ]:  # fmt: skip
        MessageEvent.objects.create(message=message, status=status, source=source, code=code, text=text)
    MessageEvent.objects.create(message=message, status="delivered", told="expired", source="callback")
    page = support.get(f"{LIST}{message.pk}/change/").content.decode()
    assert "Accepted by TCAST" in page
    assert "&lt;b&gt;tiba&lt;/b&gt;" in page
    assert "Reported as “Expired at the operator”; it stays “Delivered”" in page


@pytest.mark.parametrize(("role", "is_shown"), [("Support", False), ("Operator", False), ("Administrator", True)])
def test_a_code_is_shown_only_to_those_who_may_read_it(make_account, queue_messages, role, is_shown):
    queue_messages(make_account(), text="Kode Anda 739215", kind="otp")
    message = Message.objects.get()
    client = client_of(make_person(role))
    for url in (LIST, f"{LIST}{message.pk}/change/"):
        assert ("739215" in client.get(url).content.decode()) is is_shown


def test_hostile_text_is_only_text(support, make_account, queue_messages):
    queue_messages(make_account(), text="<script>alert(1)</script>{{7*7}}")
    for url in (LIST, f"{LIST}{Message.objects.get().pk}/change/"):
        assert "<script>alert" not in support.get(url).content.decode()


def test_rows_cannot_be_written_by_hand(make_account, queue_messages):
    queue_messages(make_account())
    url = f"{LIST}{Message.objects.get().pk}"
    client = client_of(make_person(is_superuser=True))
    assert client.post(f"{url}/change/", {"text": "other"}).status_code == 403
    assert client.post(f"{url}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403


def test_received_messages_are_found_by_any_spelling(support, make_account):
    account = make_account()
    for number in ("+6281234567890", "BANK"):
        InboundMessage.objects.create(account=account, sender=number, text="x", fingerprint=number)
    found = support.get("/admin/inbox/inboundmessage/", {"q": "0812 3456 7890"}).context["cl"].result_list
    assert [inbound.sender for inbound in found] == ["+6281234567890"]


# --- cancelling ------------------------------------------------------------------------------------------------------


def ids():
    return list(Message.objects.order_by("pk").values_list("pk", flat=True))


def cancel(client, **fields):
    return client.post(LIST, {"action": "cancel_waiting", "_selected_action": ids(), "index": "0"} | fields)


def statuses():
    return list(Message.objects.order_by("pk").values_list("status", flat=True))


def test_it_asks_before_it_cancels(make_account, queue_messages):
    queue_messages(make_account(), 2)
    page = cancel(client_of(make_person("Approver"))).content.decode()
    assert "Cancel 2 waiting messages?" in page
    assert statuses() == ["queued", "queued"]


def test_it_cancels_what_waits_and_says_who(make_account, queue_messages):
    queue_messages(make_account(), 3)
    Message.objects.filter(pk=ids()[0]).update(status="sent")
    approver = make_person("Approver")
    cancel(client_of(approver), confirmed="1")
    assert statuses() == ["sent", "cancelled", "cancelled"]
    events = MessageEvent.objects.filter(status="cancelled", source="staff", actor=approver)
    assert events.count() == 2
    assert Message.objects.filter(status="cancelled", finished_at=None).count() == 0


def test_an_operator_cancels_only_what_he_wrote(make_account, queue_messages):
    operator = make_person("Operator")
    queue_messages(make_account(), ["+6281200000001"], created_by=operator)
    queue_messages(make_account(), ["+6281200000002"])
    cancel(client_of(operator), confirmed="1")
    assert statuses() == ["cancelled", "queued"]


def test_support_cannot_cancel(support, make_account, queue_messages):
    queue_messages(make_account())
    cancel(support, confirmed="1")
    assert statuses() == ["queued"]


def test_what_may_have_gone_out_is_not_called_cancelled(make_account, queue_messages):
    queue_messages(make_account(), 2)
    Message.objects.filter(pk=ids()[0]).update(doubtful_since=timezone.now())
    assert cancel_messages(Message.objects.all(), make_person("Approver")) == 1
    assert statuses() == ["uncertain", "cancelled"]


def test_it_cancels_thousands_in_steps(make_account, queue_messages):
    queue_messages(make_account(), 2500)
    assert cancel_messages(Message.objects.all(), None) == 2500
    assert MessageEvent.objects.count() == 2500
