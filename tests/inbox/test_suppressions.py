"""Opt-outs: who is left out, by whom it is lifted, and that nothing leaves in between."""

import uuid

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from providers.models import Account
from providers.types import Kind
from smsops.inbox.models import Suppression, SuppressionEvent, SuppressionReason
from smsops.inbox.suppressions import add_suppression, lift_suppression
from smsops.messaging.checking.drafts import Draft
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.gate import examine
from smsops.messaging.models import Message, MessageEvent
from smsops.messaging.opt_outs import suppress_messages
from smsops.messaging.sending.queue import claim
from tests.people import client_of, form_values, make_person

NUMBER = "+6281200000000"
OTHER = "+6281200000001"
LIST = "/admin/inbox/suppression/"


def opt_out(number=NUMBER, **fields):
    return add_suppression(number=number, reason=SuppressionReason.STAFF, **fields)


def statuses():
    return list(Message.objects.order_by("pk").values_list("status", flat=True))


# --- the rows --------------------------------------------------------------------------------------------------------


def test_a_number_opts_out_once_in_any_spelling(db):
    assert opt_out("0812 0000 0000", note="by telephone")
    assert not opt_out("62812-0000-0000")
    assert list(Suppression.objects.values_list("number", "note")) == [(NUMBER, "by telephone")]
    assert SuppressionEvent.objects.count() == 1


def test_what_is_no_number_cannot_opt_out(db):
    with pytest.raises(ValueError, match="BANK"):
        opt_out("BANK")


def test_lifting_removes_the_row_and_keeps_its_story(db):
    person = make_person("Approver")
    add_suppression(number=NUMBER, reason=SuppressionReason.STOP, source_text="STOP")
    assert lift_suppression(number=NUMBER, note="asked for it", actor=person)
    assert not lift_suppression(number=NUMBER)
    assert not Suppression.objects.exists()
    lifted = SuppressionEvent.objects.get(kind="lifted")
    assert (lifted.reason, lifted.source_text, lifted.note, lifted.actor) == ("stop", "STOP", "asked for it", person)
    assert lifted.since is not None


# --- the gate --------------------------------------------------------------------------------------------------------


def examined(account, *recipients, **fields):
    return examine(Draft(account=account, recipients=recipients, text="Halo", **fields))


def test_the_gate_leaves_an_opted_out_number_out_and_says_why(make_account):
    opt_out()
    verdict = examined(make_account(), "0812 0000 0000", OTHER)
    assert verdict.recipients == (OTHER,)
    assert [(each.spelling, each.reason) for each in verdict.invalid] == [
        ("0812 0000 0000", "has opted out of messages")
    ]
    assert "1 entry gets nothing: 0812 0000 0000 (has opted out of messages)." in verdict.warnings


def test_nothing_is_sent_where_all_have_opted_out(make_account):
    opt_out()
    (refusal,) = examined(make_account(), NUMBER).refusals
    assert refusal == f"The only entry cannot get this message: {NUMBER} (has opted out of messages)."


def test_many_recipients_cost_no_more_questions_than_few(make_account, django_assert_max_num_queries):
    opt_out()
    account = make_account()
    with django_assert_max_num_queries(3):
        examined(account, OTHER)
    with django_assert_max_num_queries(3):
        examined(account, *(f"+62813{number:08d}" for number in range(500)))


@pytest.mark.parametrize(
    ("exempt", "kind", "is_open"),
    [("", "otp", False), ("otp", "otp", True), (["OTP"], "otp", True), ("otp", "promotional", False)],
)
def test_an_account_may_exempt_kinds_of_messages(make_account, exempt, kind, is_open):
    opt_out()
    account = make_account(options={"opt_out_exempt_kinds": exempt})
    assert examined(account, NUMBER, kind=Kind(kind)).is_open is is_open


# --- what waits already ----------------------------------------------------------------------------------------------


def test_what_waits_is_not_sent(make_account, queue_messages, django_capture_on_commit_callbacks):
    account, person = make_account(), make_person("Operator")
    queue_messages(account, [NUMBER, OTHER])
    queue_messages(account, [NUMBER], status="delivered")
    with django_capture_on_commit_callbacks(execute=True):
        opt_out(actor=person)
    assert statuses() == ["suppressed", "queued", "delivered"]
    event = MessageEvent.objects.get(status="suppressed")
    assert (event.source, event.actor) == ("staff", person)
    assert Message.objects.get(status="suppressed").finished_at is not None


def test_a_claimed_message_is_stopped_and_one_on_the_wire_is_not(make_account, queue_messages):
    account = make_account()
    queue_messages(account, [NUMBER], status="sending", claim_id=uuid.uuid4(), claimed_at=timezone.now())
    now = timezone.now()
    marked = {"status": "sending", "claim_id": uuid.uuid4(), "claimed_at": now, "attempted_at": now}
    queue_messages(account, [NUMBER], **marked)
    assert suppress_messages(numbers=[NUMBER]) == 1
    assert statuses() == ["suppressed", "sending"]


def test_what_may_have_gone_out_becomes_uncertain(make_account, queue_messages):
    queue_messages(make_account(), [NUMBER], doubtful_since=timezone.now())
    assert suppress_messages(numbers=[NUMBER]) == 0
    assert statuses() == ["uncertain"]


