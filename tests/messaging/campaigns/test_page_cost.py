"""A campaign's pages cost the same however many messages it has: what they show has been counted before."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from smsops.messaging.campaigns.counting import next_leaving
from smsops.messaging.models import Campaign, Message
from tests.messaging.sending.test_claim_plan import rows_read
from tests.people import client_of

PAGES = ["campaign", "campaign_live", "progress", "progress_counts"]


@pytest.fixture
def large(make_campaign, make_account, queue_messages):
    """As if of a million, some thousand of which are there and wait."""
    account, other = make_account(), make_account()
    routes = [{"account": other.pk, "channel": "sms"}]
    campaign = make_campaign(account, routes=routes, status="running", started_at="2026-11-21T10:00:00Z")
    queue_messages(account, 4000, campaign=campaign)
    counts = {"statuses": {"delivered": 996_000, "queued": 4000}, "reasons": []}
    Campaign.objects.update(total=1_000_000, counts=counts, launched_at="2026-11-21T10:00:00Z")
    campaign.refresh_from_db()
    return campaign


def asked_of_messages(browser, campaign, page):
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(reverse(f"messaging:{page}", args=[campaign.pk]))
    assert "996" in answer.content.decode()
    return [query["sql"] for query in queries if 'FROM "messaging_message"' in query["sql"]]


@pytest.mark.parametrize("page", PAGES)
def test_it_reads_a_message_of_each_account_and_no_more(large, rina, page):
    asked = asked_of_messages(client_of(rina), large, page)
    assert len(asked) == 2
    for statement in asked:
        assert "LIMIT 1" in statement
        assert "COUNT(" not in statement


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the plans of PostgreSQL")
@pytest.mark.parametrize("is_analyzed", [False, True])
@pytest.mark.parametrize("page", PAGES)
def test_the_index_of_the_queue_has_it_at_its_edge(large, rina, page, is_analyzed):
    if is_analyzed:
        connection.cursor().execute("ANALYZE messaging_message")
    for statement in asked_of_messages(client_of(rina), large, page):
        assert rows_read(statement.replace("%", "%%"), []) <= 1


def test_the_next_that_leaves_is_the_first_of_all_accounts(large):
    first = Message.objects.earliest("send_after")
    assert next_leaving(large) == (first.send_after, "")
