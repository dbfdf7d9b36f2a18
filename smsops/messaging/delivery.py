"""Applies delivery reports, from a callback or a poll: by rank, not by arrival, and never twice.

A report is matched by the provider's id in its account, then in accounts that share the login; several hits: by
number, then the newest. A report for an id that is not saved yet waits in `PendingReport` and is matched again.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from providers.cleaning import clip, clip_moment, clip_price
from providers.models import Account, CallbackReceipt
from providers.reading import digits
from providers.types import DeliveryReport, ReportStatus
from smsops.messaging.models import Message, MessageEvent, PendingReport
from smsops.messaging.sending.hotpath import run_among
from smsops.messaging.sending.queue import locked_for_update
from smsops.messaging.status import FINAL, Status, may_move
from smsops.messaging.tracking import report_sql

logger = logging.getLogger(__name__)

# A row that is still being sent is matched once it is settled: its own answer comes first.
NOT_YET = (Status.QUEUED, Status.SENDING)
# Every report reads its message: a third of the columns is read in half the time.
NEEDED = ("account", "reference", "recipient", "attempted_at", *report_sql.REPORTED)
PENDING_DAYS = 7
REMATCH_BATCH = 500


@dataclass(frozen=True, slots=True)
class Applied:
    """How many reports found their message, and how many wait for one."""

    matched: int
    waiting: int


def apply_reports(
    *, account: Account, reports: Sequence[DeliveryReport], source: str, receipt_id: int | None = None
) -> Applied:
    """Apply reports in one transaction; what finds no message waits."""
    reports = [_fit(report) for report in reports]
    with transaction.atomic(savepoint=False):
        candidates = _candidates(account, reports)
        lost = [report for report in reports if not _apply(account, report, candidates, source)]
        if lost:
            PendingReport.objects.bulk_create([_pending(account, report, source, receipt_id) for report in lost])
    return Applied(len(reports) - len(lost), len(lost))


def apply_callback(receipt: CallbackReceipt, report: DeliveryReport) -> bool:
    """Store a new receipt and apply its only report, on PostgreSQL and where it is plain what that report does;
    False: nothing was written."""
    if report.status is ReportStatus.NOTHING_NEW:
        return False
    return report_sql.store_callback(receipt=receipt, report=_fit(report), source=MessageEvent.Source.CALLBACK.value)


def match_pending(*, account: Account, provider_message_ids: Iterable[str]) -> int:
    """Try the waiting reports of these ids, just told to us, again; returns how many found their message."""
    adapter = account.adapter
    forms = {form for id in provider_message_ids for form in adapter.id_forms(id)}
    try:
        waiting = _waiting_for(forms) if forms else []
        return _rematch(Q(pk__in=waiting), order="id") if waiting else 0
    except OperationalError:
        # A callback wanted the same rows in another order; beat tries again.
        logger.exception("waiting reports could not be matched", extra={"account": account.name})
        return 0


def _waiting_for(ids: Collection[str]) -> list[int]:
    """The reports that wait for messages of these ids: as one parameter where that can be, a thousand cost more than
    the search."""
    if connection.vendor == "postgresql":
        found = run_among("SELECT id FROM messaging_pendingreport WHERE provider_message_id", ids)
        return [id for (id,) in found[:REMATCH_BATCH]]
    waiting = PendingReport.objects.filter(provider_message_id__in=ids)
    return list(waiting.values_list("pk", flat=True)[:REMATCH_BATCH])


def rematch_recent() -> int:
    """Try the waiting reports again whose message is there by now, or may be there under another spelling of its id;
    forget those that waited for a week."""
    PendingReport.objects.filter(created_at__lt=Now() - timedelta(days=PENDING_DAYS)).delete()
    return _rematch(_has_message(), order="id") + _rematch(
        Q(created_at__gte=Now() - timedelta(minutes=10)), order="-id"
    )


def _has_message() -> Q:
    same_server = {f"account__{name}": OuterRef(f"account__{name}") for name in ("provider", "base_url")}
    there = Message.objects.exclude(status__in=NOT_YET).filter(**same_server)
    by_id = there.filter(provider_message_id=OuterRef("provider_message_id")).exclude(provider_message_id="")
    return Q(Exists(by_id)) | Q(Exists(there.filter(reference=OuterRef("provider_message_id"))))


def _rematch(which: Q, *, order: str) -> int:
    waiting = PendingReport.objects.filter(which).select_related("account").order_by(order)
    return sum(_rematch_one(pending) for pending in waiting[:REMATCH_BATCH])


def _rematch_one(pending: PendingReport) -> bool:
    report = _report_of(pending)
    with transaction.atomic():
        if not _apply(pending.account, report, _candidates(pending.account, [report]), pending.source):
            return False
        pending.delete()
        _close_receipt(pending.receipt_id)
    return True


def _close_receipt(receipt_id: int | None) -> None:
    """A receipt is applied once the last of its reports has found its message."""
    if receipt_id is not None and not PendingReport.objects.filter(receipt_id=receipt_id).exists():
        unmatched = CallbackReceipt.objects.filter(pk=receipt_id, state=CallbackReceipt.State.UNMATCHED)
        unmatched.update(state=CallbackReceipt.State.APPLIED)


def _fit(report: DeliveryReport) -> DeliveryReport:
    """The report as our columns hold it: nothing that a provider writes may keep its report from being applied."""
    return replace(
        report,
        provider_message_id=clip(report.provider_message_id, 100),
        recipient=digits(report.recipient)[:20],
        at=clip_moment(report.at),
        code=clip(report.code, 50),
        text=clip(report.text, 1000),
        price=clip_price(report.price),
        raw=clip(report.raw, 4096),
    )


# --- matching --------------------------------------------------------------------------------------------------------


def _candidates(account: Account, reports: Sequence[DeliveryReport]) -> dict[str, list[Message]]:
    """Messages that any of these reports may mean, locked, by every form of the provider's id."""
    forms = {form for report in reports for form in account.adapter.id_forms(report.provider_message_id)} - {""}
    # As a sum, so that PostgreSQL looks for the ids and never reads all messages of the account instead.
    reportable = Message.objects.exclude(status__in=NOT_YET).alias(owner=F("account_id") + 0).only(*NEEDED)
    # Our own reference comes back as the id where the provider told none.
    known = Q(provider_message_id__in=forms) | Q(reference__in=forms)
    found = list(locked_for_update(reportable.filter(known, owner=account.pk)))
    missing = forms - {form for message in found for form in _forms(account, message)}
    if missing and (others := _same_login(account)):
        known = Q(provider_message_id__in=missing) | Q(reference__in=missing)
        found += locked_for_update(reportable.filter(known, owner__in=others))
    by_form: dict[str, list[Message]] = {}
    for message in found:
        for form in _forms(account, message):
            by_form.setdefault(form, []).append(message)
    return by_form


