"""The page of each provider's words, the horizon of reports, and what a message's page says to do."""

import re
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from providers.models import AccountHealth
from providers.registry import PROVIDERS
from providers.tracking import TRUST, WAITING
from smsops.messaging.advice import ADVICE, advice_for, code_meaning
from smsops.messaging.delivery import apply_reports
from smsops.messaging.desk.deciding import Decision, decide_messages
from smsops.messaging.models import Campaign, Message
from smsops.messaging.outbox import hold_outbox
from smsops.messaging.status import Status
from smsops.messaging.timeline import state_of
from smsops.messaging.tracking.horizon import report_hours
from smsops.messaging.tracking.polling import _stop_asking, _waiting_for_report
from tests.messaging.test_delivery import report
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def support(db):
    return client_of(make_person("Support"))


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def message_page(message):
    return f"/admin/messaging/message/{message.pk}/change/"


@pytest.fixture
def make_message(make_account, queue_messages):
    def make(provider="smsmasking", options=None, **fields):
        queue_messages(make_account(provider, options=options or {}), 1, **fields)
        return Message.objects.select_related("account").latest("pk")

    return make


# --- a provider's words ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_has_a_page_with_all_its_codes(support, provider):
    answer = support.get(f"/admin/desk/providers/{provider}/")
    page, adapter = text_of(answer), PROVIDERS[provider]
    assert [row["code"] for row in answer.context["codes"]] == list(adapter.codes)
    assert [row["code"] for row in answer.context["reports"]] == list(adapter.report_codes)
    for code in (*adapter.codes, *adapter.report_codes):
        assert f"<code>{code}</code>" in page
    assert str(answer.context["trust"])


def test_every_provider_says_how_far_it_can_be_trusted():
    assert set(TRUST) == set(WAITING) == set(PROVIDERS)
    assert len({str(words) for words in WAITING.values()}) == len(PROVIDERS)


def test_a_provider_that_does_not_exist_is_not_found(support):
    assert support.get("/admin/desk/providers/nobody/").status_code == 404


def test_its_accounts_are_shown_with_their_limits_to_those_who_may_see_accounts(support, make_account):
    make_account("tcast", name="Toko", options={"report_hours": 24})
    page = "/admin/desk/providers/tcast/"
    assert "no report after 24 hours" in text_of(client_of(make_person("Operator")).get(page))
    assert "Toko" not in text_of(support.get(page))


# --- the horizon -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "hours"), [(None, 72), (24, 24), ("24", 24), ("x", 72), ([], 72), (-5, 1), (10**9, 720)]
)
def test_an_account_waits_as_long_as_its_option_says(make_account, option, hours):
    assert report_hours(make_account(options={} if option is None else {"report_hours": option})) == hours


@pytest.mark.parametrize(
    ("ago", "fields", "label"),
    [
        (23, {}, "Sent"),
        (25, {}, "Sent, no report"),
        (1, {"report_asked": False}, "Sent, no report asked"),
        (25, {"provider_scheduled_for": timezone.now() + timedelta(days=2)}, "Scheduled at the provider"),
    ],
)
def test_past_it_a_sent_message_says_that_no_report_came(make_message, support, ago, fields, label):
    sent_at = timezone.now() - timedelta(hours=ago)
    message = make_message(options={"report_hours": 24}, status="sent", sent_at=sent_at, **fields)
    assert state_of(message)[1] == label
    for page in ("/admin/messaging/message/", message_page(message)):
        assert f">{label}</span>" in text_of(support.get(page))


def test_past_it_nobody_is_asked_and_a_late_report_still_counts(make_message):
    message = make_message(
        options={"report_hours": 24},
        status="sent",
        provider_message_id="P1",
        sent_at=timezone.now() - timedelta(hours=25),
    )
    Message.objects.update(next_poll_at=Now())
    _stop_asking(message.account)
    message.refresh_from_db()
    assert message.next_poll_at is None
    apply_reports(account=message.account, reports=[report("P1", "delivered")], source="callback")
    message.refresh_from_db()
    assert state_of(message)[1] == "Delivered"


