"""What lists of millions of rows ask has an index: the plans that PostgreSQL makes for tens of thousands."""

import re

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from providers.models import Account
from smsops.inbox.models import Conversation
from smsops.messaging.desk.incidents import list_incidents
from smsops.messaging.models import Campaign
from smsops.messaging.outbox import waiting_messages
from smsops.messaging.tasks import accounts_with_work
from smsops.messaging.tracking.polling import _stop_asking, _uncertain_with_id, _waiting_for_report
from smsops.receipts import apply_waiting

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="the plans of PostgreSQL"),
]

MESSAGES = "/admin/messaging/message/"
RECEIPTS = "/admin/providers/callbackreceipt/"
CALLS = "/admin/providers/calllog/"
INBOUND = "/admin/inbox/inboundmessage/"
NOWHERE, NOBODY = "http://127.0.0.1:9", {"username": "demo", "password": "demo-secret"}
LARGE = (
    "messaging_message|providers_callbackreceipt|providers_calllog|inbox_inboundmessage|messaging_messageevent"
    "|inbox_conversation"
)

MAKE_MESSAGES = """
    INSERT INTO messaging_message (reference, recipient, operator, channel, kind, text, encoding, is_flash, wap_url,
        segments, sender_id, status, provider_message_id, error_code, error_text, send_after, expires_at, priority,
        attempts, send_alone, account_refusals, never_resend, report_asked, next_poll_at, sent_at, account_id,
        campaign_id, created_by_id)
    SELECT lpad(to_hex(1700000000000 + n * 30000::bigint), 11, '0') || substr(md5(n::text), 1, 14),
        '+62812' || lpad(n::text, 8, '0'), '', CASE WHEN n %% 500 = 0 THEN 'whatsapp' ELSE 'sms' END, 'transactional',
        repeat('Halo ', 20), 'gsm7', false, '', 1, '',
        CASE WHEN n > 29800 THEN 'queued' WHEN n > 29790 THEN 'sending' WHEN n %% 100 = 1 THEN 'sent'
             WHEN n %% 1000 = 9 THEN 'uncertain' WHEN n %% 200 = 3 THEN 'failed' ELSE 'delivered' END,
        'P' || n, '', '', now(), now() + interval '1 day', 5, 1, false, 0, false, true,
        now() + CASE WHEN n %% 1000 = 1 THEN interval '0' ELSE interval '1 day' END, now(),
        CASE WHEN n %% 300 = 0 THEN %(rare)s ELSE %(busy)s END, CASE WHEN n < 2000 THEN %(campaign)s END, NULL
    FROM generate_series(1, 30000) n"""
MAKE_EVENTS = """
    INSERT INTO messaging_messageevent (message_id, status, told, source, code, text, raw)
    SELECT id, 'sent', '', 'submit', '', '', '' FROM messaging_message"""
MAKE_RECEIPTS = """
    INSERT INTO providers_callbackreceipt (kind, source, method, query, content_type, body, state, error, attempts,
        account_id)
    SELECT CASE WHEN n %% 1000 = 0 THEN 'inbox' ELSE 'reports' END, 'push', 'GET', repeat('x', 100), '', '',
        CASE WHEN n %% 5000 = 7 THEN 'stuck' WHEN n %% 2000 = 8 THEN 'waiting' ELSE 'applied' END, '', 0,
        CASE WHEN n %% 300 = 0 THEN %(rare)s ELSE %(busy)s END
    FROM generate_series(1, 20000) n"""
MAKE_CALLS = """
    INSERT INTO providers_calllog (started_at, name, method, url, request, reply, error, duration_ms, is_plain,
        account_id)
    SELECT now(), 'send', 'GET', repeat('x', 100), '', '', '', 1, n %% 100 = 0,
        CASE WHEN n %% 300 = 0 THEN %(rare)s ELSE %(busy)s END
    FROM generate_series(1, 20000) n"""
MAKE_INBOUND = """
    INSERT INTO inbox_inboundmessage (sender, recipient, text, channel, provider_message_id, fingerprint, account_id)
    SELECT '+62812' || lpad(n::text, 8, '0'), '', repeat('Ya ', 30),
        CASE WHEN n %% 500 = 0 THEN 'whatsapp' ELSE 'sms' END, n::text, md5(n::text),
        CASE WHEN n %% 300 = 0 THEN %(rare)s ELSE %(busy)s END
    FROM generate_series(1, 20000) n"""

