"""Delivery reports: matched by id, settled by rank, kept where they match nothing yet, never a step backwards."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models.functions import Now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.models import CallbackReceipt
from providers.types import DeliveryReport, ReportStatus
from smsops.messaging.delivery import apply_reports, match_pending, rematch_recent
from smsops.messaging.models import Message, MessageEvent, PendingReport

pytestmark = pytest.mark.django_db


def report(message_id="id-1", status="delivered", **fields):
    return DeliveryReport(message_id, ReportStatus(status), **fields)


def tell(account, *reports, source="callback"):
    return apply_reports(account=account, reports=reports, source=source)


@pytest.fixture
def make_sent(make_account, queue_messages):
    """A message as it stands after sending: `make_sent(account, id="…", status="…")`."""

    def make(account=None, recipient="+6281200000001", *, id="id-1", status="sent", **fields):
        account = account or make_account()
        (message,) = queue_messages(account, [recipient], provider_message_id=id, status=status, **fields)
        return message

    return make


def status_of(message):
    message.refresh_from_db()
    return message.status


def events_of(message):
    return list(MessageEvent.objects.filter(message=message).order_by("id").values_list("status", "told"))


def test_a_report_settles_its_message(make_sent):
    message = make_sent()
    at = datetime(2026, 3, 1, 10, tzinfo=UTC)
    told = report(code="DELIVRD", text="Delivered", price=Decimal("350"), at=at, raw="raw words")
    assert tell(message.account, told).matched == 1
    assert status_of(message) == "delivered"
    assert (message.error_code, message.error_text, message.price) == ("DELIVRD", "Delivered", Decimal("350"))
    assert message.finished_at is not None
    event = MessageEvent.objects.get(message=message)
    assert (event.source, event.code, event.happened_at, event.raw) == ("callback", "DELIVRD", at, "raw words")


def test_a_repeat_changes_nothing_and_leaves_no_second_event(make_sent):
    message = make_sent()
    tell(message.account, report(), report())
    first = Message.objects.get(pk=message.pk)
    assert tell(message.account, report(), source="poll").matched == 1
    message.refresh_from_db()
    assert message.finished_at == first.finished_at
    assert events_of(message) == [("delivered", "delivered")]


def test_a_late_delivered_counts_after_expired_but_not_the_other_way_round(make_sent):
    message = make_sent()
    tell(message.account, report(status="expired"))
    assert status_of(message) == "expired"
    tell(message.account, report())
    assert status_of(message) == "delivered"
    tell(message.account, report(status="expired", code="again"), report(status="sent"))
    assert status_of(message) == "delivered"
    assert events_of(message)[2:] == [("delivered", "expired"), ("delivered", "sent")]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.permutations(["sent", "expired", "undelivered", "rejected", "delivered", ""]), size=st.integers(1, 6))
def test_any_order_of_reports_ends_in_the_same_state(make_sent, told, size):
    message = make_sent(id=f"id-{Message.objects.count()}")
    tell(message.account, *(report(message.provider_message_id, each) for each in told[:size]))
    ranks = ["sent", "expired", "undelivered", "rejected", "delivered"]
    assert status_of(message) == max(filter(None, ["sent", *told[:size]]), key=ranks.index)


@pytest.mark.parametrize("status", ["failed", "cancelled", "suppressed", "lapsed"])
def test_a_report_for_a_message_that_has_ended_is_kept_as_an_event_only(make_sent, status):
    message = make_sent(status=status)
    assert tell(message.account, report()).matched == 1
    assert status_of(message) == status
    assert events_of(message) == [(status, "delivered")]


def test_a_report_resolves_an_uncertain_message(make_sent):
    message = make_sent(status="uncertain", id="", attempted_at=Now())
    tell(message.account, report(message.reference))
    assert status_of(message) == "delivered"
    assert message.sent_at is not None
    # Our own reference is no id of the provider's.
    assert message.provider_message_id == ""


def test_a_report_without_news_is_noted_once(make_sent):
    message = make_sent()
    for _ in range(3):
        tell(message.account, report(status="", code="P"), source="poll")
    assert status_of(message) == "sent"
    assert events_of(message) == [("sent", "")]


# --- matching ----------------------------------------------------------------------------------------------------


def test_of_several_messages_with_one_id_the_number_decides_then_the_newest(make_sent, make_account):
    account = make_account("rajasms")
    one, two, three = (make_sent(account, f"+628120000000{n}") for n in (1, 2, 3))
    tell(account, report(recipient="081200000002"))
    assert [status_of(each) for each in (one, two, three)] == ["sent", "delivered", "sent"]
    tell(account, report(recipient="628999"))
    assert [status_of(each) for each in (one, two, three)] == ["sent", "delivered", "delivered"]
    tell(account, report(status="rejected", recipient="6281200000001"))
    assert status_of(one) == "rejected"


def test_leading_zeros_may_be_missing_at_nusasms(make_sent, make_account):
    account = make_account("nusasms")
    message = make_sent(account, id="012345678901234567")
    tell(account, report("12345678901234567"))
    assert status_of(message) == "delivered"


def test_our_reference_may_come_back_as_the_id(make_sent):
    message = make_sent(id="")
    tell(message.account, report(message.reference))
    assert status_of(message) == "delivered"


@pytest.mark.parametrize("told", ["id", "reference"])
def test_a_report_may_come_in_at_another_account_of_the_same_login(make_sent, make_account, told):
    ours, other = make_account(), make_account()
    message = make_sent(ours, id="id-7" if told == "id" else "")
    assert tell(other, report("id-7" if told == "id" else message.reference)).matched == 1
    assert status_of(message) == "delivered"


@pytest.mark.parametrize(
    "fields",
    [
        {"base_url": "http://elsewhere.example"},
        {"credentials": {"username": "stranger", "password": "x"}},
        {"provider": "unified"},
    ],
)
def test_a_report_at_another_login_touches_nothing(make_sent, make_account, fields):
    message = make_sent(make_account())
    other = make_account(**{"provider": "smsmasking"} | fields)
    assert tell(other, report()).waiting == 1
    assert status_of(message) == "sent"


def test_the_tokens_own_account_comes_first(make_sent, make_account):
    ours, other = make_account(), make_account()
    mine, theirs = make_sent(ours), make_sent(other, "+6281200000002")
    tell(ours, report(recipient="6281200000002"))
    assert [status_of(mine), status_of(theirs)] == ["delivered", "sent"]


def test_accounts_whose_credentials_cannot_be_read_share_no_login(make_sent, make_account):
    ours, other = make_account(), make_account()
    message = make_sent(other)
    type(ours).objects.filter(pk=ours.pk).update(credentials="unreadable")
    assert tell(type(ours).objects.get(pk=ours.pk), report()).waiting == 1
    assert status_of(message) == "sent"


# --- before our own commit ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["queued", "sending"])
def test_a_report_before_our_own_commit_waits_for_it(make_sent, status):
    message = make_sent(status=status)
    assert tell(message.account, report()).waiting == 1
    assert status_of(message) == status
    Message.objects.update(status="sent")
    assert match_pending(account=message.account, provider_message_ids=["id-1"]) == 1
    assert status_of(message) == "delivered"
    assert not PendingReport.objects.exists()


def test_an_early_report_matches_under_another_spelling_of_the_id(make_sent, make_account):
    account = make_account("nusasms")
    tell(account, report("12345678901234567"))
    message = make_sent(account, id="012345678901234567")
    assert match_pending(account=account, provider_message_ids=[message.provider_message_id]) == 1
    assert status_of(message) == "delivered"


@pytest.mark.parametrize("by", ["provider_message_id", "reference"])
def test_a_report_that_has_waited_for_long_is_matched_again(make_sent, make_account, by):
    account = make_account()
    tell(account, *(report(f"stranger-{n}") for n in range(3)))
    message = make_sent(account)
    tell(make_account("unified"), report(getattr(message, by)))
    tell_late = PendingReport.objects.get(provider_message_id=getattr(message, by))
    tell_late.account = account
    tell_late.save()
    PendingReport.objects.update(created_at=Now() - timedelta(hours=5))
    assert rematch_recent() == 1
    assert status_of(message) == "delivered"
    assert PendingReport.objects.count() == 3


def test_what_has_waited_for_a_week_is_forgotten(make_account):
    tell(make_account(), report("nobody"))
    PendingReport.objects.update(created_at=Now() - timedelta(days=8))
    assert rematch_recent() == 0
    assert not PendingReport.objects.exists()


def test_a_receipt_is_applied_once_the_last_of_its_reports_has_found_its_message(make_sent, make_account):
    account = make_account("rajasms")
    receipt = CallbackReceipt.objects.create(account=account, kind="reports", state="unmatched")
    apply_reports(account=account, reports=[report("a"), report("b")], source="callback", receipt_id=receipt.pk)
    for id, state in (("a", "unmatched"), ("b", "applied")):
        make_sent(account, id=id)
        match_pending(account=account, provider_message_ids=[id])
        receipt.refresh_from_db()
        assert receipt.state == state


# --- what providers write ----------------------------------------------------------------------------------------

HOSTILE = {
    "recipient": "6" * 500 + "\x00",
    "at": datetime(1, 1, 1, tzinfo=UTC),
    "code": "c" * 500 + "\x00\ud800",
    "text": "t\x00\udfff" * 5000,
    "price": Decimal("1E+400"),
    "raw": "\x00\ud800" * 9000,
}


@pytest.mark.parametrize("price", ["1E+400", "NaN", "Infinity", "-99999999999", "0.000000000001"])
@pytest.mark.parametrize("year", [1, 9999])
def test_no_price_code_id_or_time_keeps_a_report_from_being_applied(make_sent, price, year):
    message = make_sent(id="i" * 100)
    fields = HOSTILE | {"price": Decimal(price), "at": datetime(year, 12, 31, 23, tzinfo=UTC)}
    assert tell(message.account, report("i" * 400, **fields)).matched == 1
    assert status_of(message) == "delivered"


def test_a_hostile_report_without_a_message_waits_like_any_other(make_account):
    account = make_account()
    assert tell(account, report("\x00\ud800x", **HOSTILE), report("\x00" * 3, **HOSTILE)).waiting == 2
    assert rematch_recent() == 0


def test_an_empty_id_matches_nothing(make_sent):
    message = make_sent(id="")
    assert tell(message.account, report("")).waiting == 1
    assert status_of(message) == "sent"
