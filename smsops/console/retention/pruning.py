"""Deletes records whose time is over, oldest first, some hundred a transaction.

Ids grow with time: each type is walked from its lowest id until a row is young enough, so that no index of times is
needed and nothing is locked for long.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import SyncAction
from providers.models import CallbackReceipt, CallLog
from smsops.console.models import DownloadLog, LookupLog, Notice
from smsops.console.retention.anonymising import Anonymised, texts
from smsops.console.retention.models import RetentionRun
from smsops.messaging.models import AudienceEntry, Campaign, MessageEvent
from smsops.messaging.status import UNDECIDED

CHUNK = 500
OVER = (Campaign.Status.FINISHED, Campaign.Status.CANCELLED)
OPEN_RECEIPTS = (CallbackReceipt.State.WAITING, CallbackReceipt.State.STUCK)


@dataclass(frozen=True, slots=True)
class Kept:
    """One type of record: `setting` names the days (0: for ever), `moment` the column that tells its age."""

    label: Any
    setting: str
    moment: str
    rows: QuerySet[Any]

    @property
    def days(self) -> int:
        return int(getattr(settings, self.setting))


def types() -> Mapping[str, Kept]:
    """What is deleted, by name; what still waits for something is not."""
    return {
        "calls": Kept(_("Call log"), "CALLS_KEPT_DAYS", "started_at", CallLog.objects.all()),
        "receipts": Kept(
            _("Callbacks as received"), "RECEIPTS_KEPT_DAYS", "received_at",
            CallbackReceipt.objects.exclude(state__in=OPEN_RECEIPTS),
        ),
        "look-ups": Kept(_("Look-ups"), "LOOKUPS_KEPT_DAYS", "at", LookupLog.objects.all()),
        "downloads": Kept(_("Downloads"), "LOOKUPS_KEPT_DAYS", "at", DownloadLog.objects.all()),
        "syncs": Kept(
            _("Steps of phone book syncs"), "SYNC_STEPS_KEPT_DAYS", "run__started_at",
            SyncAction.objects.exclude(run__state__in=["reading", "applying", "preview"]),
        ),
        "notices": Kept(
            _("Notices that are over"), "NOTICES_KEPT_DAYS", "closed_at", Notice.objects.exclude(closed_at=None)
        ),
        "events": Kept(
            _("Steps of messages"), "MESSAGE_EVENTS_KEPT_DAYS", "at",
            MessageEvent.objects.exclude(message__status__in=UNDECIDED),
        ),
        "audiences": Kept(
            _("Lists of recipients of campaigns that are over"), "MESSAGE_TEXTS_KEPT_DAYS", "campaign__finished_at",
            AudienceEntry.objects.filter(campaign__status__in=OVER).exclude(campaign__finished_at=None),
        ),
    }  # fmt: skip


def everything() -> Mapping[str, Kept | Anonymised]:
    """All types, in the order in which they are worked off."""
    return {**types(), **texts()}


def count_old() -> dict[str, int]:
    """What would go now: name → how many. Reads the tables in full; nothing is changed."""
    now = timezone.now()
    deleted = {name: _old(kept, now).count() for name, kept in types().items() if kept.days > 0}
    return deleted | {name: kept.count(_limit(kept, now)) for name, kept in texts().items() if kept.days > 0}


def prune_old(*, seconds: float) -> dict[str, int]:
    """Delete for so long; what is left goes the next time. Name → how many; a run that deleted something is kept."""
    until, now = time.monotonic() + seconds, timezone.now()
    deleted: dict[str, int] = {}
    for name, kept in types().items():
        while kept.days > 0 and time.monotonic() < until and (count := _prune_chunk(kept, now)):
            deleted[name] = deleted.get(name, 0) + count
    for name, texts_kept in texts().items():
        if texts_kept.days > 0 and (count := texts_kept.work(_limit(texts_kept, now), until)):
            deleted[name] = count
    if deleted:
        RetentionRun.objects.create(deleted=deleted)
    return deleted


def _limit(kept: Kept | Anonymised, now: datetime) -> datetime:
    return now - timedelta(days=min(kept.days, 36_500))


def _old(kept: Kept, now: datetime) -> QuerySet[Any]:
    return kept.rows.filter(**{f"{kept.moment}__lt": _limit(kept, now)}).order_by()


def _prune_chunk(kept: Kept, now: datetime) -> int:
    """Delete those of the oldest rows whose time is over."""
    oldest = kept.rows.order_by("pk").values_list("pk", kept.moment)[:CHUNK]
    ids = [pk for pk, moment in oldest if moment is None or moment < _limit(kept, now)]
    if ids:
        kept.rows.model._default_manager.filter(pk__in=ids).delete()
    return len(ids)
