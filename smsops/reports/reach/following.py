"""Follows messages and new contacts with the marks of who was never reached, in short steps, one worker at a time.

The first turn begins a check of all contacts, which is how the marks come to be; so does every night, for what leaves
no trace here: a contact that got another number, or came back when a merge was undone.
"""

from __future__ import annotations

import time
from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.db.models import Manager, Max
from django.utils import timezone

from contacts.models import Contact
from smsops.messaging.models import MessageEvent
from smsops.reports.models import ReachTrail
from smsops.reports.reach.marking import TAKEN, mark_contacts, mark_range
from smsops.reports.rollup_following import CHECK_HOUR
from smsops.reports.visibility import Underway, transactions_under_way

# Events or contacts in one transaction.
CHUNK = 1000
HIGHEST = 2**63 - 1
EVENTS, CONTACTS, CHECK = ReachTrail.Name.EVENTS, ReachTrail.Name.CONTACTS, ReachTrail.Name.CHECK


class _Horizon(NamedTuple):
    """The newest ids that can be seen, and which transactions may still bring older ones."""

    newest: dict[str, int]
    underway: Underway


def follow_reach(*, seconds: float) -> bool:
    """Bring the marks up to date, as far as that goes in the time; returns whether something is left to do."""
    deadline = time.monotonic() + seconds
    horizon = _horizon()
    _begin(horizon)
    for name in (EVENTS, CONTACTS):
        trail = ReachTrail.objects.get(name=name)
        if horizon.underway.xmin >= trail.seen_xmax and _walk(name, "cursor", trail.seen_to, horizon, deadline):
            return True
        if _walk(name, "seen_to", horizon.newest[name], horizon, deadline):
            return True
    return _walk(CHECK, "cursor", HIGHEST, horizon, deadline)


def _begin(horizon: _Horizon) -> None:
    here = timezone.localtime(timezone=timezone.get_default_timezone())
    if not ReachTrail.objects.filter(name=CHECK).exists():
        _make_trails(horizon, here.date())
    if here.hour >= CHECK_HOUR:
        over = ReachTrail.objects.filter(name=CHECK, cursor=HIGHEST).exclude(checked_on=here.date())
        over.update(cursor=0, checked_on=here.date())


def _make_trails(horizon: _Horizon, today: date) -> None:
    trails = [
        ReachTrail(name=name, cursor=newest, seen_to=newest, seen_xmax=horizon.underway.xmax)
        for name, newest in horizon.newest.items()
    ]
    check = ReachTrail(name=CHECK, seen_to=HIGHEST, checked_on=today)
    ReachTrail.objects.bulk_create([*trails, check], ignore_conflicts=True)


def _horizon() -> _Horizon:
    newest = {EVENTS.value: _newest(MessageEvent.objects), CONTACTS.value: _newest(Contact.objects)}
    return _Horizon(newest, transactions_under_way())


def _newest(rows: Manager) -> int:
    return rows.aggregate(newest=Max("id"))["newest"] or 0


def _walk(name: str, place: str, until: int, horizon: _Horizon, deadline: float) -> bool:
    """Step until the end or the deadline; returns whether time ran out before."""
    while _step(name, place, until, horizon.underway.xmax):
        if time.monotonic() > deadline:
            return True
    return False


@transaction.atomic
def _step(name: str, place: str, until: int, xmax: int) -> bool:
    """Move `place` of the trail one chunk on, with all trails held; returns whether there is more."""
    trail = {each.name: each for each in ReachTrail.objects.select_for_update().order_by("name")}[name]
    after = getattr(trail, place)
    if after >= until:
        return False
    last = _mark_events(after, until) if name == EVENTS else _mark_contacts(after, until)
    setattr(trail, place, last)
    if place == "seen_to":
        trail.seen_xmax = xmax
        trail.cursor = trail.cursor if xmax else last
    trail.save(update_fields=["cursor", "seen_to", "seen_xmax"])
    return last < until


def _mark_events(after: int, until: int) -> int:
    """The contacts that the next events are about; returns how far those go."""
    events = MessageEvent.objects.filter(id__gt=after, id__lte=until).order_by("id")
    rows = list(events.values_list("id", "status", "message__recipient")[:CHUNK])
    numbers = {number for _id, status, number in rows if status in TAKEN}
    mark_contacts(Contact.objects.filter(mobile__in=numbers))
    return rows[-1][0] if len(rows) == CHUNK else until


def _mark_contacts(after: int, until: int) -> int:
    """The next contacts by their id; returns how far those go."""
    ids = Contact.objects.filter(pk__gt=after, pk__lte=until).order_by("pk").values_list("pk", flat=True)
    last = next(iter(ids[CHUNK - 1 : CHUNK]), until)
    mark_range(after, last)
    return last
