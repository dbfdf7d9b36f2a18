"""From the queue to the phone and back, over real HTTP both ways, at each of the five providers."""

import pytest

from providers.models import CallbackReceipt
from providers.sandbox import Outcome, magic_number
from smsops.inbox.models import InboundMessage
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message, MessageEvent, PendingReport
from tests.processes import await_true

PROVIDERS = ["smsmasking", "rajasms", "tcast", "unified", "nusasms"]
# What a provider can tell apart in a report.
WORDS = {
    "nusasms": {"expired": "undelivered", "rejected": "undelivered"},
    "rajasms": {"expired": "undelivered"},
    "tcast": {"expired": "undelivered", "rejected": "undelivered"},
}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connected(live_server, settings, sandbox, sandbox_account):
    """An account whose provider calls back to the running server."""

    def connect(provider, **fields):
        settings.PUBLIC_URL = live_server.url
        options = {"zero_means_delivered": True} if provider == "tcast" else {}
        account = sandbox_account(provider, **{"options": options} | fields)
        reports, inbox = account.callback_url("reports"), account.callback_url("inbox")
        sandbox.register_callbacks(provider, reports=reports, inbox=inbox)
        return account

    return connect


@pytest.fixture
def deliver(queue_messages, sandbox):
    """Send to a magic number and wait until every callback has left; gives the message."""

    def send(account, outcome=Outcome.DELIVERED):
        (message,) = queue_messages(account, [magic_number(outcome)])
        dispatch_account(account_id=account.pk)
        assert sandbox.wait_idle()
        message.refresh_from_db()
        return message

    return send


def steps_of(message):
    return list(MessageEvent.objects.filter(message=message).order_by("id").values_list("source", "status"))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_message_is_accepted_and_then_delivered(provider, connected, deliver, sandbox):
    message = deliver(connected(provider))
    assert message.status == "delivered"
    assert steps_of(message) == [("submit", "sent"), ("callback", "delivered")]
    assert [call.status for call in sandbox.callbacks] == [200]
    assert [phone.text for phone in sandbox.submissions] == ["Halo"]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("outcome", [Outcome.UNDELIVERED, Outcome.EXPIRED, Outcome.REJECTED])
def test_a_message_that_does_not_arrive_says_so(provider, outcome, connected, deliver):
    expected = WORDS.get(provider, {}).get(outcome.value, outcome.value)
    assert deliver(connected(provider), outcome).status == expected


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_report_before_the_answer_is_matched_once_the_answer_is_kept(provider, connected, deliver):
    message = deliver(connected(provider), Outcome.EARLY)
    assert message.status == "delivered"
    assert steps_of(message) == [("submit", "sent"), ("callback", "delivered")]
    assert not PendingReport.objects.exists()
    assert CallbackReceipt.objects.get().state == "applied"


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("outcome", [Outcome.TWICE, Outcome.OUT_OF_ORDER, Outcome.LATE])
def test_repeated_older_and_late_reports_change_nothing(provider, outcome, connected, deliver):
    message = deliver(connected(provider), outcome)
    assert message.status == "delivered"
    assert steps_of(message)[:2] == [("submit", "sent"), ("callback", "delivered")]
    assert {status for _, status in steps_of(message)[2:]} <= {"delivered"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_without_a_report_it_stays_sent(provider, connected, deliver):
    assert deliver(connected(provider), Outcome.NO_REPORT).status == "sent"
    assert not CallbackReceipt.objects.exists()


def test_an_answer_without_an_id_is_reported_under_our_reference(connected, deliver):
    message = deliver(connected("smsmasking"), Outcome.NO_ID)
    assert (message.status, message.provider_message_id) == ("delivered", "")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_report_at_the_other_account_of_the_same_login_arrives(provider, connected, sandbox_account, deliver):
    other = connected(provider)
    fields = {"options": {**other.options}}
    account = sandbox_account(provider, **fields)
    message = deliver(account)
    assert message.status == "delivered"
    receiving = account if provider == "rajasms" else other
    assert CallbackReceipt.objects.get().account == receiving


@pytest.mark.parametrize("provider", ["smsmasking", "unified"])
def test_a_suspended_account_still_hears_what_became_of_its_messages(provider, connected, queue_messages, sandbox):
    account = connected(provider)
    queue_messages(account, [magic_number(Outcome.LATE)])
    dispatch_account(account_id=account.pk)
    type(account).objects.update(suspended_reason="paused")
    assert sandbox.wait_idle()
    assert Message.objects.get().status == "delivered"


def test_a_batch_is_delivered_to_the_last(connected, queue_messages, sandbox):
    account = connected("rajasms")
    queue_messages(account, 120)
    dispatch_account(account_id=account.pk)
    assert sandbox.wait_idle()
    assert set(Message.objects.values_list("status", flat=True)) == {"delivered"}
    assert MessageEvent.objects.filter(source="callback").count() == 120


def test_an_sms_from_a_phone_arrives_once(connected, sandbox):
    connected("nusasms")
    sandbox.receive("nusasms", "6281299990000", "Halo, ini balasan")
    assert sandbox.wait_idle()
    assert await_true(InboundMessage.objects.exists)
    assert InboundMessage.objects.get().text == "Halo, ini balasan"
