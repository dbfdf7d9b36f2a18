"""Who was written to and never reached is marked within two turns, whatever happens to messages and contacts."""

import re
import threading
import time
from contextlib import closing

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact
from contacts.services import update_contact
from providers.types import DeliveryReport, ReportStatus
from smsops.messaging.delivery import apply_reports
from smsops.messaging.models import Message
from smsops.messaging.sending.queue import write_events
from smsops.reports.models import ReachTrail, UnreachedContact
from smsops.reports.reach.following import CHECK, CHUNK, HIGHEST, follow_reach
from smsops.reports.reach.marking import unreached
from smsops.reports.visibility import transactions_under_way
from tests.contacts.conftest import add_contact as add_contact
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db

NUMBER, OTHER = "+6281234567890", "+6281299999999"
LIST = "/admin/contacts/contact/?delivery=never"


@pytest.fixture
def siti(add_contact):
    """Known here before anything is followed."""
    contact = add_contact("Siti", NUMBER)
    follow_reach(seconds=60)
    return contact


@pytest.fixture
def account(make_account):
    return make_account()


def marked():
    """The names of those who are marked, after the marks have followed."""
    while follow_reach(seconds=60):
        pass
    return listed()


def listed():
    return sorted(unreached(Contact.objects.all()).values_list("name", flat=True))


def check_all():
    """As it is done every night."""
    ReachTrail.objects.filter(name=CHECK).update(checked_on=None, cursor=0)


@pytest.fixture
def send(account, queue_messages):
    def send(number=NUMBER, status="sent", provider_message_id="P1"):
        (message,) = queue_messages(account, [number])
        Message.objects.filter(pk=message.pk).update(status=status, provider_message_id=provider_message_id)
        write_events([message.pk], status=status, text="")
        return message

    return send


def report(account, status, provider_message_id="P1"):
    apply_reports(account=account, reports=[DeliveryReport(provider_message_id, status)], source="poll")


def test_the_mark_follows_a_message_until_it_is_delivered(siti, account, queue_messages, send):
    queue_messages(account, [NUMBER])
    assert marked() == []
    send()
    assert marked() == ["Siti"]
    report(account, ReportStatus.UNDELIVERED)
    assert marked() == ["Siti"]
    report(account, ReportStatus.DELIVERED)
    assert marked() == []
    assert not UnreachedContact.objects.exists()


def test_whoever_was_reached_once_is_never_marked_again(siti, send):
    send(status="delivered")
    send(status="undelivered", provider_message_id="P2")
    assert marked() == []


@pytest.mark.parametrize("status", ["failed", "uncertain", "cancelled", "lapsed", "suppressed"])
def test_what_no_provider_took_marks_nobody(siti, send, status):
    send(status=status)
    assert marked() == []


def test_a_new_contact_of_a_number_that_was_written_to_is_marked(siti, add_contact, send):
    send(OTHER, "undelivered")
    assert marked() == []
    add_contact("Budi", OTHER)
    assert marked() == ["Budi"]


def test_a_contact_with_another_number_is_no_longer_listed_and_the_check_finds_the_new_one(siti, send):
    send(NUMBER, "undelivered")
    send(OTHER, "undelivered", "P2")
    assert marked() == ["Siti"]
    siti.mobile = OTHER
    update_contact(contact=siti, changed=["mobile"])
    assert listed() == []
    check_all()
    assert marked() == ["Siti"]
    assert UnreachedContact.objects.get().number == OTHER


def test_a_contact_that_comes_back_under_its_id_has_its_mark(siti, send):
    send()
    assert marked() == ["Siti"]
    pk = siti.pk
    siti.delete()
    assert listed() == []
    Contact.objects.create(pk=pk, name="Siti again", mobile=NUMBER)
    assert listed() == ["Siti again"]


def test_the_check_mends_what_is_wrong_and_forgets_who_is_gone(siti, add_contact, send):
    send()
    reached = add_contact("Budi", OTHER)
    assert marked() == ["Siti"]
    UnreachedContact.objects.all().delete()
    gone = Contact.objects.latest("pk").pk + 1000
    for pk, number in ((reached.pk, OTHER), (gone, "+62811")):
        UnreachedContact.objects.create(contact_id=pk, number=number)
    check_all()
    assert marked() == ["Siti"]
    assert [mark.contact_id for mark in UnreachedContact.objects.all()] == [siti.pk]
    assert ReachTrail.objects.get(name=CHECK).cursor == HIGHEST


