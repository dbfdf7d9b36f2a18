"""The roll-ups say what the messages say."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from providers.types import DeliveryReport, ReportStatus
from smsops.messaging.delivery import apply_reports
from smsops.messaging.models import Message
from smsops.messaging.sending.queue import write_events
from smsops.reports.models import DailyFigure, HourlyFigure
from smsops.reports.rollup_following import catch_up, rebuild, summarise_moments

pytestmark = pytest.mark.django_db


def all_differences():
    return [each for _, found in rebuild() for each in found]


def send(message, at, status="sent", **fields):
    Message.objects.filter(pk=message.pk).update(status=status, sent_at=at, **fields)
    write_events([message.pk], status=status, text="")


def test_a_message_that_left_is_counted_and_one_that_waits_is_not(make_account, queue_messages):
    left, _waiting = queue_messages(make_account(), 2)
    send(left, timezone.now())
    catch_up(seconds=60)
    assert [row.messages for row in DailyFigure.objects.all()] == [1]
    assert [row.messages for row in HourlyFigure.objects.all()] == [1]
    assert all_differences() == []


def test_a_report_moves_a_message_from_one_figure_to_another(make_account, queue_messages):
    account = make_account()
    (message,) = queue_messages(account, 1)
    send(message, timezone.now(), provider_message_id="P1")
    catch_up(seconds=60)
    apply_reports(
        account=account, reports=[DeliveryReport("P1", ReportStatus.DELIVERED, price=Decimal("350"))], source="poll"
    )
    catch_up(seconds=60)
    (figure,) = DailyFigure.objects.all()
    assert (figure.status, figure.messages, figure.price, figure.unpriced) == ("delivered", 1, Decimal(350), 0)
    assert [row.delay for row in HourlyFigure.objects.all()] == [0]
    assert all_differences() == []


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 30, 16, 59, 59, tzinfo=UTC), date(2026, 11, 30)),
        (datetime(2026, 11, 30, 17, 0, 0, tzinfo=UTC), date(2026, 12, 1)),
        (datetime(2024, 2, 29, 16, 59, 59, tzinfo=UTC), date(2024, 2, 29)),
        (datetime(2024, 2, 29, 17, 0, 0, tzinfo=UTC), date(2024, 3, 1)),
    ],
)
def test_a_day_ends_at_midnight_in_the_time_zone(make_account, queue_messages, moment, day):
    (message,) = queue_messages(make_account(), 1)
    send(message, moment)
    catch_up(seconds=60)
    assert [row.date for row in DailyFigure.objects.all()] == [day]
    hour = moment.replace(minute=0, second=0)
    assert [row.hour for row in HourlyFigure.objects.all()] == [hour]


def test_what_nobody_told_of_is_found_and_mended(make_account, queue_messages):
    (message,) = queue_messages(make_account(), 1)
    send(message, timezone.now())
    catch_up(seconds=60)
    DailyFigure.objects.update(messages=7)
    (difference,) = all_differences()
    assert (difference.stored[0], difference.counted[0]) == (7, 1)
    assert [row.messages for row in DailyFigure.objects.all()] == [1]


def test_the_index_of_moments_can_be_brought_up_to_date_at_any_time(make_account, queue_messages):
    (message,) = queue_messages(make_account(), 1)
    send(message, timezone.now())
    catch_up(seconds=60)
    summarise_moments()
    assert [row.messages for row in DailyFigure.objects.all()] == [1]
