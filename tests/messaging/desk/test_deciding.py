"""Decisions over uncertain messages: whoever comes second changes nothing, and a repeat is a new row."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from providers.types import DeliveryReport, ReportStatus
from smsops.inbox.models import SuppressionReason
from smsops.inbox.suppressions import add_suppression
from smsops.messaging.delivery import apply_reports
from smsops.messaging.desk.deciding import CHUNK, Decision, decide_messages, settled_by
from smsops.messaging.desk.incidents import list_incidents, read_incident, rows_of
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message, MessageEvent
from tests.people import make_person

pytestmark = pytest.mark.django_db

AT = datetime(2026, 8, 17, 3, 42, 7, tzinfo=UTC)


@pytest.fixture
def doubt(queue_messages, make_account):
    """Make messages of which nobody knows: `doubt(account, 3, attempted_at=…)`."""

    def make(account=None, recipients=1, **fields):
        told = {"attempted_at": AT, "error_text": "No answer in time."}
        return queue_messages(account or make_account(), recipients, status="uncertain", **told | fields)

    return make


@pytest.fixture
def approver(db):
    return make_person("Approver")


def decide(decision, actor, rows=None, reason="seen in the portal", **options):
    rows = Message.objects.filter(status="uncertain") if rows is None else rows
    return decide_messages(rows=rows, decision=decision, reason=reason, actor=actor, up_to=10**9, **options)


def statuses():
    return list(Message.objects.order_by("pk").values_list("status", flat=True))


# --- incidents -------------------------------------------------------------------------------------------------------


def test_they_are_grouped_by_account_minute_and_what_happened(make_account, doubt):
    one, other = make_account(), make_account()
    doubt(one, 3)
    doubt(one, ["+6281200000007"], attempted_at=AT + timedelta(seconds=52))
    doubt(one, ["+6281200000008"], attempted_at=AT + timedelta(seconds=53))
    doubt(one, ["+6281200000009"], error_code="1703")
    doubt(other, 2)
    found = list_incidents().found
    sizes = sorted((each.account.pk, each.minute.minute, each.code, each.count) for each in found)
    assert sizes == sorted([(one.pk, 42, "", 4), (one.pk, 43, "", 1), (one.pk, 42, "1703", 1), (other.pk, 42, "", 2)])
    for each in found:
        assert rows_of(account=each.account, minute=each.minute, what=each.what).count() == each.count
        assert read_incident(account=each.account, minute=each.minute, what=each.what) == each


def test_one_without_a_known_attempt_has_the_minute_at_which_it_became_doubtful(doubt):
    doubt(attempted_at=None, doubtful_since=AT - timedelta(hours=1))
    assert list_incidents().found[0].minute == AT.replace(second=0) - timedelta(hours=1)


def test_the_list_costs_the_same_for_many_and_says_that_there_are_more(make_account, doubt, django_assert_num_queries):
    account = make_account()
    doubt(account, 5)
    with django_assert_num_queries(3):
        assert not list_incidents(limit=6).is_cut
    doubt(account, [f"+62813{number:08d}" for number in range(30)])
    with django_assert_num_queries(3):
        assert list_incidents(limit=6).is_cut


# --- decisions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "status"),
    [(Decision.WENT_OUT, "sent"), (Decision.DID_NOT, "failed"), (Decision.LEAVE, "uncertain")],
)
def test_the_person_and_the_reason_are_kept_with_every_message(doubt, approver, decision, status):
    doubt(recipients=3)
    assert decide(decision, approver).settled == 3
    assert statuses() == [status] * 3
    events = MessageEvent.objects.filter(source="staff", status=status, actor=approver, text="seen in the portal")
    assert events.count() == 3
    assert settled_by(Message.objects.first()).actor == approver


def test_what_went_out_counts_from_its_attempt_and_is_asked_for_where_it_can_be(doubt, approver):
    doubt(recipients=["+6281200000001"], provider_message_id="P1")
    doubt(recipients=["+6281200000002"])
    decide(Decision.WENT_OUT, approver)
    with_id, without = Message.objects.order_by("pk")
    assert with_id.sent_at == without.sent_at == AT
    assert with_id.next_poll_at is not None
    assert without.next_poll_at is None


def test_sending_again_writes_a_new_row_that_names_the_old_one(doubt, make_account, approver):
    account = make_account()
    old, same_text = doubt(account, ["+6281200000001", "+6281200000001"], text="Halo Siti", kind="promotional")
    doubt(account, ["+6281200000003"], text="Halo Budi")
    assert decide(Decision.RESEND, approver).settled == 3
    new = Message.objects.filter(status="queued")
    assert set(new.values_list("resend_of_id", flat=True)) == set(
        Message.objects.filter(status="failed").values_list("pk", flat=True)
    )
    repeat = new.get(resend_of__reference=old.reference)
    assert (repeat.recipient, repeat.text, repeat.kind, repeat.created_by) == (
        "+6281200000001", "Halo Siti", "promotional", approver,
    )  # fmt: skip
    assert repeat.reference != old.reference
    assert new.filter(resend_of__reference=same_text.reference).exists()


def test_what_the_provider_forbids_to_repeat_is_passed_over(doubt, make_account, approver):
    account = make_account("unified")
    doubt(account, 2)
    doubt(account, ["+6281200000009"], error_code="1715", never_resend=True)
    decided = decide(Decision.RESEND, approver)
    assert (decided.settled, decided.passed_over) == (2, 1)
    assert statuses() == ["failed", "failed", "uncertain", "queued", "queued"]


def test_whoever_has_opted_out_since_is_not_sent_to_again_and_it_is_said(doubt, make_account, approver):
    account = make_account()
    doubt(account, ["+6281200000001", "+6281200000002"])
    add_suppression(number="+6281200000001", reason=SuppressionReason.STOP)
    decided = decide(Decision.RESEND, approver)
    assert (decided.settled, decided.passed_over) == (1, 1)
    assert "has opted out" in decided.reasons[0]
    assert statuses() == ["uncertain", "failed", "queued"]


def test_a_shut_gate_leaves_everything_uncertain(doubt, make_account):
    doubt(make_account(is_active=False), 2)
    decided = decide(Decision.RESEND, make_person("Support"))
    assert (decided.settled, decided.passed_over) == (0, 2)
    assert len(decided.reasons) == 2
    assert statuses() == ["uncertain", "uncertain"]


def test_the_second_of_two_people_changes_nothing(doubt, approver):
    (message,) = doubt()
    rows = Message.objects.filter(pk=Message.objects.get(reference=message.reference).pk)
    assert decide(Decision.RESEND, approver, rows).settled == 1
    other = make_person("Approver")
    for decision in Decision:
        assert decide(decision, other, rows).settled == 0
    assert statuses() == ["failed", "queued"]
    assert not MessageEvent.objects.filter(actor=other).exists()


def test_what_a_person_calls_not_sent_has_no_code_that_another_account_could_cure(doubt, approver):
    doubt(error_code="1732")
    decide(Decision.DID_NOT, approver)
    assert Message.objects.get().error_code == ""


def test_a_message_is_repeated_by_one_row_whoever_writes_it(doubt, make_account, approver):
    doubt()
    decide(Decision.RESEND, approver)
    original = Message.objects.get(status="failed")
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(account=original.account, recipient=original.recipient, text="x", resend_of=original)
    assert original.resends.count() == 1


def test_what_came_up_after_the_person_looked_is_not_decided(doubt, approver):
    doubt(recipients=2)
    newest = Message.objects.latest("pk").pk
    doubt(recipients=["+6281300000001"])
    rows = Message.objects.filter(status="uncertain")
    decide_messages(rows=rows, decision=Decision.DID_NOT, reason="x", actor=approver, up_to=newest)
    assert statuses() == ["failed", "failed", "uncertain"]


def test_thousands_are_settled_in_steps_and_a_long_one_says_that_there_are_more(doubt, make_account, approver):
    doubt(make_account(), 2 * CHUNK + 10)
    decided = decide(Decision.DID_NOT, approver, seconds=0)
    assert decided.is_cut
    assert decided.settled == CHUNK
    assert decide(Decision.DID_NOT, approver).settled == CHUNK + 10
    assert set(statuses()) == {"failed"}


# --- what settles by itself, or not at all ---------------------------------------------------------------------------


@pytest.mark.parametrize("id_of", ["reference", "provider_message_id"])
def test_a_report_by_our_id_or_theirs_settles_it_without_anybody(doubt, id_of):
    doubt(provider_message_id="P1")
    message = Message.objects.get()
    report = DeliveryReport(getattr(message, id_of), ReportStatus.DELIVERED, recipient="6281200000000")
    apply_reports(account=message.account, reports=[report], source="callback")
    assert statuses() == ["delivered"]
    assert list_incidents().found == []


@pytest.mark.parametrize(("decision", "status"), [(Decision.WENT_OUT, "delivered"), (Decision.DID_NOT, "failed")])
def test_a_report_after_the_decision_still_settles_what_went_out(doubt, approver, decision, status):
    doubt(provider_message_id="P1")
    decide(decision, approver)
    report = DeliveryReport("P1", ReportStatus.DELIVERED, recipient="6281200000000")
    apply_reports(account=Message.objects.get().account, reports=[report], source="callback")
    assert statuses() == [status]


@pytest.mark.django_db(transaction=True)
def test_a_repeat_really_leaves_once(sandbox_account, queue_messages, sandbox, doubt, approver):
    account = sandbox_account("tcast")
    doubt(account, ["+6281234567001"])
    decide(Decision.RESEND, approver)
    dispatch_account(account_id=account.pk)
    dispatch_account(account_id=account.pk)
    assert statuses()[0] == "failed"
    assert len(sandbox.submissions) == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_settle_each_message_once(doubt, make_account):
    people = [make_person("Approver"), make_person("Approver")]
    doubt(make_account(), 40)
    counts = []

    def settle(person):
        counts.append(decide(Decision.RESEND, person).settled)
        connection.close()

    threads = [threading.Thread(target=settle, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 40
    assert Message.objects.filter(status="queued").count() == 40