def _forms(account: Account, message: Message) -> set[str]:
    ids = account.adapter.id_forms(message.provider_message_id) if message.provider_message_id else ()
    return {*ids, message.reference}


def _same_login(account: Account) -> list[int]:
    """Other accounts of the same provider, server and user: reports of one login arrive at any of them."""
    others = Account.objects.filter(provider=account.provider, base_url=account.base_url).exclude(pk=account.pk)
    name = account.login_name
    return [other.pk for other in others if name and other.login_name == name]


def _choose(messages: list[Message], report: DeliveryReport) -> Message | None:
    """Several hits: the one with the reported number, then the newest."""
    same_number = [message for message in messages if digits(message.recipient) == report.recipient]
    return max(same_number or messages, key=lambda message: message.pk, default=None)


# --- applying --------------------------------------------------------------------------------------------------------


def _apply(account: Account, report: DeliveryReport, candidates: dict[str, list[Message]], source: str) -> bool:
    """Whether the report found its message; a repeat changes nothing and leaves no second event."""
    forms = account.adapter.id_forms(report.provider_message_id)
    message = _choose([m for form in forms for m in candidates.get(form, [])], report)
    if message is None:
        return False
    told = Status(report.status.value) if report.status is not ReportStatus.NOTHING_NEW else None
    moves = told is not None and may_move(Status(message.status), told)
    if moves and told is not None:
        _move(message, told, report)
        _store_move(message, report, source)
    elif not _is_repeat(message, report):
        _write_event(message, report, source)
    return True


def _move(message: Message, told: Status, report: DeliveryReport) -> None:
    if report.provider_message_id != message.reference:
        message.provider_message_id = message.provider_message_id or report.provider_message_id
    message.sent_at = message.sent_at or message.attempted_at or Now()
    message.status = told.value
    message.error_code, message.error_text = report.code, report.text
    message.price = message.price if report.price is None else report.price
    message.finished_at = Now() if told in FINAL else None


def _store_move(message: Message, report: DeliveryReport, source: str) -> None:
    """The moved row and its event: every delivered message comes here once or twice."""
    if connection.vendor == "postgresql":
        report_sql.store_report(message_id=message.pk, report=report, source=source)
    else:
        message.save(update_fields=list(report_sql.REPORTED))
        _write_event(message, report, source)


def _is_repeat(message: Message, report: DeliveryReport) -> bool:
    same = MessageEvent.objects.filter(message=message, told=report.status.value, code=report.code, text=report.text)
    return same.filter(source__in=(MessageEvent.Source.CALLBACK, MessageEvent.Source.POLL)).exists()


def _write_event(message: Message, report: DeliveryReport, source: str) -> None:
    MessageEvent.objects.create(
        message=message,
        status=message.status,
        told=report.status.value,
        source=source,
        code=report.code,
        text=report.text,
        raw=report.raw,
        happened_at=report.at,
    )


# --- waiting ---------------------------------------------------------------------------------------------------------


def _pending(account: Account, report: DeliveryReport, source: str, receipt_id: int | None) -> PendingReport:
    return PendingReport(
        account=account,
        provider_message_id=report.provider_message_id,
        recipient=report.recipient,
        status=report.status.value,
        code=report.code,
        text=report.text,
        raw=report.raw,
        happened_at=report.at,
        price=report.price,
        source=source,
        receipt_id=receipt_id,
    )


def _report_of(pending: PendingReport) -> DeliveryReport:
    return DeliveryReport(
        provider_message_id=pending.provider_message_id,
        status=ReportStatus(pending.status),
        recipient=pending.recipient,
        at=pending.happened_at,
        code=pending.code,
        text=pending.text,
        price=pending.price,
        raw=pending.raw,
    )
