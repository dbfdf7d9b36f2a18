"""Workers killed or asked to end while they make a report: never half a file, and the next one makes it."""

import gc
import io
import os
import signal
import subprocess
import sys
import time
import uuid
import zipfile
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone

from contacts.models import FilePiece
from smsops.messaging.dispatch import stopping
from smsops.messaging.models import Message
from smsops.publishing import publish
from smsops.reports.models import MonthReport
from smsops.reports.monthly.closing import select_month
from smsops.reports.monthly.making import Stopped
from smsops.reports.monthly.month import Month
from smsops.reports.monthly.reporting import (
    WRITERS,
    Pulse,
    Watched,
    create_automatic_report,
    create_report,
    lost_reports,
    make_report,
)
from smsops.reports.monthly.tasks import run_report
from tests.people import make_person
from tests.processes import ROOT, await_true, database_url
from tests.reports.month_world import seed_month, wib

FEBRUARY = Month.parse("2024-02")
WRITE = """
import django; django.setup()
import sys
from smsops.reports.monthly import reporting
reporting.make_report(report_id=int(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_no_half_file_and_the_next_one_makes_it(make_account, queue_messages):
    account = make_account()
    rows = queue_messages(account, 5_000)
    Message.objects.filter(pk__in=[rows[0].pk]).update(text="x")
    Message.objects.update(status="sent", sent_at=wib("2024-02-10"))
    report = create_report(month=FEBRUARY, kind="xlsx", actor=make_person("Approver"))
    env = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "smsops.settings", "DEBUG": "1"}
    worker = subprocess.Popen([sys.executable, "-c", WRITE, str(report.pk)], cwd=ROOT, env=env)
    until = time.monotonic() + 60
    while MonthReport.objects.get().claim is None and time.monotonic() < until:
        os.sched_yield()
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(timeout=120)
    report.refresh_from_db()
    assert (report.state, report.file, FilePiece.objects.count()) == ("running", None, 0)
    # Its claim still stands; it is void a while later.
    assert make_report(report_id=report.pk) is None
    MonthReport.objects.update(touched_at=timezone.now() - timedelta(minutes=5))
    assert make_report(report_id=report.pk).done == 5_000
    content = b"".join(MonthReport.objects.get().file.pieces_read())
    assert openpyxl.load_workbook(io.BytesIO(content), read_only=True)["Details"].max_row == 5_001


@pytest.mark.django_db(transaction=True)
def test_a_worker_asked_to_end_gives_its_report_back_and_the_next_one_makes_it(
    make_account, queue_messages, start_celery, tmp_path
):
    queue_messages(make_account(), 8_000, status="sent", sent_at=wib("2024-02-10"))
    report = create_report(month=FEBRUARY, kind="xlsx", actor=make_person("Approver"))
    worker = start_celery("filesystem://")
    publish(run_report, report.pk)
    assert await_true(lambda: MonthReport.objects.get().claim)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=60) == 0
    report.refresh_from_db()
    assert (report.state, report.claim, report.attempts, report.file) == ("running", None, 0, None)
    assert not list(tmp_path.glob("report-*"))
    assert "Traceback" not in (tmp_path / "worker.log").read_text()
    start_celery("filesystem://")
    assert await_true(lambda: MonthReport.objects.get().state == "done", seconds=90)
    assert (MonthReport.objects.get().done, MonthReport.objects.get().attempts) == (8_000, 1)


class Listener(io.BytesIO):
    """A file that is told to stop once the packing has begun."""

    def write(self, data):
        stopping.set()
        return super().write(data)


@pytest.mark.parametrize("kind", ["xlsx", "zip"])
def test_a_signal_while_the_file_is_being_packed_leaves_nothing_either(make_account, kind, settings, tmp_path, capfd):
    seed_month(make_account)
    settings.SMSOPS_VAR = tmp_path
    report = create_report(month=FEBRUARY, kind=kind, actor=make_person("Approver"))
    pulse, written = Pulse(report.pk, uuid.uuid4()), Listener()
    try:
        with pytest.raises(Stopped):
            WRITERS[kind](Watched(written, pulse), select_month(FEBRUARY), progress=pulse.tell)
    finally:
        stopping.clear()
    gc.collect()
    assert not zipfile.is_zipfile(written)
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr().err == ""


@pytest.mark.django_db
def test_a_report_for_which_the_disk_has_no_room_is_made_once_it_has(make_account, settings, tmp_path):
    make_account()
    report = create_automatic_report(month=FEBRUARY, is_closed=True)
    settings.SMSOPS_VAR = tmp_path / "gone"
    for attempt in range(1, 4):
        MonthReport.objects.update(touched_at=timezone.now() - timedelta(minutes=5))
        with pytest.raises(OSError, match="gone"):
            make_report(report_id=report.pk)
        report.refresh_from_db()
        assert (report.state, report.attempts) == ("running", attempt)
    settings.SMSOPS_VAR.mkdir()
    MonthReport.objects.update(touched_at=timezone.now() - timedelta(minutes=5))
    assert lost_reports().get() == report
    assert make_report(report_id=report.pk).state == "done"