def test_exempt_kinds_keep_waiting(make_account, queue_messages):
    account = make_account(options={"opt_out_exempt_kinds": "otp"})
    for kind in ("otp", "promotional"):
        queue_messages(account, [NUMBER], kind=kind)
    queue_messages(make_account(), [NUMBER], kind="otp")
    assert suppress_messages(numbers=[NUMBER]) == 2
    assert statuses() == ["queued", "suppressed", "suppressed"]


# --- dispatch --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("provider", ["smsmasking", "rajasms", "tcast"])
def test_dispatch_sends_nothing_to_a_number_that_was_queued_past_the_gate(
    provider, sandbox_account, queue_messages, sandbox
):
    account = sandbox_account(provider)
    opt_out()
    queue_messages(account, [NUMBER, OTHER])
    dispatch_account(account_id=account.pk)
    assert statuses() == ["suppressed", "sent"]
    assert [submission.number[-4:] for submission in sandbox.submissions] == ["0001"]
    stopped = Message.objects.get(status="suppressed")
    assert stopped.attempted_at is None
    assert stopped.finished_at is not None
    assert stopped.events.get().status == "suppressed"


@pytest.mark.django_db(transaction=True)
def test_dispatch_sends_exempt_kinds_all_the_same(sandbox_account, queue_messages):
    account = sandbox_account(options={"opt_out_exempt_kinds": "otp"})
    opt_out()
    queue_messages(account, [NUMBER], kind="otp")
    dispatch_account(account_id=account.pk)
    assert statuses() == ["sent"]


# --- the pages -------------------------------------------------------------------------------------------------------


def test_an_operator_adds_one_in_any_spelling(db):
    person = make_person("Operator")
    client_of(person).post(f"{LIST}add/", {"number": "0812-0000 0000", "note": "asked"})
    found = Suppression.objects.get()
    assert (found.number, found.reason, found.note, found.created_by) == (NUMBER, "staff", "asked", person)
    assert "opted out already" in client_of(person).post(f"{LIST}add/", {"number": NUMBER}).content.decode()


def test_the_list_is_searched_by_any_spelling(db):
    opt_out()
    opt_out(OTHER)
    support = client_of(make_person("Support"))
    found = support.get(LIST, {"q": "0812 0000 0001"}).context["cl"].result_list
    assert [row.number for row in found] == [OTHER]
    assert support.get(f"{LIST}?reason__exact=staff").context["cl"].result_list[0].number == OTHER


def lift(client, **posted):
    chosen = list(Suppression.objects.values_list("pk", flat=True))
    return client.post(LIST, {"action": "lift_selected", "_selected_action": chosen, "index": "0"} | posted)


def test_lifting_shows_first_and_wants_a_reason(db):
    opt_out()
    approver = client_of(make_person("Approver"))
    assert "Lift 1 opt-out?" in lift(approver).content.decode()
    assert lift(approver, confirmed="1", note="").status_code == 200
    assert Suppression.objects.exists()
    lift(approver, confirmed="1", note="asked again")
    assert not Suppression.objects.exists()
    assert SuppressionEvent.objects.get(kind="lifted").note == "asked again"


def test_one_is_lifted_from_its_own_page(db):
    opt_out()
    approver, pk = client_of(make_person("Approver")), Suppression.objects.get().pk
    assert "Lift this opt-out" in approver.get(f"{LIST}{pk}/change/").content.decode()
    assert approver.get(f"{LIST}{pk}/lift/").status_code == 200
    approver.post(f"{LIST}{pk}/lift/", {"confirmed": "1", "note": "asked"})
    assert not Suppression.objects.exists()
    assert approver.post(f"{LIST}{pk}/lift/", {"confirmed": "1", "note": "asked"}).status_code == 404


@pytest.mark.parametrize("role", ["Operator", "Support"])
def test_others_lift_nothing(db, role):
    opt_out()
    client, pk = client_of(make_person(role)), Suppression.objects.get().pk
    lift(client, confirmed="1", note="x")
    assert client.post(f"{LIST}{pk}/lift/", {"confirmed": "1", "note": "x"}).status_code == 403
    assert "Lift this opt-out" not in client.get(f"{LIST}{pk}/change/").content.decode()
    assert Suppression.objects.exists()


def test_the_account_form_takes_only_kinds_that_exist(make_account):
    account, administrator = make_account("rajasms"), client_of(make_person("Administrator"))
    page = f"/admin/providers/account/{account.pk}/change/"
    values = form_values(administrator.get(page))
    answer = administrator.post(page, values | {"option_opt_out_exempt_kinds": "otp, spam"})
    assert "There is no kind “spam”" in answer.content.decode()
    administrator.post(page, values | {"option_opt_out_exempt_kinds": "OTP  transactional"})
    assert Account.objects.get().options == {"opt_out_exempt_kinds": "otp, transactional"}


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_a_message_that_is_being_marked_is_not_waited_for(make_account, queue_messages, transactional_db):
    queue_messages(make_account(), [NUMBER])
    claim(account_id=Account.objects.get().pk, limit=5, claim_id=uuid.uuid4())
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.ClientCursor}) as other:
        other.execute("SELECT 1 FROM messaging_message FOR UPDATE")
        assert suppress_messages(numbers=[NUMBER]) == 0
        other.rollback()
    assert suppress_messages(numbers=[NUMBER]) == 1
