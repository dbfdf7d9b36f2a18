"""Notices: one for each incident, open while it lasts."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from contacts.models import SyncRun
from providers.models import Account, CallbackReceipt
from providers.services import pause_account, resume_account, suspend_account
from smsops.console.notices.models import Notice, NoticeKind
from smsops.console.notices.services import mark_read, unread_count, update_notices, visible_notices
from smsops.console.notices.words import words_of
from smsops.messaging.campaigns.control import pause_campaign, resume_campaign
from smsops.messaging.models import Campaign, Message, MessageEvent
from tests.people import make_person

pytestmark = pytest.mark.django_db


def opened():
    update_notices()
    return list(Notice.objects.filter(closed_at=None).values_list("kind", flat=True))


def test_a_stopped_account_is_told_once_until_it_is_resumed(make_account):
    account = make_account()
    suspend_account(account_id=account.pk, reason="Wrong password")
    assert opened() == opened() == [NoticeKind.ACCOUNT_STOPPED]
    assert "Wrong password" in Notice.objects.get().detail["reason"]
    resume_account(account=account, actor=None)
    assert opened() == []
    suspend_account(account_id=account.pk, reason="Wrong password")
    assert opened() == [NoticeKind.ACCOUNT_STOPPED]
    assert Notice.objects.count() == 2


def test_an_account_that_a_person_paused_is_no_incident(make_account):
    pause_account(account=make_account(), actor=make_person("Administrator"), reason="Holiday")
    assert opened() == []


def test_a_balance_under_the_threshold_of_the_account(make_account):
    account = make_account(options={"low_balance": 100_000}, balance=Decimal(99_000))
    make_account(balance=Decimal(1))
    make_account(options={"low_balance": 100_000})
    make_account(options={"low_balance": "nonsense"}, balance=Decimal(0))
    assert opened() == [NoticeKind.LOW_BALANCE]
    assert Notice.objects.get().subject == f"account:{account.pk}"
    Account.objects.filter(pk=account.pk).update(balance_bonus=Decimal(5_000))
    assert opened() == []


def scheduled(account, cost, hours, name="Promo"):
    send_at = timezone.now() + timedelta(hours=hours)
    return Campaign.objects.create(
        name=name, account=account, status="scheduled", quoted_cost=cost, send_at=send_at, total=10
    )


def test_a_balance_that_does_not_last_for_the_next_campaigns(make_account):
    account = make_account(balance=Decimal(1000))
    scheduled(account, 900, 1)
    assert opened() == []
    scheduled(account, 50, 3, "third")
    second = scheduled(account, 200, 2, "second")
    scheduled(account, 500, 4, "fourth")
    assert opened() == [NoticeKind.SHORT_BALANCE]
    notice = Notice.objects.get()
    assert (notice.subject, notice.detail["needed"]) == (f"campaign:{second.pk}", "1100.0000")
    Account.objects.filter(pk=account.pk).update(balance=Decimal(5000))
    assert opened() == []


def test_what_a_running_campaign_still_needs_counts_as_spent(make_account):
    account = make_account(balance=Decimal(1000))
    Campaign.objects.create(
        name="now", account=account, status="running", quoted_cost=1000, total=100, started_at=timezone.now(),
        counts={"settled": 50},
    )  # fmt: skip
    scheduled(account, 500, 1)
    assert opened() == []
    Campaign.objects.update(counts={"settled": 10})
    assert opened() == [NoticeKind.SHORT_BALANCE]


def test_a_campaign_that_missed_its_start_until_somebody_decides(make_account):
    Campaign.objects.create(name="Promo", account=make_account(), status="missed", state_reason="It was late.")
    assert opened() == [NoticeKind.CAMPAIGN_PAUSED]
    words = words_of(Notice.objects.get())
    assert words.title == "Campaign “Promo” missed its start"
    assert words.text == "It was late. Nothing of it is sent until somebody decides."
    Campaign.objects.update(status="cancelled")
    assert opened() == []


def test_a_campaign_that_stopped_by_itself_but_not_one_that_a_person_stopped(make_account):
    account, person = make_account(), make_person("Operator")
    by_itself, by_hand = (Campaign.objects.create(name=name, account=account, status="running") for name in "ab")
    pause_campaign(campaign_id=by_itself.pk, reason="Too many refusals")
    pause_campaign(campaign_id=by_hand.pk, actor=person)
    assert opened() == [NoticeKind.CAMPAIGN_PAUSED]
    assert Notice.objects.get().detail["campaign"] == by_itself.pk
    resume_campaign(campaign_id=by_itself.pk, actor=person)
    assert opened() == []


def make_uncertain(queue_messages, account, count, ago, text="No answer"):
    at = timezone.now() - ago
    rows = queue_messages(account, count, status="uncertain", error_text=text)
    Message.objects.filter(pk__in=[row.pk for row in rows]).update(attempted_at=at)
    return rows


def test_an_uncertain_incident_is_one_notice_however_many_messages(make_account, queue_messages):
    account = make_account()
    rows = make_uncertain(queue_messages, account, 5, timedelta(minutes=5))
    assert opened() == [NoticeKind.UNCERTAIN]
    assert Notice.objects.get().detail["count"] == 5
    Message.objects.filter(pk=rows[0].pk).update(status="delivered")
    assert opened() == [NoticeKind.UNCERTAIN]
    Message.objects.update(status="sent")
    assert opened() == []
    assert Notice.objects.count() == 1


def test_the_minute_that_still_goes_on_and_old_days_open_nothing(make_account, queue_messages):
    account = make_account()
    make_uncertain(queue_messages, account, 2, timedelta(seconds=0))
    make_uncertain(queue_messages, account, 2, timedelta(days=3), "Long ago")
    assert opened() == []


def test_a_failed_sync_until_one_succeeds(make_account):
    account = make_account("smsmasking")
    SyncRun.objects.create(account=account, state="failed", error="Refused")
    assert opened() == [NoticeKind.SYNC_FAILED]
    SyncRun.objects.create(account=account, state="reading")
    assert opened() == [NoticeKind.SYNC_FAILED]
    SyncRun.objects.filter(state="reading").update(state="done")
    assert opened() == []


def send(queue_messages, account, count=12, ago=timedelta(hours=2), **fields):
    start = Message.objects.count()
    numbers = [f"+62812{start + number:08d}" for number in range(count)]
    return queue_messages(account, numbers, status="sent", sent_at=timezone.now() - ago, **fields)


def test_an_account_without_any_report_for_an_hour(make_account, queue_messages):
    account = make_account("rajasms")
    rows = send(queue_messages, account)
    assert opened() == [NoticeKind.NO_REPORTS]
    MessageEvent.objects.create(message=rows[0], status="delivered", source="callback")
    assert opened() == []


@pytest.mark.parametrize(
    "fields",
    [{"count": 3}, {"ago": timedelta(minutes=30)}, {"ago": timedelta(days=2)}, {"report_asked": False}],
)
def test_too_few_too_fresh_too_old_or_never_asked_for_tell_nothing(make_account, queue_messages, fields):
    send(queue_messages, make_account("rajasms"), **fields)
    assert opened() == []


def test_who_is_asked_for_reports_should_have_had_callbacks_only_if_one_ever_came(make_account, queue_messages):
    account = make_account("nusasms")
    send(queue_messages, account)
    assert opened() == []
    CallbackReceipt.objects.create(account=account, kind="reports", source="push")
    assert opened() == [NoticeKind.NO_REPORTS]


def test_silence_is_not_over_because_nothing_more_was_sent(make_account, queue_messages):
    account = make_account("rajasms")
    rows = send(queue_messages, account)
    assert opened() == [NoticeKind.NO_REPORTS]
    Message.objects.update(sent_at=timezone.now() - timedelta(days=2))
    assert opened() == [NoticeKind.NO_REPORTS]
    CallbackReceipt.objects.create(account=account, kind="reports", source="push")
    assert opened() == []
    assert rows


def test_a_person_sees_what_his_rights_allow_and_reads_for_himself(make_account, queue_messages):
    account = make_account()
    suspend_account(account_id=account.pk, reason="Wrong password")
    make_uncertain(queue_messages, account, 1, timedelta(minutes=5))
    assert len(opened()) == 2
    operator, support, nobody = make_person("Operator"), make_person("Support"), make_person()
    assert [unread_count(each) for each in (operator, support, nobody)] == [2, 1, 0]
    mark_read(user=operator, notices=Notice.objects.all())
    mark_read(user=support, notices=Notice.objects.all())
    assert [unread_count(each) for each in (operator, support)] == [0, 0]
    assert not Notice.objects.filter(kind="account_stopped", reads__user=support).exists()
    assert visible_notices(support).count() == 1


def test_looking_costs_as_many_queries_for_many_messages(make_account, queue_messages):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    account = make_account("rajasms")
    make_uncertain(queue_messages, account, 1, timedelta(minutes=5))
    update_notices()
    with CaptureQueriesContext(connection) as few:
        update_notices()
    send(queue_messages, account, count=300, ago=timedelta(minutes=1))
    with CaptureQueriesContext(connection) as many:
        update_notices()
    assert len(many) == len(few)
