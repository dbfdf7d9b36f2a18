"""Follows the messages' events, and has the days counted again to whose messages something came.

Sending and reports pay nothing for it: every step of a message writes an event anyway. Transactions commit in another
order than their events are numbered; what has been read is therefore read again until none can come in between.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import OperationalError, connection, transaction
from django.db.models import Max, Sum
from django.db.models.functions import Now, TruncHour
from django.utils import timezone

from smsops.messaging.models import Message, MessageEvent
from smsops.messaging.status import Status
from smsops.reports.models import DailyFigure, QueueReading, RollupState, StaleDay
from smsops.reports.rollup import Difference, all_days, mark_days, mark_for_check, mend_day
from smsops.reports.rollup_counting import doubtful_by_day
from smsops.reports.rollup_rules import MOMENT_COLUMNS
from smsops.reports.visibility import transactions_under_way

logger = logging.getLogger(__name__)

CHUNK = 50_000
# Looked at again every night, after midnight's work is done.
CHECKED_DAYS = 35
CHECK_HOUR = 3
WAITING_LIMIT = 10_000


def catch_up(*, seconds: float) -> bool:
    """Bring the figures up to date, as far as that goes in the time; returns whether something is left to do."""
    deadline = time.monotonic() + seconds
    is_behind = mark_what_came(deadline)
    _begin_nightly_check()
    _read_queue()
    summarise_moments()
    days = list(StaleDay.objects.order_by("-date").values_list("date", flat=True))
    for done, day in enumerate(days):
        if done and time.monotonic() > deadline:
            return True
        _tell(mend_day(day, look_again=mark_what_came))
    RollupState.objects.update(caught_up_at=Now())
    return is_behind


def rebuild() -> Iterator[tuple[date, list[Difference]]]:
    """Count every day anew from its messages; gives each day, and what differed there. A day at a time in memory."""
    while mark_what_came():
        pass
    summarise_moments()
    for day in [*StaleDay.objects.filter(is_check=False).order_by("date").values_list("date", flat=True)]:
        mend_day(day, look_again=mark_what_came)
    for day in all_days():
        mark_for_check([day])
        yield day, mend_day(day, look_again=mark_what_came)
    RollupState.objects.update(caught_up_at=Now())


def _tell(differences: list[Difference]) -> None:
    for each in differences:
        logger.warning("a roll-up was wrong and has been mended", extra={"difference": str(each)})


# --- what came since -------------------------------------------------------------------------------------------------


class _Horizon(NamedTuple):
    """The newest event that can be seen, and which transactions may still bring older ones: those from `xmin` until
    before `xmax`. Where there is one writer at a time, both are 0."""

    newest: int
    xmin: int
    xmax: int


def mark_what_came(deadline: float | None = None, *, chunk: int = CHUNK) -> bool:
    """Mark the days of all that happened since the last time, reading `chunk` events at a time; returns whether time
    ran out before its end."""
    _mark_doubtful()
    horizon = _horizon()
    state = RollupState.objects.get_or_create(id=1)[0]
    if state.cursor is None:
        mark_days(all_days())
        _save(state, horizon, cursor=horizon.newest, seen_to=horizon.newest)
        return False
    return _follow(state, state.cursor, horizon, deadline, chunk)


def _follow(state: RollupState, cursor: int, horizon: _Horizon, deadline: float | None, chunk: int) -> bool:
    # Everybody who could have brought an event from before `seen_to` has ended: read once more, it is done with.
    has_settled = horizon.xmin >= state.seen_xmax
    is_out_of_time = False
    position = cursor
    while position < horizon.newest and not is_out_of_time:
        last = _end_of_chunk(position, horizon.newest, chunk)
        mark_days(_days_of_events(position, last))
        position = last
        is_out_of_time = deadline is not None and time.monotonic() > deadline
    if horizon.xmax == 0:
        _save(state, horizon, cursor=position, seen_to=position)
    elif has_settled:
        _save(state, horizon, cursor=min(position, max(cursor, state.seen_to)), seen_to=position)
    return position < horizon.newest


def _save(state: RollupState, horizon: _Horizon, *, cursor: int, seen_to: int) -> None:
    RollupState.objects.filter(pk=state.pk).update(cursor=cursor, seen_to=seen_to, seen_xmax=horizon.xmax)


def _horizon() -> _Horizon:
    newest = MessageEvent.objects.aggregate(newest=Max("id"))["newest"] or 0
    return _Horizon(newest, *transactions_under_way())


def _end_of_chunk(position: int, newest: int, chunk: int) -> int:
    """The event up to which to read next: ids have gaps."""
    later = MessageEvent.objects.filter(id__gt=position, id__lte=newest).order_by("id").values_list("id", flat=True)
    return next(iter(later[chunk - 1 : chunk]), newest)


def _days_of_events(after: int, last: int) -> set[date]:
    """Days on which the messages of these events count, or may have counted before them."""
    zone = timezone.get_default_timezone()
    touched = Message.objects.order_by().filter(
        pk__in=MessageEvent.objects.filter(id__gt=after, id__lte=last).values("message_id")
    )
    hours = touched.annotate(**{f"{name}_hour": TruncHour(name, tzinfo=zone) for name in MOMENT_COLUMNS}).values_list(
        *(f"{name}_hour" for name in MOMENT_COLUMNS)
    )
    return {_local_date(hour) for row in hours.distinct() for hour in row if hour is not None}


def _local_date(moment: datetime) -> date:
    return timezone.localdate(moment, timezone.get_default_timezone())


def _mark_doubtful() -> None:
    """What a stalled worker gives back leaves no event; of what is uncertain there is little enough to compare."""
    now = doubtful_by_day()
    rows = DailyFigure.objects.order_by().filter(status=Status.UNCERTAIN).values_list("date")
    stored = dict(rows.annotate(count=Sum("messages")))
    if wrong := [day for day in {*now, *stored} if now.get(day) != stored.get(day)]:
        mark_days(wrong)


def summarise_moments() -> None:
    """Let the index know of the newest pages, before autovacuum comes to it: until then they are read for every day.

    It waits for nobody for long: an autovacuum of the table that is under way would give way to it.
    """
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            cursor.execute("SELECT brin_summarize_new_values('message_moment')")
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError:
        logger.info("the index of moments is at work; it is brought up to date the next time")


# --- at night, and every hour ----------------------------------------------------------------------------------------


def _begin_nightly_check() -> None:
    """Once a day: whether the figures of the last weeks are right."""
    here = timezone.localtime(timezone=timezone.get_default_timezone())
    states = RollupState.objects.exclude(checked_on=here.date()).exclude(cursor=None)
    if here.hour >= CHECK_HOUR and states.update(checked_on=here.date()):
        mark_for_check(here.date() - timedelta(days=back) for back in range(CHECKED_DAYS))


def _read_queue() -> None:
    """How many wait, once more each time of the same hour: what stays is what it ended with."""
    waiting = Message.objects.waiting().order_by()[:WAITING_LIMIT].count()
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    QueueReading.objects.update_or_create(hour=hour, defaults={"waiting": waiting, "at": timezone.now()})
