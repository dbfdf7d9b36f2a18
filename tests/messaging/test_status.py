"""The one table of statuses: every move, and reports that end the same in whatever order they come."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.types import ReportStatus
from smsops.messaging.status import FINAL, LABELS, RANKS, UNDECIDED, Status, may_move, statuses_before

ALLOWED = {
    "queued": "sending cancelled suppressed lapsed uncertain failed",
    "sending": "sent failed uncertain queued suppressed",
    "uncertain": "queued failed sent expired undelivered rejected delivered",
    "sent": "expired undelivered rejected delivered",
    "expired": "undelivered rejected delivered",
    "undelivered": "rejected delivered",
    "rejected": "delivered",
}
REPORTS = [status for status in ReportStatus if status is not ReportStatus.NOTHING_NEW]


@pytest.mark.parametrize(("old", "new"), list(product(Status, Status)))
def test_exactly_these_moves_are_allowed(old, new):
    assert may_move(old, new) is (new in ALLOWED.get(old, "").split())


def test_reports_settle_by_rank():
    assert sorted(RANKS, key=RANKS.get) == ["sent", "expired", "undelivered", "rejected", "delivered"]


def test_every_status_has_a_label_and_is_either_open_sent_or_final():
    assert set(LABELS) == set(Status)
    assert UNDECIDED | FINAL | {Status.SENT} == set(Status)
    assert not UNDECIDED & FINAL


@pytest.mark.parametrize("report", REPORTS)
def test_no_report_leads_to_failed_or_out_of_it(report):
    assert report.value != Status.FAILED
    for ended in ("failed", "cancelled", "suppressed", "lapsed", "queued"):
        assert not may_move(Status(ended), Status(report.value))


@pytest.mark.parametrize("report", REPORTS)
def test_the_statuses_before_a_report_are_those_that_may_move_to_it(report):
    target = Status(report.value)
    assert set(statuses_before(report)) == {old for old in Status if may_move(old, target)} - {Status.SENDING}


@given(reports=st.lists(st.sampled_from(REPORTS), min_size=1, max_size=8), order=st.randoms())
def test_reports_end_in_the_same_state_in_any_order(reports, order):
    shuffled = list(reports)
    order.shuffle(shuffled)
    assert settle(reports) == settle(shuffled) == max((Status(each.value) for each in reports), key=RANKS.get)


def settle(reports):
    status = Status.UNCERTAIN
    for report in reports:
        if may_move(status, Status(report.value)):
            status = Status(report.value)
    return status