MAKE_CONVERSATIONS = """
    INSERT INTO inbox_conversation (number, account_id, channel, last_id, last_text, last_inbound_at, unread, is_done)
    SELECT '+62812' || lpad(n::text, 8, '0'), %(busy)s, 'sms', n, 'Ya', now(), CASE WHEN n %% 50 = 0 THEN 1 ELSE 0 END,
        n %% 10 <> 0
    FROM generate_series(1, 20000) n"""

STATEMENTS = (MAKE_MESSAGES, MAKE_EVENTS, MAKE_RECEIPTS, MAKE_CALLS, MAKE_INBOUND, MAKE_CONVERSATIONS)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Tens of thousands of rows of everything; most belong to one account, few to the other. Made once: each test
    goes back to a savepoint in this transaction, which is never committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        values = make_world()
        # Now and not at the end of each test, which would look at every row again.
        connection.check_constraints()
        yield values
        transaction.set_rollback(True)


def make_world():
    busy, rare = (
        Account.objects.create(name=name, provider="smsmasking", base_url=NOWHERE, credentials=NOBODY)
        for name in ("busy", "rare")
    )
    campaign = Campaign.objects.create(name="Walk", account=busy, total=2000)
    values = {"busy": busy.pk, "rare": rare.pk, "campaign": campaign.pk}
    with connection.cursor() as cursor:
        # What tests before left and rolled back stands in the files still, and would count in the costs.
        cursor.execute(f"TRUNCATE {LARGE.replace('|', ', ')} CASCADE")
        for statement in STATEMENTS:
            cursor.execute(statement, values)
        for table in LARGE.split("|"):
            cursor.execute(f"ANALYZE {table}")
    return values


@pytest.fixture
def client(world):
    browser = Client()
    user = User.objects.create_superuser("superuser")
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    browser.get("/admin/")
    return browser


def plans_of(work):
    """The plans of all that `work` reads of the large tables, as text."""
    with CaptureQueriesContext(connection) as captured:
        work()
    plans = []
    with connection.cursor() as cursor:
        for query in captured:
            if query["sql"].startswith("SELECT") and re.search(LARGE, query["sql"]):
                cursor.execute(f"EXPLAIN {query['sql']}")
                plans.append("\n".join(line for (line,) in cursor.fetchall()))
    return plans


def incident_page():
    incident = list_incidents().found[0]
    return f"/admin/desk/uncertain/{incident.account.pk}/{incident.stamp}/{incident.what}/"


def assert_indexed(plans, index):
    text = "\n".join(plans)
    assert plans
    assert index in text, text
    assert not re.search(rf"Seq Scan on ({LARGE})", text), text


@pytest.mark.parametrize(
    ("address", "query", "index"),
    [
        (MESSAGES, "", "messaging_message_pkey"),
        (MESSAGES, "status__exact=uncertain", "message_status"),
        (MESSAGES, "status__exact=failed", "message_status"),
        (MESSAGES, "status__exact=cancelled", "message_status"),
        (MESSAGES, "status__exact=sending", "message_claimed"),
        (MESSAGES, "status__exact=sent", "message_unreported"),
        (MESSAGES, "account__id__exact={rare}", "message_account"),
        (MESSAGES, "channel__exact=whatsapp", "message_whatsapp"),
        (MESSAGES, "campaign__id__exact={campaign}&status__exact=uncertain", "message_"),
        (MESSAGES, "campaign__id__exact={campaign}&status__exact=sent", "message_"),
        (MESSAGES, "campaign__id__exact={campaign}&account__id__exact={rare}&resend_of__isnull=0", "message_"),
        (MESSAGES, "written_from=2023-11-15&written_to=2023-11-16", "messaging_message_reference_key"),
        (MESSAGES, "written_from=2030-01-01", "messaging_message_reference_key"),
        (MESSAGES, "q=0812-0000-0123", "message_number"),
        (MESSAGES, "q=P123", "message_provider_id"),
        (RECEIPTS, "", "providers_callbackreceipt_pkey"),
        (RECEIPTS, "state__exact=stuck", "receipt_state"),
        (RECEIPTS, "state__exact=partial", "receipt_state"),
        (RECEIPTS, "kind__exact=inbox", "receipt_inbox"),
        (RECEIPTS, "account__id__exact={rare}", "receipt_recent"),
        (CALLS, "", "providers_calllog_pkey"),
        (CALLS, "account__id__exact={rare}", "call_recent"),
        (INBOUND, "", "inbox_inboundmessage_pkey"),
        (INBOUND, "account__id__exact={rare}", "inbound_account"),
        (INBOUND, "channel__exact=whatsapp", "inbound_whatsapp"),
        (INBOUND, "q=0812-0000-0123", "inbound_sender"),
    ],
)
def test_every_filter_and_search_of_the_lists_has_its_index(world, client, address, query, index):
    page = f"{address}?{query.format(**world)}"
    assert_indexed(plans_of(lambda: client.get(page)), index)
    assert client.get(page).status_code == 200


