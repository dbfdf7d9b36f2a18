"""The start page."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate

from contacts.models import SyncConflict
from providers.models import CallbackReceipt
from smsops.console.dashboard.charts import COLOURS
from smsops.inbox.conversations.models import Conversation
from smsops.messaging.models import Campaign, Message
from smsops.messaging.sending.queue import write_events
from smsops.messaging.status import Status
from smsops.reports.models import HourlyFigure, QueueReading
from smsops.reports.monthly.page import BARS
from smsops.reports.rollup_following import catch_up

LIVE = "/admin/desk/dashboard/"


def move(messages, status, at=None, **fields):
    """Their events are what the figures follow."""
    ids = [message.pk for message in messages]
    at = at or timezone.now()
    Message.objects.filter(pk__in=ids).update(status=status, sent_at=at, finished_at=at, **fields)
    write_events(ids, status=status, text="")


def shown(client, part="today"):
    """Label → figure of a part of the page."""
    return {figure.label: figure for figure in client.get(LIVE).context[part]}


@pytest.fixture
def busy_day(make_account, queue_messages):
    """Three delivered, two failed, one uncertain and four that wait, all of today; counted."""
    account = make_account(name="Nusa")
    rows = queue_messages(account, 10, operator="Telkomsel")
    move(rows[:3], "delivered")
    move(rows[3:5], "undelivered")
    move(rows[5:6], "uncertain", attempted_at=timezone.now())
    Message.objects.filter(pk=rows[5].pk).update(sent_at=None, finished_at=None)
    catch_up(seconds=60)
    return account


def test_it_counts_today(client_of, busy_day):
    figures = shown(client_of("Operator"))
    counts = {label: figure.text for label, figure in figures.items()}
    assert counts == {"Sent": "5", "Delivered": "3", "Not delivered or failed": "2", "Uncertain": "1", "Waiting": "4"}


def test_each_figure_leads_to_the_messages_that_it_counts(client_of, busy_day):
    client = client_of("Operator")
    figures = shown(client)
    for label in ("Sent", "Delivered", "Not delivered or failed", "Waiting"):
        page = client.get(figures[label].url)
        assert len(page.context["cl"].result_list) == int(figures[label].text), label
    assert figures["Uncertain"].url == reverse("console:incidents")


def test_the_rates_lead_to_the_messages_of_the_account_and_of_the_operator(client_of, busy_day):
    client = client_of("Operator")
    context = client.get(LIVE).context
    for (line,) in (context["account_rates"], context["operator_rates"]):
        assert (line.sent, line.percent) == ("5", "–")
        assert len(client.get(line.url).context["cl"].result_list) == 5


def test_a_rate_is_shown_once_there_are_enough(client_of, make_account, queue_messages):
    rows = queue_messages(make_account(), 40)
    move(rows[:36], "delivered")
    move(rows[36:], "undelivered")
    catch_up(seconds=60)
    (line,) = client_of("Operator").get(LIVE).context["account_rates"]
    assert (line.percent, line.colour, line.delay) == ("90%", "warning", "1 second")


@pytest.mark.usefixtures("busy_day")
def test_what_is_usual_is_the_median_of_the_same_weekdays(client_of):
    account = HourlyFigure.objects.first().account
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    for weeks, count in enumerate((70, 10, 30, 20), 1):
        HourlyFigure.objects.create(
            hour=midnight - timedelta(weeks=weeks), account=account, status="sent", messages=count, segments=count
        )
        hour = timezone.now().replace(minute=0, second=0, microsecond=0)
        QueueReading.objects.create(hour=hour - timedelta(weeks=weeks), waiting=count)
    figures = shown(client_of("Operator"))
    expected = 25 if timezone.localtime().hour else None
    assert expected is None or figures["Sent"].usual.endswith("by now: 25")
    assert figures["Waiting"].usual.endswith("by now: 25")


def test_without_earlier_weeks_there_is_nothing_to_compare_with(client_of, busy_day):
    assert "nothing to compare" in shown(client_of("Operator"))["Sent"].usual


def test_what_is_just_being_sent_is_not_lost_from_sight(client_of, make_account, queue_messages):
    account = make_account()
    queue_messages(account, 3)
    queue_messages(account, ["+6281200000011", "+6281200000012"], status="sending")
    client = client_of("Operator")
    figures = shown(client, "queue")
    assert (figures["Due now"].text, figures["Being sent"].text) == ("3", "2")
    assert len(client.get(figures["Being sent"].url).context["cl"].result_list) == 2


def test_it_says_for_how_long_the_oldest_has_waited(client_of, make_account, queue_messages):
    queue_messages(make_account(), 1, send_after=timezone.now() - timedelta(minutes=12, seconds=5))
    oldest = shown(client_of("Operator"), "queue")["The oldest waits for"]
    assert (oldest.text, oldest.colour) == ("12 minutes", "warning")


def test_both_charts_have_a_table(client_of, busy_day):
    page = client_of("Operator").get(reverse("admin:index")).content.decode()
    assert page.count("<canvas") == page.count("<caption") == 2
    days = re.findall(r"counted_from=(\d{4}-\d\d-\d\d)&amp;counted_to=\1", page)
    assert str(localdate()) in days


@pytest.mark.parametrize(("role", "is_told"), [("Support", True), ("Administrator", True), ("Operator", False)])
def test_it_leads_to_callbacks_that_need_a_person(client_of, make_account, role, is_told):
    CallbackReceipt.objects.create(account=make_account(), kind="reports", state="stuck")
    page = client_of(role).get(reverse("admin:index")).content.decode()
    assert ("state__exact=stuck" in page) is is_told


def test_it_is_silent_of_callbacks_where_none_needs_a_person(client_of, make_account):
    CallbackReceipt.objects.create(account=make_account(), kind="reports", state="waiting")
    assert "stuck" not in client_of("Administrator").get(reverse("admin:index")).content.decode()


def test_an_approver_is_told_what_needs_him(client_of, make_account):
    account = make_account()
    Campaign.objects.create(name="Lebaran", account=account, status="approval")
    SyncConflict.objects.create(account=account, subject="entry", remote_id="1", field="name")
    now = timezone.now()
    Conversation.objects.create(number="+6281200000000", account=account, last_inbound_at=now, unread=2)
    texts = {label: figure.text for label, figure in shown(client_of("Approver"), "attention").items()}
    assert texts["Campaigns to approve"] == texts["Conflicts with phone books"] == "1"
    assert texts["Unread conversations"] == "1"


def test_it_lists_the_campaigns_that_come(client_of, make_account):
    Campaign.objects.create(name="Promo Jumat", account=make_account(), status="scheduled", send_at=timezone.now())
    Campaign.objects.create(name="Old", account=make_account(), status="finished")
    page = client_of("Operator").get(LIVE).content.decode()
    assert "Promo Jumat" in page
    assert ">Old<" not in page


def test_support_sees_neither_accounts_nor_approvals(client_of, make_account):
    context = client_of("Support").get(LIVE).context
    assert "accounts" not in context
    assert "Campaigns to approve" not in {figure.label for figure in context["attention"]}


def test_it_says_when_nobody_has_counted(client_of, make_account):
    assert "have not been counted yet" in client_of("Operator").get(LIVE).content.decode()


def test_it_costs_the_same_however_many_messages_and_accounts(
    client_of, make_account, queue_messages, django_assert_num_queries
):
    client = client_of("Operator")
    queue_messages(make_account(), 2)
    catch_up(seconds=60)
    client.get(LIVE)
    with django_assert_num_queries(27):
        client.get(LIVE)
    for _ in range(5):
        account = make_account()
        move(queue_messages(account, 20)[:10], "delivered")
        Campaign.objects.create(name="Next", account=account, status="scheduled", send_at=timezone.now())
    catch_up(seconds=60)
    with django_assert_num_queries(27):
        client.get(LIVE)


def test_it_shows_support_no_button_to_write(client_of):
    page = client_of("Support").get(reverse("admin:index")).content.decode()
    assert reverse("messaging:compose") not in page


def test_it_leads_a_first_administrator_to_the_first_account(client_of):
    page = client_of("Administrator").get(reverse("admin:index")).content.decode()
    assert reverse("admin:providers_account_add") in page


def test_a_colour_means_the_same_on_the_first_page_and_on_the_months():
    monthly = {statuses: colour for statuses, colour in BARS if len(statuses) == 1}
    names = {"delivered": Status.DELIVERED, "open": Status.SENT, "failed": Status.FAILED, "uncertain": Status.UNCERTAIN}
    assert {name: monthly[(status,)] for name, status in names.items()} == {name: COLOURS[name] for name in names}
