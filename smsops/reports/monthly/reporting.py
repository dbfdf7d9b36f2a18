"""Monthly reports as files: asked for, made by whichever worker comes first, kept, and thrown away in the end.

Whoever makes one holds its claim and shows now and then that he lives. A file is stored and listed in one transaction,
so there is never half of one; the report of a worker that died is made anew by the next, and a worker that is asked to
end gives its own back at once.
"""

from __future__ import annotations

import hashlib
import io
import logging
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import IO, Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language, override
from xlsxwriter.exceptions import FileCreateError

from contacts.file_models import open_temporary, store_file
from contacts.models import StoredFile
from providers.models import Account
from smsops.messaging.dispatch import stopping
from smsops.reports.monthly.book import DRAFTS
from smsops.reports.monthly.closing import select_month
from smsops.reports.monthly.making import Made, Stopped, write_csv_archive, write_workbook
from smsops.reports.monthly.models import MonthReport
from smsops.reports.monthly.month import Month
from smsops.reports.monthly.selection import Selection

logger = logging.getLogger(__name__)
State = MonthReport.State
BEAT_SECONDS = 2.0
# Longer than anything takes that shows no sign of life in between: putting a large workbook's sheets together.
LOST_AFTER = timedelta(minutes=2)
DRAFT_SECONDS = 24 * 3600
MOST_ATTEMPTS = 5
BLOCK = 1 << 20
# The database was away, or the disk full.
PASSING = (OperationalError, OSError, FileCreateError)
WRITERS: dict[str, Callable[..., Made]] = {
    MonthReport.Kind.XLSX.value: write_workbook,
    MonthReport.Kind.CSV.value: write_csv_archive,
}


def create_report(*, month: Month, kind: str, actor: Any, accounts: Sequence[Account] = ()) -> MonthReport:
    """Ask for a file; the same one that is being made already is not made twice."""
    wanted = {"month": month.first, "kind": kind, "account_ids": sorted(account.pk for account in accounts)}
    made = MonthReport.objects.filter(**wanted, state=State.RUNNING, language=get_language() or "en").first()
    if made is not None and (made.created_by_id == actor.pk or made.is_automatic):
        return made
    return MonthReport.objects.create(**wanted, created_by=actor, language=get_language() or "en")


def create_automatic_report(*, month: Month, is_closed: bool) -> MonthReport | None:
    """One by itself, of all accounts; None where there is one."""
    try:
        with transaction.atomic():
            return MonthReport.objects.create(
                month=month.first, is_automatic=True, is_closed=is_closed, language=settings.LANGUAGE_CODE
            )
    except IntegrityError:
        return None


def make_report(*, report_id: int) -> MonthReport | None:
    """Make the file, unless somebody is at it; the report where this has made it."""
    claim = uuid.uuid4()
    report = _claim(report_id, claim)
    if report is None:
        return None
    try:
        with override(report.language):
            _make(report, Pulse(report.pk, claim))
    except Stopped:
        _give_back(report.pk, claim)
        return None
    except PASSING:
        # Taken up again once the claim is void, some times.
        raise
    except Exception:
        logger.exception("a monthly report could not be made", extra={"report": report.pk})
        MonthReport.objects.filter(pk=report.pk, claim=claim).update(state=State.FAILED, touched_at=Now())
        return None
    return MonthReport.objects.get(pk=report.pk)


def _claim(report_id: int, claim: uuid.UUID) -> MonthReport | None:
    here = MonthReport.objects.filter(pk=report_id, state=State.RUNNING)
    if here.filter(attempts__gte=MOST_ATTEMPTS).filter(_is_free()).update(state=State.FAILED):
        return None
    taken = here.filter(_is_free()).update(claim=claim, attempts=F("attempts") + 1, touched_at=Now(), done=0)
    return MonthReport.objects.get(pk=report_id) if taken else None


def _give_back(report_id: int, claim: uuid.UUID) -> None:
    """Where it is still ours: for whoever comes next, as if we had never begun."""
    mine = MonthReport.objects.filter(pk=report_id, claim=claim, state=State.RUNNING)
    mine.update(claim=None, attempts=F("attempts") - 1, touched_at=Now(), done=0)


