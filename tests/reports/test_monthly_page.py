"""The month's page says what the workbook says; its files come whole or not at all, and only to those who may."""

import csv
import hashlib
import io
import os
import zipfile
from datetime import timedelta

import openpyxl
import pytest
from django.core import mail
from django.utils import timezone
from time_machine import travel

from contacts.models import FilePiece
from smsops.messaging.models import Message
from smsops.reports.models import MonthClosing, MonthReport, ReportSubscription, RollupState
from smsops.reports.monthly.closing import closing_step, create_closing, select_month
from smsops.reports.monthly.making import write_workbook
from smsops.reports.monthly.month import Month
from smsops.reports.monthly.page import page_cards
from smsops.reports.monthly.page_figures import read_figures
from smsops.reports.monthly.reporting import (
    create_report,
    make_report,
    purge_drafts,
    purge_reports,
)
from smsops.reports.monthly.tasks import run_report, wake_months
from smsops.reports.rollup_following import rebuild
from tests.people import client_of, make_person
from tests.reports.month_world import seed_month, wib

URL = "/admin/reports/month/"
FEBRUARY = Month.parse("2024-02")


@pytest.fixture
def accounts(make_account):
    return seed_month(make_account)


@pytest.fixture
def rolled_up(accounts):
    list(rebuild())
    return accounts


def test_the_page_counts_what_the_workbook_counts(rolled_up, tmp_path):
    selection = select_month(FEBRUARY)
    page, made = read_figures(selection), write_workbook(str(tmp_path / "x.xlsx"), selection)
    for name in ("days", "accounts", "operators", "campaigns", "people", "reasons"):
        theirs, ours = getattr(made.figures, name), getattr(page, name)
        assert {key: told(tally) for key, tally in ours.items()} == {key: told(tally) for key, tally in theirs.items()}
    assert page_cards(page) == page_cards(made.figures)


def told(tally):
    return dict(tally.counts), tally.segments, tally.billable_segments, tally.unpriced, tally.cost


def test_a_closed_month_shows_what_was_booked(rolled_up):
    before = page_cards(read_figures(select_month(FEBRUARY)))
    closing = create_closing(month=FEBRUARY, actor=None)
    while closing_step(closing_id=closing.pk, seconds=60):
        pass
    Message.objects.update(status="delivered")
    list(rebuild())
    assert page_cards(read_figures(select_month(FEBRUARY))) == before


def test_the_page_shows_figures_and_asks_as_much_however_many_there_are(rolled_up, django_assert_max_num_queries):
    client = client_of(make_person("Approver"))
    client.get(URL)
    with django_assert_max_num_queries(25):
        shown = client.get(f"{URL}?month=2024-02").content.decode()
    assert "February 2024" in shown
    assert "&lt;r&gt;=1+1&lt;/r&gt;" in shown
    assert "Budi =SUM(1)" in shown
    one = client.get(f"{URL}?month=2024-02&account={rolled_up[1].pk}").content.decode()
    assert "Budi =SUM(1)" in one
    assert "&lt;r&gt;" not in one


@pytest.mark.parametrize("query", ["month=2024-13", "month=x", "month=0000-01"])
def test_a_month_that_is_none_is_said_so(db, query):
    assert client_of(make_person("Operator")).get(f"{URL}?{query}").status_code == 404


def test_an_empty_month_says_what_to_do(db):
    assert "Choose another one" in client_of(make_person("Operator")).get(URL).content.decode()


def test_an_open_month_says_when_its_figures_were_counted(rolled_up):
    client = client_of(make_person("Operator"))
    with travel("2024-02-11 12:00+07:00", tick=False):
        RollupState.objects.update(caught_up_at=timezone.now())
        assert "Counted at 12:00:00 WIB" in client.get(f"{URL}?month=2024-02").content.decode()
    with travel("2024-02-12 12:00+07:00", tick=False):
        late = client.get(f"{URL}?month=2024-02").content.decode()
    assert "Counted at 11 Feb 12:00 WIB" in late
    assert "No worker has counted since." in late


def ask(client, kind="xlsx", month="2024-02"):
    client.post(f"{URL}make/", {"month": month, "kind": kind})
    return MonthReport.objects.latest("pk")


def content_of(client, report):
    return b"".join(client.get(f"/admin/reports/files/{report.pk}/download/").streaming_content)


def test_a_file_is_made_listed_and_downloaded_with_its_checksum(rolled_up):
    client = client_of(make_person("Approver"))
    report = ask(client)
    assert client.get(f"/admin/reports/files/{report.pk}/download/").status_code == 404
    assert client.get(f"/admin/reports/files/{report.pk}/").json()["state"] == "running"
    run_report(report.pk)
    report.refresh_from_db()
    content = content_of(client, report)
    assert (report.state, report.checksum) == ("done", hashlib.sha256(content).hexdigest())
    assert "Summary" in openpyxl.load_workbook(io.BytesIO(content)).sheetnames
    assert report.checksum[:12] in client.get(URL).content.decode()


@pytest.mark.parametrize("is_closed", [False, True])
def test_how_far_a_file_is_is_measured_by_the_rows_it_will_have(rolled_up, is_closed):
    if is_closed:
        closing = create_closing(month=FEBRUARY, actor=None)
        while closing_step(closing_id=closing.pk, seconds=60):
            pass
    person = make_person("Approver")
    report = create_report(month=FEBRUARY, kind="xlsx", actor=person)
    told = client_of(person).get(f"/admin/reports/files/{report.pk}/").json()
    assert (told["state"], told["done"]) == ("running", 0)
    assert told["total"] == make_report(report_id=report.pk).done


