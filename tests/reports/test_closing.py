"""A closed month says next year what it says today, whatever becomes of its messages."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.test.utils import CaptureQueriesContext

from smsops.messaging.models import Message, Price
from smsops.messaging.status import Status
from smsops.reports.models import Adjustment, BookedFigure, MonthClosing
from smsops.reports.monthly.closing import NotClosable, closing_step, create_closing, select_month
from smsops.reports.monthly.month import Month
from smsops.reports.monthly.page_adjustments import adjustments_table
from smsops.reports.monthly.page_figures import read_figures
from smsops.reports.monthly.selection import WINDOW
from tests.reports.month_world import add_message, counted_by_sql, opened, seed_month, table_of, wib

FEBRUARY, MARCH, APRIL = (Month.parse(f"2024-0{number}") for number in (2, 3, 4))
FIGURES = ("Summary", "Per day", "Per account", "Per operator", "Per channel", "Per campaign", "Per member of staff",
           "Failures by reason", "Adjustments")  # fmt: skip


@pytest.fixture
def accounts(make_account):
    return seed_month(make_account)


def close(month, seconds=60):
    closing = create_closing(month=month, actor=None)
    while closing_step(closing_id=closing.pk, seconds=seconds):
        pass
    closing.refresh_from_db()
    assert closing.state == "done"
    return closing


def workbook(month, tmp_path, name):
    path = tmp_path / f"{name}.xlsx"
    call_command("monthly_report", str(month), "--output", str(path), stdout=io.StringIO())
    return opened(path)


def cells(book, title):
    """All but the moment of counting."""
    return [row for row in book[title].values if row[0] not in ("Counted at", "State")]


def page_of(month):
    return adjustments_table(select_month(month)).rows


def test_closing_writes_down_what_stands_there(accounts):
    closing = close(FEBRUARY)
    expected = counted_by_sql(wib("2024-02-01"), wib("2024-03-01"), "1")[1]
    booked = Message.objects.filter(booked_month="2024-02-01")
    for status in Status:
        assert booked.filter(booked_status=status).count() == expected.get(status, (0, 0))[0]
    assert closing.booked == booked.count()
    figures = read_figures(select_month(FEBRUARY))
    assert figures.total.counts == {status: messages for status, (messages, _segments) in expected.items()}


def test_closed_figures_stay_while_messages_change_and_are_anonymised(accounts, tmp_path):
    before = workbook(FEBRUARY, tmp_path, "before")
    close(FEBRUARY)
    Price.objects.all().delete()
    Message.objects.filter(booked_status="sent").update(status="delivered", error_code="", price="99")
    Message.objects.filter(booked_status="undelivered").update(status="delivered", error_code="0", error_text="")
    masked = Concat(Value("+62812****"), Cast("pk", CharField()))
    Message.objects.filter(booked_month__isnull=False).update(recipient=masked, text="", contact=None)
    after = workbook(FEBRUARY, tmp_path, "after")
    for title in FIGURES:
        assert cells(after, title) == cells(before, title), title
    header, *rows = list(after["Details"].values)
    assert {row[header.index("Recipient")][:10] for row in rows} == {"+62812****"}
    assert [row[10:14] for row in rows] == [row[10:14] for row in list(before["Details"].values)[1:]]


def test_what_changes_later_is_an_adjustment_of_the_next_month_and_only_there(accounts, tmp_path):
    close(FEBRUARY)
    first, _second = accounts
    late = Message.objects.filter(booked_status="uncertain", account=first).first()
    Message.objects.filter(pk=late.pk).update(status="delivered", price="200", sent_at=late.attempted_at)
    shown = table_of(workbook(MARCH, tmp_path, "open"), "Adjustments")
    assert shown[late.reference]["Month"] == "2024-02"
    assert (shown[late.reference]["Status when closed"], shown[late.reference]["Status now"]) == (
        "Uncertain",
        "Delivered",
    )
    assert shown[late.reference]["Adjusted segments"] == late.segments
    assert shown[late.reference]["Adjusted cost (IDR)"] == 200
    on_page = [("February 2024", ["Uncertain", "Delivered", "1", str(late.segments), "Rp 200"])]
    assert page_of(MARCH) == on_page
    assert set(table_of(workbook(APRIL, tmp_path, "later"), "Adjustments")) == {
        "Nothing of a closed month has changed."
    }
    close(MARCH)
    assert Adjustment.objects.count() == 1
    assert late.reference in table_of(workbook(MARCH, tmp_path, "closed"), "Adjustments")
    assert (page_of(MARCH), page_of(APRIL), page_of(FEBRUARY)) == (on_page, [], [])
    assert late.reference not in table_of(workbook(APRIL, tmp_path, "then"), "Adjustments")
    # It changes once more: from where it was last shown.
    Message.objects.filter(pk=late.pk).update(status="rejected")
    again = table_of(workbook(APRIL, tmp_path, "again"), "Adjustments")[late.reference]
    assert (again["Status when closed"], again["Status now"], again["Adjusted segments"]) == (
        "Delivered",
        "Rejected by the operator",
        0,
    )
    assert page_of(APRIL) == [("February 2024", ["Delivered", "Rejected by the operator", "1", "0", "Rp 0"])]


def test_what_comes_too_late_for_its_month_counts_in_the_next(accounts, tmp_path):
    close(FEBRUARY)
    first, _second = accounts
    late = add_message(first, Status.FAILED, wib("2024-02-29T23:59:58"))
    assert late.reference in {row[0] for row in workbook(MARCH, tmp_path, "march")["Details"].values}
    close(MARCH)
    late.refresh_from_db()
    assert str(late.booked_month) == "2024-03-01"


def test_uncertain_is_never_billable(accounts, tmp_path):
    close(FEBRUARY)
    total = table_of(workbook(FEBRUARY, tmp_path, "closed"), "Per account")["Total"]
    taken = sum(total[name] for name in ("Delivered", "Sent", "Not delivered", "Expired at the operator",
                                         "Rejected by the operator"))  # fmt: skip
    assert total["Billable messages"] == taken
    assert total["Uncertain"] > 0
    assert total["Messages"] == taken + total["Failed"] + total["Uncertain"]


def test_a_closing_that_is_cut_off_anywhere_goes_on_to_the_same_end(accounts):
    # Far away in the table, so that several batches are needed.
    add_message(accounts[0], Status.SENT, wib("2024-02-20"), pk=Message.objects.latest("pk").pk + 4 * WINDOW)
    closing = create_closing(month=FEBRUARY, actor=None)
    steps = 1
    while closing_step(closing_id=closing.pk, seconds=0):
        steps += 1
    assert steps > 7
    assert BookedFigure.objects.filter(closing=closing).count() > 0
    assert Message.objects.filter(booked_month="2024-02-01").count() == MonthClosing.objects.get().booked
    assert closing_step(closing_id=closing.pk, seconds=60) is False


def test_months_are_closed_once_and_in_order(accounts):
    close(FEBRUARY)
    for month, sentence in (
        (FEBRUARY, "closed already"),
        (APRIL, "March 2024 is next"),
        (Month.parse("2024-01"), "next"),
    ):
        with pytest.raises(NotClosable, match=sentence):
            create_closing(month=month, actor=None)
    with pytest.raises(NotClosable, match="not over"):
        create_closing(month=Month.current(), actor=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        MonthClosing.objects.create(month="2024-02-01", language="en")


def test_the_changed_ones_are_found_by_their_own_index(accounts):
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL tells how it searches")
    from smsops.reports.monthly.adjustments import changed_rows

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert "message_booked_changed" in changed_rows(0).explain()


def test_a_month_is_read_in_windows_whatever_lies_between(accounts):
    selection = select_month(FEBRUARY)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        windows = [list(window) for window in selection.windows(selection.bounds())]
    assert len(queries) == 1 + len(windows)
    assert MARCH.span()[0] - FEBRUARY.span()[0] == timedelta(days=29)
