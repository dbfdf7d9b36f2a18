"""Readings of a balance, taken apart day by day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from providers.models import Account, BalanceReading
from smsops.messaging.models import Campaign, Message
from smsops.reports.balances.runway_following import follow_balances
from smsops.reports.balances.runway_reading import read_runways
from smsops.reports.balances.runway_words import say_runway
from smsops.reports.models import BalanceChange, BalanceDay

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(make_account):
    return make_account(price_per_segment=350, balance=100_000, balance_checked_at=timezone.now())


def read(account, at, amount, **fields):
    return BalanceReading.objects.create(account=account, at=at, amount=amount, **fields)


def follow():
    assert follow_balances(seconds=30) is False


def test_what_we_sent_is_spent_and_the_rest_is_told(account, queue_messages):
    start = timezone.now() - timedelta(hours=2)
    read(account, start, 100_000)
    messages = queue_messages(account, 10)
    ids = [message.pk for message in messages]
    Message.objects.filter(pk__in=ids).update(status="sent", sent_at=start + timedelta(minutes=5))
    read(account, start + timedelta(minutes=15), 96_500)
    read(account, start + timedelta(minutes=30), 76_500)
    read(account, start + timedelta(minutes=45), None)
    read(account, start + timedelta(minutes=60), 576_500)
    follow()
    follow()
    found = [(change.kind, change.amount) for change in BalanceChange.objects.order_by("id")]
    assert found == [("unexplained", 20_000), ("top_up", 500_000)]
    days = BalanceDay.objects.all()
    assert sum(day.spent for day in days) == 3500
    assert all(day.closing == day.opening + day.topped_up - day.spent - day.unexplained for day in days)


def test_a_reading_counts_on_its_local_day(account):
    midnight = datetime.combine(timezone.localdate(), datetime.min.time(), timezone.get_default_timezone())
    read(account, midnight - timedelta(minutes=20), 100_000)
    read(account, midnight - timedelta(seconds=1), 90_000)
    read(account, midnight, 80_000)
    follow()
    yesterday, today = BalanceDay.objects.order_by("date")
    assert (yesterday.date, today.date) == (timezone.localdate() - timedelta(days=1), timezone.localdate())
    assert (yesterday.closing, today.opening, today.closing) == (90_000, 90_000, 80_000)


def test_what_was_left_at_the_expiry_has_expired(account):
    now = timezone.now() - timedelta(hours=1)
    read(account, now, 50_000, expires_on=timezone.localdate() - timedelta(days=1))
    read(account, now + timedelta(minutes=15), 0)
    follow()
    assert [change.kind for change in BalanceChange.objects.all()] == ["expired"]


def spend(account, amounts):
    """So much on each of the days before today, the last one yesterday."""
    today = timezone.localdate()
    for back, amount in enumerate(reversed(amounts), 1):
        BalanceDay.objects.create(
            account=account, date=today - timedelta(days=back), opening=0, closing=0, spent=amount
        )


def test_the_pace_of_the_last_weeks_tells_how_long_it_lasts(account, time_machine):
    time_machine.move_to(datetime(2026, 9, 20, 17, tzinfo=UTC), tick=False)
    spend(account, [10_000] * 28)
    account.balance, account.balance_expires_on = Decimal(95_000), date(2026, 9, 25)
    runway = read_runways([account])[account.pk]
    assert say_runway(account, runway) == "Rp 95.000 · 9 days at this pace · expires 25 Sep, Rp 45.000 would be lost"


def test_planned_campaigns_take_their_share(account, time_machine):
    time_machine.move_to(datetime(2026, 9, 20, 17, tzinfo=UTC), tick=False)
    spend(account, [10_000] * 28)
    Campaign.objects.create(
        name="Friday", account=account, status="scheduled", quoted_cost=50_000, total=100,
        send_at=timezone.now() + timedelta(days=2),
    )  # fmt: skip
    assert read_runways([account])[account.pk].days == 5


def test_all_accounts_are_read_in_the_same_few_queries(make_account, django_assert_num_queries):
    accounts = [make_account(balance=1000) for _ in range(5)]
    with django_assert_num_queries(4):
        assert len(read_runways(accounts)) == 5


def test_an_unknown_balance_has_no_runway(make_account):
    account = make_account()
    assert say_runway(account, read_runways([account])[account.pk]) == "unknown"
    assert Account.objects.filter(balance=None).exists()