def test_of_one_that_waits_at_the_provider_the_time_begins_when_it_leaves_there(make_message):
    message = make_message(
        options={"report_hours": 24},
        status="sent",
        provider_message_id="P1",
        sent_at=timezone.now() - timedelta(hours=50),
        provider_scheduled_for=timezone.now() - timedelta(hours=2),
    )
    Message.objects.update(next_poll_at=Now())
    _stop_asking(message.account)
    assert list(_waiting_for_report(message.account, False)) == [message]
    Message.objects.update(provider_scheduled_for=Now() - timedelta(hours=30))
    assert not _waiting_for_report(message.account, False).exists()
    _stop_asking(message.account)
    message.refresh_from_db()
    assert message.next_poll_at is None


# --- what to do ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", Status)
def test_every_status_says_what_to_do(make_message, support, status):
    message = make_message(status=status.value, sent_at=timezone.now())
    assert advice_for(message)
    assert "What to do about it" in text_of(support.get(message_page(message)))
    assert set(ADVICE) == set(Status) - {Status.QUEUED, Status.SENT}


def test_what_waits_for_a_stopped_account_says_so(make_message):
    message = make_message()
    message.account.suspended_reason = "The balance was empty."
    assert "The balance was empty." in advice_for(message)


def test_what_waits_says_what_it_waits_for(make_message):
    message = make_message()
    message.campaign = Campaign.objects.create(name="Promo", account=message.account, status="running")
    assert advice_for(message).startswith("It leaves by itself")
    until = timezone.now() + timedelta(minutes=1)
    AccountHealth.objects.update_or_create(
        account=message.account, defaults={"held_until": until, "hold_reason": "The provider is not answering."}
    )
    assert "rests: The provider is not answering. It is tried again by itself." in advice_for(message)
    message.campaign.status = "paused"
    assert advice_for(message).startswith("Its campaign is paused.")
    hold_outbox(reason="Held by hand.")
    assert advice_for(message).startswith("The outbox is held")


def test_what_was_sent_again_leads_to_the_newer_message(make_message, queue_messages, support):
    message = make_message(status="failed")
    (newer,) = queue_messages(message.account, [message.recipient], resend_of=message)
    assert advice_for(message).startswith("It was sent again")
    assert f'href="{message_page(newer)}">The newer message' in text_of(support.get(message_page(message)))


@pytest.mark.parametrize(
    ("provider", "fields", "words"),
    [
        ("unified", {"status": "failed", "error_code": "1702"}, "A parameter is missing"),
        ("tcast", {"status": "undelivered", "error_code": "1001"}, "No route to the number."),
        ("rajasms", {"status": "failed", "error_code": "60"}, "The number is invalid."),
        ("tcast", {"status": "delivered", "error_code": "3"}, ""),
        ("tcast", {"status": "failed", "error_code": ""}, ""),
        ("tcast", {"status": "failed", "error_code": "never heard of"}, ""),
    ],
)
def test_a_code_is_explained_where_the_tables_say_one_thing_of_it(make_message, provider, fields, words):
    assert code_meaning(make_message(provider, **fields)).startswith(words)
    assert bool(code_meaning(Message.objects.select_related("account").get())) is bool(words)


@pytest.mark.parametrize(("role", "status", "is_offered"), [
    ("Operator", "failed", True), ("Support", "failed", False), ("Operator", "queued", False),
    ("Operator", "uncertain", False),
])  # fmt: skip
def test_sending_again_is_offered_to_those_who_may_and_where_it_may_be(make_message, role, status, is_offered):
    message = make_message(status=status)
    page = text_of(client_of(make_person(role)).get(message_page(message)))
    assert (f"/admin/desk/resend/{message.pk}/" in page) is is_offered


def test_an_uncertain_message_leads_to_its_own_incident_and_says_when_a_person_has_decided(make_message):
    message = make_message(status="uncertain", attempted_at=timezone.now())
    client = client_of(make_person("Operator"))
    (address,) = re.findall(r'href="([^"]+)">Uncertain messages', text_of(client.get(message_page(message))))
    assert message_page(message) in text_of(client.get(address))
    person = make_person("Approver")
    rows = Message.objects.filter(pk=message.pk)
    decide_messages(rows=rows, decision=Decision.WENT_OUT, reason="he has it", actor=person, up_to=message.pk)
    message.refresh_from_db()
    assert advice_for(message).startswith("A person decided that it went out.")
    assert "Uncertain messages" not in text_of(client.get(message_page(message)))