def test_the_same_file_twice_at_once_is_made_once(rolled_up):
    client = client_of(make_person("Approver"))
    assert ask(client).pk == ask(client).pk
    assert ask(client, "zip").pk != ask(client).pk or MonthReport.objects.count() == 2


def test_csv_files_hold_the_same_sheets(rolled_up):
    client = client_of(make_person("Approver"))
    report = ask(client, "zip")
    run_report(report.pk)
    with zipfile.ZipFile(io.BytesIO(content_of(client, MonthReport.objects.get()))) as archive:
        names = archive.namelist()
        rows = {name: list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig")))) for name in names}
    details = rows[next(name for name in names if "Details" in name)]
    assert len(details) == 1 + MonthReport.objects.get().done
    assert details[1][1].startswith("'+62812")
    assert details[1][8][:7] == "2024-02"
    assert next(row for name in names if "Per account" in name for row in rows[name] if row[0] == "Total")
    assert "'=" not in "".join(row[0] for row in details)


@pytest.mark.parametrize(
    ("role", "may_see", "may_make"),
    [("Support", 403, 403), ("Operator", 200, 403), ("Approver", 200, 302), ("Administrator", 200, 302)],
)
def test_who_may_see_and_who_may_make(rolled_up, role, may_see, may_make):
    client = client_of(make_person(role))
    page = client.get(URL)
    assert page.status_code == may_see
    assert client.post(f"{URL}make/", {"month": "2024-02"}).status_code == may_make
    assert (f"{URL}make/" in page.content.decode()) is (may_make == 302)
    assert client.get(f"{URL}close/?month=2024-02").status_code == (200 if role == "Administrator" else 403)


def test_closing_is_confirmed_and_its_report_is_kept(rolled_up, settings):
    client = client_of(make_person("Administrator"))
    assert "cannot be undone" in client.get(f"{URL}close/?month=2024-02").content.decode()
    assert MonthClosing.objects.count() == 0
    client.post(f"{URL}close/", {"month": "2024-02"})
    closing = MonthClosing.objects.get()
    while closing_step(closing_id=closing.pk, seconds=60):
        pass
    wake_months()
    report = MonthReport.objects.get(is_closed=True)
    run_report(report.pk)
    settings.REPORTS_KEPT_DAYS = 0
    purge_reports()
    report.refresh_from_db()
    assert report.file is not None
    again = client.post(f"{URL}close/", {"month": "2024-02"}, follow=True).content.decode()
    assert "closed already" in again


def test_old_files_are_forgotten_and_the_record_stays(rolled_up):
    client = client_of(make_person("Approver"))
    report = ask(client)
    run_report(report.pk)
    MonthReport.objects.update(created_at=timezone.now() - timedelta(days=500))
    purge_reports()
    assert (FilePiece.objects.count(), MonthReport.objects.count()) == (0, 1)
    assert f"/files/{report.pk}/download/" not in client.get(URL).content.decode()


def test_on_the_first_a_provisional_report_is_made_once_and_subscribers_are_told(
    accounts, django_capture_on_commit_callbacks
):
    person = make_person("Operator", username="rina")
    person.email = "rina@example.com"
    person.save()
    client_of(person).post(f"{URL}subscribe/", {"wanted": "1"})
    gone = make_person("Operator", username="gone")
    ReportSubscription.objects.create(user=gone, language="en")
    accounts[0].__class__.objects.update(created_at=wib("2024-01-01"))
    with travel("2024-03-01T00:00:30+07:00", tick=False):
        wake_months()
        wake_months()
        report = MonthReport.objects.get()
        run_report(report.pk)
        run_report(report.pk)
    assert (str(report.month), report.is_automatic) == ("2024-02-01", True)
    (letter,) = mail.outbox
    assert letter.to == ["rina@example.com"]
    assert "February 2024" in letter.subject
    assert "/admin/reports/month/?month=2024-02" in letter.body


def test_what_a_killed_worker_left_behind_is_swept_up_a_day_later(db, settings):
    old, new = settings.SMSOPS_VAR / "report-old", settings.SMSOPS_VAR / "report-new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "part.xml").write_text("x")
    os.utime(old, (1, 1))
    purge_drafts()
    assert (old.exists(), new.exists()) == (False, True)
    purge_drafts()


def test_nobody_subscribes_without_an_address(db):
    client = client_of(make_person("Operator"))
    assert "no e-mail address" in client.post(f"{URL}subscribe/", {"wanted": "1"}, follow=True).content.decode()
    assert ReportSubscription.objects.count() == 0


def test_a_setting_closes_the_month_on_its_day(accounts, settings):
    accounts[0].__class__.objects.update(created_at=wib("2024-01-01"))
    settings.CLOSE_MONTHS_ON_DAY = 5
    with travel("2024-03-04T23:00:00+07:00", tick=False):
        wake_months()
        assert MonthClosing.objects.count() == 0
    with travel("2024-03-05T00:01:00+07:00", tick=False):
        wake_months()
        wake_months()
        assert str(MonthClosing.objects.get().month) == "2024-02-01"


def test_a_report_that_fails_again_and_again_is_given_up(accounts):
    report = create_report(month=FEBRUARY, kind="xlsx", actor=make_person("Approver"))
    MonthReport.objects.update(attempts=5)
    assert make_report(report_id=report.pk) is None
    report.refresh_from_db()
    assert (report.state, report.file) == ("failed", None)