def test_the_first_turn_marks_everybody_who_was_there_before(add_contact, send):
    add_contact("Siti", NUMBER)
    send(status="expired")
    Contact.objects.bulk_create(Contact(mobile=f"+62813{n:08d}") for n in range(2 * CHUNK))
    add_contact("Budi", OTHER)
    send(OTHER, "expired", "P2")
    assert marked() == ["Budi", "Siti"]


def test_a_turn_that_runs_out_of_time_is_gone_on_with(siti, send):
    send()
    Contact.objects.bulk_create(Contact(mobile=f"+62813{n:08d}") for n in range(2 * CHUNK + 1))
    turns = 1
    while follow_reach(seconds=0):
        turns += 1
    assert turns > 1
    assert marked() == ["Siti"]


def test_following_asks_no_more_for_many_than_for_few(siti, account, queue_messages, django_assert_num_queries):
    def written_to(numbers):
        Contact.objects.bulk_create(Contact(mobile=number) for number in numbers)
        ids = [message.pk for message in queue_messages(account, numbers, status="undelivered")]
        write_events(ids, status="undelivered", text="")

    written_to(["+6281100000001"])
    marked()
    written_to(["+6281100000002"])
    with CaptureQueriesContext(connection) as few:
        follow_reach(seconds=60)
    written_to([f"+62812{n:08d}" for n in range(200)])
    with django_assert_num_queries(len(few)):
        follow_reach(seconds=60)
    assert UnreachedContact.objects.count() == 202


def test_the_page_asks_no_messages(siti, send):
    send()
    assert marked() == ["Siti"]
    client = client_of(make_person("Support"))
    client.get(LIST)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(f"{LIST}&_facets=True")
    assert [contact.name for contact in answer.context["cl"].result_list] == ["Siti"]
    assert not [query["sql"] for query in captured if "messaging_message" in query["sql"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="one writer at a time elsewhere")
def test_what_is_committed_late_under_a_smaller_number_is_not_overlooked(siti, add_contact, account, send):
    """A slow transaction has taken its ids before another one that ends, and is followed, first."""
    add_contact("Budi", OTHER)
    assert marked() == []
    has_written, may_commit = threading.Event(), threading.Event()

    def write_slowly():
        with closing(connection), transaction.atomic():
            send(NUMBER, "undelivered")
            has_written.set()
            may_commit.wait(20)

    slow = threading.Thread(target=write_slowly)
    slow.start()
    assert has_written.wait(20)
    send(OTHER, "undelivered", "P2")
    assert marked() == ["Budi"]
    may_commit.set()
    slow.join(20)
    # Whatever else is under way in this server has to end first.
    until = time.monotonic() + 60
    while marked() != ["Budi", "Siti"]:
        assert time.monotonic() < until


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="one writer at a time elsewhere")
def test_a_transaction_that_began_after_all_that_have_ended_is_still_under_way():
    other = connection.copy()
    with closing(other):
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            (number,) = cursor.fetchone()
        underway = transactions_under_way()
        other.rollback()
    assert underway.xmin <= number < underway.xmax


# --- the plans of PostgreSQL -----------------------------------------------------------------------------------------

FILL = (
    """INSERT INTO contacts_contact (name, mobile, operator, address, description, time_zone, attributes)
       SELECT 'C' || n, '+62812' || lpad(n::text, 8, '0'), '', '', '', '', '{}' FROM generate_series(1, 30000) n""",
    """INSERT INTO reports_unreachedcontact (contact_id, number)
       SELECT id, mobile FROM contacts_contact ORDER BY id LIMIT %(marked)s""",
)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the plans of PostgreSQL")
@pytest.mark.parametrize("is_analysed", [True, False])
@pytest.mark.parametrize("count", [3, 200, 29000])
def test_a_page_is_read_by_the_index_of_the_marks(count, is_analysed):
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, {"marked": count})
        cursor.execute("ANALYZE contacts_contact")
        if is_analysed:
            cursor.execute("ANALYZE reports_unreachedcontact")
    client = client_of(make_person("Support"))
    with CaptureQueriesContext(connection) as captured:
        client.get(LIST)
    asked = [query["sql"] for query in captured if "reports_unreachedcontact" in query["sql"]]
    assert asked
    for sql in asked:
        assert_costs_a_page(sql)


def assert_costs_a_page(sql):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    read = [int(rows) * int(loops) for rows, loops in re.findall(r"actual rows=(\d+)\S* loops=(\d+)", plan)]
    assert read, plan
    assert max(read) <= 250, plan
    assert "reports_unreachedcontact" in plan
    assert "Seq Scan on contacts_contact" not in plan, plan
