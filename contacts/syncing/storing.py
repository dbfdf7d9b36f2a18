"""A plan written down: every change it consists of, the conflicts it found, and what it left as it is."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from django.db import transaction
from django.db.models import Exists, Manager
from django.db.models.functions import Now

from contacts.comparing.limits import DEFAULT_PERCENT, kinds_over_limit
from contacts.comparing.types import ENTRY, NAME, NUMBER, Action, Conflict, Kind, Plan, Subject, TheirEntry
from contacts.syncing.models import PhonebookNote, SyncAction, SyncConflict, SyncRun
from providers.models import Account

BATCH = 500
State = SyncAction.State
# Subject, id there, field.
Question = tuple[str, str, str]
Found = dict[Question, Conflict]


def fingerprint(action: Action) -> str:
    """Tells one change from another; the same change planned again has the same one."""
    parts = [action.kind, action.id, action.number, dict(action.before), dict(action.after), action.goes]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def over_limit(account: Account, plan: Plan) -> frozenset[Kind]:
    return kinds_over_limit(plan, deletion_limit(account))


def deletion_limit(account: Account) -> float:
    """How many per cent of a side a run may delete unasked."""
    try:
        return float(account.options.get("deletion_limit_percent", DEFAULT_PERCENT))
    except (TypeError, ValueError):
        return DEFAULT_PERCENT


def store_actions(*, run: SyncRun, plan: Plan, names: Mapping[str, str]) -> None:
    """Every change, in order; those over the limit wait, unless a person approved these very ones.

    `names`: how the plan's keys of groups that were new to it are called by now.
    """
    with transaction.atomic():
        SyncAction.objects.filter(run=run).delete()
        _store(SyncAction.objects, _rows(run, plan, names))
        _count(run, plan)


def _rows(run: SyncRun, plan: Plan, names: Mapping[str, str]) -> Iterator[SyncAction]:
    over, approved = over_limit(run.account, plan), _approved(run)
    for position, action in enumerate(plan.actions, start=1):
        row = _row(run, position, action)
        row.group, row.leaves = names.get(row.group, row.group), names.get(row.leaves, row.leaves)
        if action.kind in over and row.fingerprint not in approved:
            row.state = State.WAITING
        yield row


def _store(table: Manager[Any], rows: Iterable[Any]) -> None:
    """So many at a time that a whole phone book takes no more room than a page of it."""
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        table.bulk_create(batch)


def _approved(run: SyncRun) -> set[str]:
    if run.approves_id is None:
        return set()
    wanted = SyncAction.objects.filter(run=run.approves_id, state__in=(State.WAITING, State.PLANNED))
    return set(wanted.values_list("fingerprint", flat=True))


def _row(run: SyncRun, position: int, action: Action) -> SyncAction:
    return SyncAction(
        run=run,
        position=position,
        kind=action.kind,
        remote_id=action.id,
        contact_id=action.contact_id,
        number=action.number[:20],
        title=action.title or action.after.get(NAME) or action.before.get(NAME, ""),
        group=action.group,
        leaves=action.leaves,
        before=dict(action.before),
        after=dict(action.after),
        goes=action.goes,
        fingerprint=fingerprint(action),
    )


def _count(run: SyncRun, plan: Plan) -> None:
    run.planned = dict(Counter(action.kind.value for action in plan.actions))
    run.waiting = run.actions.filter(state=State.WAITING).count()
    run.conflicts = len(plan.conflicts)
    run.save(update_fields=["planned", "waiting", "conflicts"])


def store_conflicts(*, run: SyncRun, plan: Plan) -> None:
    """What is in question now: one open row a question; what is no longer one is settled."""
    found: Found = {(each.subject.value, each.id, each.field): each for each in plan.conflicts}
    followed = {(subject.value, id, field) for subject, id, field in plan.followed}
    with transaction.atomic():
        for rows in _open_rows(run.account):
            _review(run, rows, found, followed)
        _store(SyncConflict.objects, (_conflict(run.account, each) for each in found.values()))


def _open_rows(account: Account) -> Iterator[list[SyncConflict]]:
    """All of them, so many at a time."""
    rows = SyncConflict.objects.select_for_update(no_key=True).filter(account=account, state=SyncConflict.State.OPEN)
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield chunk
        last = chunk[-1].pk
        if len(chunk) < BATCH:
            return


def _review(run: SyncRun, rows: Iterable[SyncConflict], found: Found, followed: Collection[Question]) -> None:
    """Take these open questions out of what was found, as they stand now; settle those that are none any more."""
    moved, over, carried = [], [], []
    for row in rows:
        where = (row.subject, row.remote_id, row.field)
        if (conflict := found.pop(where, None)) is not None:
            moved.append(_moved(row, _conflict(run.account, conflict)))
        elif where in followed:
            carried.append(row.pk)
        else:
            over.append(row.pk)
    _rewrite([row for row in moved if row is not None])
    if over:
        SyncConflict.objects.filter(pk__in=over).update(state=SyncConflict.State.SETTLED, settled_at=Now())
    if carried and not run.is_preview:
        SyncConflict.objects.filter(pk__in=carried).update(followed_by=run)


def settle_followed(run: SyncRun) -> None:
    """What people decided about entries is done once all of the run is; else the next run tells what is still open."""
    is_done = ~Exists(run.actions.exclude(state=State.DONE))
    followed = SyncConflict.objects.filter(followed_by=run, subject=Subject.ENTRY, state=SyncConflict.State.OPEN)
    followed.filter(is_done).update(state=SyncConflict.State.SETTLED, settled_at=Now())


def _conflict(account: Account, conflict: Conflict) -> SyncConflict:
    return SyncConflict(
        account=account,
        subject=conflict.subject.value,
        remote_id=conflict.id,
        field=conflict.field,
        contact_id=conflict.contact_id,
        title=conflict.title,
        ours=None if conflict.ours is None else dict(conflict.ours),
        theirs=None if conflict.theirs is None else dict(conflict.theirs),
        agreed=dict(conflict.agreed),
    )


def _moved(row: SyncConflict, now: SyncConflict) -> SyncConflict | None:
    """The row as the question stands now; a decision over other values than these is none."""
    if (row.ours, row.theirs, row.agreed) == (now.ours, now.theirs, now.agreed):
        return None
    row.ours, row.theirs, row.agreed, row.title = now.ours, now.theirs, now.agreed, now.title
    row.decision, row.decided_by, row.decided_at, row.followed_by = "", None, None, None
    return row


def _rewrite(rows: Collection[SyncConflict]) -> None:
    columns = ["ours", "theirs", "agreed", "title", "decision", "decided_by", "decided_at", "followed_by"]
    SyncConflict.objects.bulk_update(rows, columns, batch_size=BATCH)


def store_notes(*, account: Account, plan: Plan) -> None:
    """Entries that stay as they are: no usable number, or the same number and group twice."""
    unusable = (_note(account, PhonebookNote.Kind.UNUSABLE, each) for each in plan.unusable)
    doubles = (_note(account, PhonebookNote.Kind.DUPLICATE, each) for each in plan.duplicates)
    with transaction.atomic():
        PhonebookNote.objects.filter(account=account).delete()
        _store(PhonebookNote.objects, chain(unusable, doubles))


def _note(account: Account, kind: PhonebookNote.Kind, entry: TheirEntry) -> PhonebookNote:
    return PhonebookNote(
        account=account,
        kind=kind,
        remote_id=entry.id,
        name=entry.values["name"],
        number=entry.values[NUMBER],
        group=entry.group,
    )


def is_about_whole(conflict: SyncConflict) -> bool:
    """Whether one side is gone."""
    return conflict.field == ENTRY


def is_about_group(conflict: SyncConflict) -> bool:
    return conflict.subject == Subject.GROUP
