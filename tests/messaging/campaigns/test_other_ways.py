"""How many messages of a campaign went on by another account or channel: counted by its index, shown with a link."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from smsops.messaging.campaigns.counting import SMALL, count_messages
from smsops.messaging.models import Campaign, Message
from tests.messaging.sending.test_claim_plan import rows_read
from tests.people import client_of, make_person

NUMBERS = " ".join(f"0812{number:08d}" for number in range(8))


@pytest.fixture
def first(make_account):
    return make_account("unified", name="Utama", options={"channel": "both"})


@pytest.fixture
def second(make_account):
    return make_account("smsmasking", name="Cadangan <b>")


@pytest.fixture
def campaign(make_campaign, first, second):
    routes = [{"account": second.pk, "channel": "sms"}]
    return make_campaign(
        first, pasted=NUMBERS, routes=routes, status="running", total=8, launched_at="2026-11-21T10:00:00Z",
        started_at="2026-11-21T10:00:00Z",
    )  # fmt: skip


@pytest.fixture
def send(campaign, queue_messages):
    """Put first messages of the campaign by an account."""
    return lambda account, numbers, **fields: queue_messages(account, numbers, campaign=campaign, **fields)


def send_on(account, rows, **fields):
    """The same to the same people once more, as another message."""
    return [
        Message.objects.create(
            account=account, resend_of=row, recipient=row.recipient, operator=row.operator, text=row.text,
            campaign=row.campaign, **fields,
        )
        for row in rows
    ]  # fmt: skip


def ways(campaign):
    campaign.refresh_from_db()
    return count_messages(campaign)["ways"]


def test_while_all_went_by_the_first_there_is_nothing_to_tell(campaign, send, first):
    rows = send(first, 4, status="failed")
    assert ways(campaign) == []
    send_on(first, rows[:2])
    assert ways(campaign) == []


def test_further_tries_are_counted_by_account_and_channel(campaign, send, first, second):
    rows = send(first, 5, status="failed")
    again = send_on(second, rows[:3], status="failed")
    send_on(first, rows[3:4], channel="whatsapp")
    send_on(second, again[:1])
    assert ways(campaign) == [[second.pk, "sms", 4], [first.pk, "whatsapp", 1]]


def test_what_an_operators_own_account_sends_at_first_is_no_other_way(campaign, send, first, second):
    Campaign.objects.update(splits={"Telkomsel": second.pk})
    rows = send(second, 2, operator="Telkomsel", status="failed")
    send_on(second, rows[:1])
    rest = send(first, ["+6285600000001"], operator="Indosat Ooredoo Hutchison", status="failed")
    assert ways(campaign) == []
    send_on(second, rest)
    assert ways(campaign) == [[second.pk, "sms", 1]]


def test_the_page_tells_them_and_leads_to_their_list(campaign, send, first, second, rina):
    rows = send(first, 5, status="failed")
    send_on(second, rows[:3])
    browser = client_of(rina)
    answer = browser.get(reverse("messaging:campaign_live", args=[campaign.pk]))
    page = answer.content.decode()
    assert "Messages that went on by another account or channel" in page
    assert "By “Cadangan &lt;b&gt;”, SMS" in page
    assert "Cadangan <b>" not in page
    (line,) = answer.context["ways"]
    assert line.count == 3
    listed = browser.get(line.link)
    assert listed.status_code == 200
    assert {row.account for row in listed.context["cl"].result_list} == {second}
    assert len(listed.context["cl"].result_list) == 3


def test_who_may_not_see_messages_has_no_link(campaign, send, first, second):
    send_on(second, send(first, 1, status="failed"))
    person = make_person(None, "messaging.view_campaign")
    page = client_of(person).get(reverse("messaging:campaign", args=[campaign.pk])).content.decode()
    assert "By “Cadangan &lt;b&gt;”, SMS" in page
    assert "resend_of__isnull" not in page


def test_a_large_campaigns_page_reads_what_beat_has_counted(campaign, first, second, rina):
    counts = {"statuses": {"delivered": SMALL + 1}, "reasons": [], "ways": [[second.pk, "sms", 1204]]}
    Campaign.objects.update(total=SMALL + 1, counts=counts)
    with CaptureQueriesContext(connection) as asked:
        page = client_of(rina).get(reverse("messaging:campaign_live", args=[campaign.pk])).content.decode()
    assert "1,204" in page
    assert not [query for query in asked if 'FROM "messaging_message"' in query["sql"]]


def test_a_large_campaign_that_was_counted_before_there_were_ways_is_shown(campaign, rina):
    Campaign.objects.update(total=SMALL + 1, counts={"statuses": {"delivered": SMALL + 1}, "reasons": []})
    page = client_of(rina).get(reverse("messaging:campaign", args=[campaign.pk])).content.decode()
    assert "another account or channel" not in page


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the plans of PostgreSQL")
def test_counting_them_reads_further_tries_only(campaign, send, first, second):
    rows = send(first, 4000)
    send_on(second, rows[:20])
    connection.cursor().execute("ANALYZE messaging_message")
    with CaptureQueriesContext(connection) as asked:
        assert ways(campaign) == [[second.pk, "sms", 20]]
    (statement,) = [query["sql"] for query in asked if "resend_of_id" in query["sql"] and "LEFT" not in query["sql"]]
    assert rows_read(statement.replace("%", "%%"), []) <= 20
