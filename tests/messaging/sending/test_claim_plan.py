"""What a claim costs does not depend on how many messages wait."""

import uuid

import pytest
from django.db import connection

from smsops.messaging.models import Campaign
from smsops.messaging.sending.hotpath import claim_statement
from smsops.messaging.sending.queue import COLUMNS

pytestmark = pytest.mark.django_db
# When PostgreSQL last looked at the table, and how many rows a claim takes.
LOOKS = pytest.mark.parametrize(("last_look", "taken"), [("never", 700), ("empty", 700), ("full", 7)])


@pytest.fixture(autouse=True)
def postgresql(db):
    """With files as of a new table: what tests before wrote and rolled back would count in the costs."""
    if connection.vendor != "postgresql":
        pytest.skip("the plan is PostgreSQL's")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE messaging_message CASCADE")


def rows_read(statement, parameters):
    """How many rows the plan's busiest step had in its hands, each time that it was run."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, parameters)
        plan = cursor.fetchone()[0][0]["Plan"]
    return max(steps_of(plan))


def steps_of(plan):
    yield plan["Actual Loops"] * (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0))
    for inner in plan.get("Plans", ()):
        yield from steps_of(inner)


def analyze(is_due):
    if is_due:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE messaging_message")


@pytest.mark.parametrize("is_marked", [False, True])
@LOOKS
def test_a_claim_reads_no_more_single_sends_than_it_takes(make_account, queue_messages, is_marked, last_look, taken):
    account = make_account("rajasms")
    analyze(last_look == "empty")
    queue_messages(account, 4000)
    analyze(last_look == "full")
    statement = claim_statement(COLUMNS, of_campaign=False, is_marked=is_marked)
    asked = [account.pk] * is_marked
    assert rows_read(statement, [account.pk, *asked, taken, uuid.uuid4()]) == taken


@pytest.mark.parametrize(("last_look", "taken"), [("never", 700), ("full", 7)])
def test_a_claim_reads_no_more_of_a_campaign_than_it_takes(make_account, queue_messages, last_look, taken):
    account = make_account("rajasms")
    campaign = Campaign.objects.create(name="Promo", account=account, status=Campaign.Status.RUNNING)
    queue_messages(account, 4000, campaign=campaign)
    analyze(last_look == "full")
    statement = claim_statement(COLUMNS, of_campaign=True, is_marked=False)
    assert rows_read(statement, [account.pk, campaign.pk, taken, uuid.uuid4()]) == taken