def _is_free() -> Q:
    return Q(claim=None) | Q(touched_at__lt=timezone.now() - LOST_AFTER)


class Pulse:
    """The sign of life of whoever makes a report."""

    def __init__(self, report_id: int, claim: uuid.UUID) -> None:
        self.mine = MonthReport.objects.filter(pk=report_id, claim=claim, state=State.RUNNING)
        self._next = time.monotonic() + BEAT_SECONDS
        self._done = 0

    def tell(self, done: int) -> bool:
        """Whether to go on: the report is still ours, which is looked up every other second, and no signal has come."""
        self._done = done
        if stopping.is_set():
            return False
        if time.monotonic() < self._next:
            return True
        self._next = time.monotonic() + BEAT_SECONDS
        return bool(self.mine.update(touched_at=Now(), done=done))

    def again(self) -> bool:
        return self.tell(self._done)


class Watched:
    """A file that shows signs of life as it is written: packing a large workbook takes a while. Left half-way, it takes
    what its writer still has to say, to close in peace, and throws it away."""

    def __init__(self, file: IO[bytes], pulse: Pulse) -> None:
        self._file, self._pulse, self._is_left = file, pulse, False

    def write(self, data: bytes) -> int:
        if not self._is_left and not self._pulse.again():
            self._is_left, self._file = True, io.BytesIO()
            raise Stopped
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _make(report: MonthReport, pulse: Pulse) -> None:
    with open_temporary() as file:
        selection = select_report(report)
        made = WRITERS[report.kind](Watched(file, pulse), selection, progress=pulse.tell)
        file.seek(0)
        _store(report, pulse, file, made, is_closed=selection.is_closed)


def select_report(report: MonthReport) -> Selection:
    """What it is about, as it is known now."""
    accounts = Account.objects.filter(pk__in=report.account_ids).order_by("name") if report.account_ids else ()
    return select_month(Month(report.month), accounts)


@transaction.atomic
def _store(report: MonthReport, pulse: Pulse, file: IO[bytes], made: Made, *, is_closed: bool) -> None:
    digest = hashlib.sha256()

    def blocks() -> Iterator[bytes]:
        while block := file.read(BLOCK):
            digest.update(block)
            yield block

    stored = store_file(name=f"smsops-{report}", blocks=blocks())
    finished = {
        "state": State.DONE, "file": stored, "checksum": digest.hexdigest(), "done": made.rows, "made_at": made.made_at,
        "messages": made.figures.total.messages, "is_closed": is_closed, "touched_at": Now(),
    }  # fmt: skip
    if not pulse.mine.update(**finished):
        raise Stopped


def lost_reports() -> QuerySet[MonthReport]:
    """Those that nobody seems to make."""
    return MonthReport.objects.filter(state=State.RUNNING, touched_at__lt=timezone.now() - LOST_AFTER)


def listed_reports() -> QuerySet[MonthReport]:
    """Files that can be had, and those on their way; newest first."""
    shown = Q(file__isnull=False) | ~Q(state=State.DONE)
    return MonthReport.objects.filter(shown).select_related("created_by", "file").order_by("-pk")


@transaction.atomic
def forget_report(*, report: MonthReport) -> None:
    """The file goes; who had it made, and when, stays."""
    MonthReport.objects.filter(pk=report.pk).update(file=None)
    if report.file_id:
        StoredFile.objects.filter(pk=report.file_id).delete()


def purge_reports() -> None:
    """Forget files that have been kept long enough, one at a time; those of closed months stay."""
    before = timezone.now() - timedelta(days=settings.REPORTS_KEPT_DAYS)
    for report in MonthReport.objects.filter(file__isnull=False, is_closed=False, created_at__lt=before)[:1]:
        forget_report(report=report)


def purge_drafts() -> None:
    """What workers that were killed have left on this machine."""
    for folder in settings.SMSOPS_VAR.glob(f"{DRAFTS}*"):
        with suppress(OSError):
            if folder.stat().st_mtime < time.time() - DRAFT_SECONDS:
                shutil.rmtree(folder)