def test_the_page_of_one_message_reads_its_steps_by_their_index(client):
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM messaging_message")
        (newest,) = cursor.fetchone()
    assert_indexed(plans_of(lambda: client.get(f"{MESSAGES}{newest}/change/")), "messaging_messageevent_message_id")


def test_the_progress_of_a_campaign_is_counted_by_its_index(world, client):
    page = f"/admin/messages/progress/{world['campaign']}/counts/"
    assert_indexed(plans_of(lambda: client.get(page)), "message_campaign")


def test_the_uncertain_desk_reads_what_is_uncertain_and_no_more(client, world):
    assert_indexed(plans_of(lambda: client.get("/admin/desk/uncertain/")), "message_status")
    assert_indexed(plans_of(lambda: client.get(incident_page())), "message_status")


@pytest.mark.parametrize(
    ("term", "indexes"),
    [
        ("0812-0000-0123", ["message_number", "inbound_sender"]),
        ("0123", ["message_number", "inbound_last_digits"]),
        ("000123", ["message_number", "inbound_last_digits"]),
        ("P123", ["message_provider_id"]),
    ],
)
def test_the_look_up_reads_no_whole_table(client, term, indexes):
    plans = plans_of(lambda: client.get("/admin/desk/look-up/", {"q": term}))
    for index in indexes:
        assert_indexed(plans, index)


CONVERSATIONS = "/admin/inbox/conversations/"


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "conversation_open"),
        ("show=unread", "conversation_unread"),
        ("show=mine", "conversation_assigned"),
        ("show=done", "conversation_done"),
        ("q=0812-0000-0123", "inbox_conversation_number"),
        ("q=0123", "conversation_last_digits"),
        ("q=sepatu", "inbound_words"),
    ],
)
def test_every_list_of_conversations_has_its_index(client, query, index):
    assert_indexed(plans_of(lambda: client.get(f"{CONVERSATIONS}?{query}")), index)


def test_one_conversation_is_read_by_its_number(client):
    plans = plans_of(lambda: client.get(f"{CONVERSATIONS}{Conversation.objects.latest('pk').pk}/live/"))
    for index in ("message_number", "inbound_sender"):
        assert_indexed(plans, index)


@pytest.mark.parametrize("page", ["/admin/", "/admin/messages/outbox/", "/admin/messages/resume/{rare}/"])
def test_the_pages_that_tell_what_waits_read_no_whole_table(world, client, page):
    plans = plans_of(lambda: client.get(page.format(**world)))
    assert_indexed(plans, "message_")


def test_what_beat_asks_every_few_seconds_reads_no_whole_table(world):
    busy = Account.objects.get(pk=world["busy"])
    assert_indexed(plans_of(accounts_with_work), "message_due")
    assert_indexed(plans_of(lambda: waiting_messages(busy)), "message_")
    assert_indexed(
        plans_of(lambda: list(_waiting_for_report(busy, False).order_by("next_poll_at")[:5])), "message_next_poll"
    )
    assert_indexed(plans_of(lambda: list(_uncertain_with_id(busy, False)[:5])), "message_status")
    assert_indexed(plans_of(lambda: _stop_asking(busy)), "message_next_poll")
    assert_indexed(plans_of(apply_waiting), "receipt_waiting")
