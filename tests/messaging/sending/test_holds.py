"""Account trouble is not message trouble: holds, probes, suspensions, and what waits meanwhile."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db.models.functions import Now

from providers.health import take_slots
from providers.models import Account, AccountEvent, AccountHealth, CallLog
from providers.sandbox import Outcome, magic_number
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message, MessageEvent
from smsops.messaging.sending.queue import lapse_messages
from smsops.messaging.sending.recovery import recover_claims

pytestmark = pytest.mark.django_db(transaction=True)

CONNECTIONS = 2
WINDOW = 4 * CONNECTIONS


def count(**which):
    return Message.objects.filter(**which).count()


def let_the_hold_pass():
    AccountHealth.objects.update(held_until=Now() - timedelta(seconds=1))


@pytest.mark.parametrize("provider", ["nusasms", "unified", "tcast", "rajasms"])
def test_a_maintenance_page_makes_at_most_five_and_what_was_on_the_wire_uncertain(
    provider, sandbox_account, queue_messages, sandbox
):
    account = sandbox_account(provider, max_connections=CONNECTIONS)
    # Texts of their own, so that providers with number lists get one call a message as well.
    for number in range(60):
        queue_messages(account, [f"+62812{number:08d}"], text=f"Halo {number}")
    sandbox.set_fault(provider, "html", everywhere=True)
    for _ in range(5):
        dispatch_account(account_id=account.pk, seconds=60)
    held = AccountHealth.objects.get(account=account)
    if provider == "rajasms":
        # One call holds a thousand messages there, and all of them were on the wire.
        assert count(status="uncertain") == 60
        return
    assert held.is_silent
    assert 5 <= count(status="uncertain") <= 5 + WINDOW
    assert count(status="queued") == 60 - count(status="uncertain")


def test_a_probe_a_minute_lifts_the_hold_once_the_provider_answers(sandbox_account, queue_messages, sandbox):
    account = sandbox_account("nusasms", max_connections=CONNECTIONS)
    queue_messages(account, 30)
    sandbox.set_fault("nusasms", "html", everywhere=True)
    dispatch_account(account_id=account.pk, seconds=60)
    uncertain = count(status="uncertain")
    let_the_hold_pass()
    dispatch_account(account_id=account.pk, seconds=60)
    assert AccountHealth.objects.get(account=account).is_silent
    assert count(status="uncertain") == uncertain
    sandbox.set_fault("nusasms", None)
    let_the_hold_pass()
    dispatch_account(account_id=account.pk, seconds=60)
    dispatch_account(account_id=account.pk, seconds=60)
    assert count(status="sent") == 30 - uncertain
    assert AccountEvent.objects.filter(account=account, kind="released").count() == 1


def test_a_provider_without_a_harmless_call_is_probed_with_one_message(sandbox_account, queue_messages, sandbox):
    account = sandbox_account("unified", max_connections=CONNECTIONS)
    for number in range(30):
        queue_messages(account, [f"+62812{number:08d}"], text=f"Halo {number}")
    sandbox.set_fault("unified", "html")
    dispatch_account(account_id=account.pk, seconds=60)
    uncertain = count(status="uncertain")
    let_the_hold_pass()
    dispatch_account(account_id=account.pk, seconds=60)
    assert count(status="uncertain") == uncertain + 1
    dispatch_account(account_id=account.pk, seconds=60)
    assert count(status="uncertain") == uncertain + 1


def test_a_night_of_refused_connections_fails_nobody(make_account, queue_messages):
    account = make_account("tcast", base_url="http://127.0.0.1:1")
    queue_messages(account, 20)
    for _ in range(30):
        let_the_hold_pass()
        Message.objects.update(send_after=Now())
        dispatch_account(account_id=account.pk, seconds=60)
    assert count(status="queued") == 20
    health = AccountHealth.objects.get(account=account)
    assert health.failures >= 30
    assert AccountEvent.objects.filter(account=account, kind="held").count() == 1


def test_a_held_account_blocks_no_other(make_account, sandbox_account, queue_messages):
    dead, alive = make_account("nusasms", base_url="http://127.0.0.1:1"), sandbox_account("nusasms")
    queue_messages(dead, 3)
    queue_messages(alive, 3)
    for account in (dead, alive):
        dispatch_account(account_id=account.pk, seconds=60)
    assert (count(account=dead, status="queued"), count(account=alive, status="sent")) == (3, 3)


def test_a_batch_that_meets_empty_credit_keeps_the_accepted_and_requeues_the_rest(
    sandbox_account, queue_messages, sandbox
):
    account = sandbox_account("unified")
    queue_messages(account, 10)
    sandbox.set_fault("unified", "half")
    dispatch_account(account_id=account.pk, seconds=60)
    account.refresh_from_db()
    assert (count(status="sent"), count(status="queued"), bool(account.suspended_reason)) == (5, 5, True)


def test_a_message_that_alone_stops_its_account_a_second_time_is_failed(sandbox_account, queue_messages):
    account = sandbox_account("nusasms", max_connections=1)
    queue_messages(account, [magic_number(Outcome.CREDIT), "+6281234567890"])
    for _ in range(3):
        Account.objects.update(suspended_reason="", suspended_at=None)
        Message.objects.filter(status="queued").update(send_after=Now())
        dispatch_account(account_id=account.pk, seconds=60)
    assert count(status="failed") == 1
    assert count(status="sent") == 1


def test_an_unclear_submission_at_smsmasking_is_repeated_under_its_reference_and_arrives_once(
    sandbox_account, queue_messages, sandbox
):
    account = sandbox_account("smsmasking", timeout_seconds=1)
    queue_messages(account, 3)
    sandbox.set_fault("smsmasking", "reset")
    dispatch_account(account_id=account.pk, seconds=60)
    assert count(status="queued", doubtful_since__isnull=False) == 3
    sandbox.set_fault("smsmasking", None)
    Message.objects.update(send_after=Now())
    AccountHealth.objects.update(held_until=None, is_silent=False, uncertain_streak=0)
    dispatch_account(account_id=account.pk, seconds=60)
    assert count(status="sent") == 3
    assert len({submission.reference for submission in sandbox.submissions}) == 3
    assert len(sandbox.submissions) == 3


def test_after_trxid_hours_an_unclear_message_is_left_uncertain(sandbox_account, queue_messages, sandbox):
    account = sandbox_account("smsmasking", options={"trxid_hours": 2})
    queue_messages(account, 1, doubtful_since="2026-01-01T00:00Z")
    dispatch_account(account_id=account.pk, seconds=60)
    assert count(status="uncertain") == 1
    assert not sandbox.submissions


def test_switching_off_the_reference_leaves_doubtful_messages_uncertain(sandbox_account, queue_messages, sandbox):
    account = sandbox_account("smsmasking", options={"send_with": "plain"})
    queue_messages(account, 1, doubtful_since="2026-11-21T00:00Z")
    dispatch_account(account_id=account.pk, seconds=60)
    assert count(status="uncertain") == 1
    assert not sandbox.submissions


def test_what_is_too_old_lapses_and_what_may_have_gone_out_does_not(sandbox_account, queue_messages):
    account = sandbox_account()
    queue_messages(account, ["+6281234567801"], expires_at="2026-01-01T00:00Z")
    queue_messages(account, ["+6281234567802"], expires_at="2026-01-01T00:00Z", doubtful_since="2026-01-01T00:00Z")
    dispatch_account(account_id=account.pk, seconds=60)
    assert lapse_messages() == 2
    assert list(Message.objects.order_by("id").values_list("status", flat=True)) == ["lapsed", "uncertain"]
    assert MessageEvent.objects.count() == 2


def test_recovery_gives_back_what_was_never_marked_and_judges_what_was(make_account, queue_messages):
    old = Now() - timedelta(minutes=10)
    claimed = {"status": "sending", "claimed_at": None}
    plain, careful = make_account("nusasms"), make_account("smsmasking")
    for account in (plain, careful):
        queue_messages(account, ["+6281234567801", "+6281234567802"], **claimed)
        marked = Message.objects.filter(account=account).order_by("id").last()
        Message.objects.filter(pk=marked.pk).update(attempted_at=old)
    Message.objects.update(claimed_at=old)
    assert recover_claims() == 4
    assert list(Message.objects.order_by("id").values_list("status", flat=True)) == [
        "queued", "uncertain", "queued", "queued",
    ]  # fmt: skip
    assert count(account=careful, doubtful_since__isnull=False) == 1


def test_a_fresh_claim_is_left_alone(make_account, queue_messages):
    queue_messages(make_account(), 1, status="sending")
    Message.objects.update(claimed_at=Now())
    assert recover_claims() == 0


def test_single_messages_and_urgent_ones_overtake(sandbox_account, queue_messages, sandbox):
    account = sandbox_account("nusasms", max_connections=1)
    queue_messages(account, ["+6281234567801"], priority=5)
    queue_messages(account, ["+6281234567802"], priority=1)
    dispatch_account(account_id=account.pk, seconds=60)
    assert [submission.number for submission in sandbox.submissions] == ["6281234567802", "6281234567801"]


def test_slots_are_handed_out_one_after_another(make_account):
    account = make_account()
    AccountHealth.objects.create(account=account)
    waits = [take_slots(account_id=account.pk, count=5, per_second=10) for _ in range(4)]
    assert waits[0] == 0
    assert all(0.3 < later - sooner <= 0.5 for sooner, later in pairwise(waits))


def test_what_the_account_cannot_carry_is_refused_before_the_wire(sandbox_account, queue_messages, sandbox):
    account = sandbox_account("rajasms")
    queue_messages(account, 1, text="x" * 481)
    dispatch_account(account_id=account.pk, seconds=60)
    assert count(status="failed") == 1
    assert sandbox.counters("rajasms").calls == 0


def test_the_call_log_keeps_what_was_no_plain_acceptance(sandbox_account, queue_messages):
    account = sandbox_account("nusasms")
    queue_messages(account, [magic_number(Outcome.REFUSED), "+6281234567890"])
    dispatch_account(account_id=account.pk, seconds=60)
    assert sorted(CallLog.objects.values_list("is_plain", flat=True)) == [False, True]
    assert "demo-secret" not in str(list(CallLog.objects.values()))
