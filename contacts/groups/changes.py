"""Putting many contacts into a group, or out of it, in short steps: safe to run twice, at once, and after a crash."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Min, QuerySet
from django.db.models.functions import Now

from contacts.models import Contact, Group, GroupChange

STEP = 2000
MOST_TRIES = 3
Membership = Contact.groups.through
Kind, State = GroupChange.Kind, GroupChange.State
# How a stored selection becomes contacts; raises ValueError where it no longer can.
Finder = Callable[[GroupChange], QuerySet[Contact]]


def start_group_change(
    *, kind: GroupChange.Kind, group: Group, selection: dict[str, Any], actor: Any, key: uuid.UUID
) -> tuple[GroupChange, bool]:
    """Note what is to be done, once for each `key`; contacts that are made later are not among them."""
    ends = Contact.objects.order_by().aggregate(first=Min("pk"), until=Max("pk"))
    first, until = ends["first"] or 0, ends["until"] or 0
    fields = {"kind": kind, "group": group, "group_name": group.name, "selection": selection, "created_by": actor}
    fields |= {"first": first, "position": first - 1, "until": until}
    return GroupChange.objects.get_or_create(key=key, defaults=fields)


def run_group_change(*, change_id: int, find: Finder, seconds: float, step: int = STEP) -> GroupChange:
    """Go on for at most so many seconds, `step` contacts in a transaction; another who is at it is left to it.

    Returns how far it has come.
    """
    ends_at, tries = time.monotonic() + seconds, 0
    while True:
        try:
            goes_on = _step(change_id, find, step)
        except IntegrityError:
            # A contact was deleted at this moment; the step is made again without it.
            tries += 1
            goes_on = tries < MOST_TRIES
        if not goes_on or time.monotonic() >= ends_at:
            return GroupChange.objects.get(pk=change_id)


def stop_group_change(*, change_id: int) -> bool:
    """What has been done stays done."""
    running = GroupChange.objects.filter(pk=change_id, state=State.RUNNING)
    return bool(running.update(state=State.STOPPED, finished_at=Now()))


@transaction.atomic
def _step(change_id: int, find: Finder, step: int) -> bool:
    """One step; whether there is more to do here."""
    mine = GroupChange.objects.select_for_update(skip_locked=True, of=("self",))
    change = mine.filter(pk=change_id, state=State.RUNNING).first()
    if change is None:
        return False
    group = Group.objects.select_for_update(no_key=True).filter(pk=change.group_id or 0).first()
    if group is None:
        return _finish(change, State.FAILED)
    return _empty(change, group, step) if change.kind == Kind.DELETE else _move(change, group, find, step)


def _move(change: GroupChange, group: Group, find: Finder, step: int) -> bool:
    try:
        rows = find(change).filter(pk__gt=change.position, pk__lte=change.until)
    except ValueError:
        return _finish(change, State.FAILED)
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:step])
    change.changed += _add(ids, group) if change.kind == Kind.ADD else _remove(ids, group)
    change.looked_at += len(ids)
    change.position = ids[-1] if ids else change.until
    if len(ids) < step:
        return _finish(change, State.FINISHED)
    change.save(update_fields=["changed", "looked_at", "position"])
    return True


def _add(ids: list[int], group: Group) -> int:
    there = set(Membership.objects.filter(group=group, contact__in=ids).values_list("contact_id", flat=True))
    new = [Membership(contact_id=id, group_id=group.pk) for id in ids if id not in there]
    Membership.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _remove(ids: list[int], group: Group) -> int:
    return Membership.objects.filter(group=group, contact__in=ids).delete()[0]


def _empty(change: GroupChange, group: Group, step: int) -> bool:
    """Take the next members out; the group goes with the last of them."""
    ids = list(Membership.objects.filter(group=group).order_by("pk").values_list("pk", flat=True)[:step])
    change.changed += Membership.objects.filter(pk__in=ids).delete()[0] if ids else 0
    change.looked_at += len(ids)
    if len(ids) == step:
        change.save(update_fields=["changed", "looked_at"])
        return True
    group.delete()
    change.group = None
    return _finish(change, State.FINISHED)


def _finish(change: GroupChange, state: GroupChange.State) -> bool:
    change.state = state
    change.save(update_fields=["changed", "looked_at", "position", "state", "group"])
    GroupChange.objects.filter(pk=change.pk).update(finished_at=Now())
    return False
