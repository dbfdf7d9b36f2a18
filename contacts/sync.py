"""The two-way synchronisation of an account's phone book: read both sides, plan, apply, record.

A run goes through `reading` and `applying` in stretches, in one process or in several, one after the other. Whatever
kills it, the next run reads both sides anew and comes to the same end: what was done already is found done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext_noop

from contacts.comparing.types import ADDITIONS_THERE, Plan
from contacts.diff import compare_books
from contacts.syncing.books import read_both
from contacts.syncing.here import Here
from contacts.syncing.lease import (
    KILLED,
    LeaseLost,
    StopAsked,
    advance_run,
    begin_run,
    finish_run,
    hand_back,
    pause_run,
    this_process,
)
from contacts.syncing.leaving import leave_here
from contacts.syncing.line import Line
from contacts.syncing.models import PhonebookLink, SyncAction, SyncRun
from contacts.syncing.reading import BrokenList, read_book, read_entries_again
from contacts.syncing.storing import settle_followed, store_actions, store_conflicts, store_notes
from contacts.syncing.there import There
from providers.asking import asking
from providers.errors import ProviderError, RateLimited
from providers.models import Account
from providers.services import explain

State = SyncRun.State
STOPPED = gettext_noop("Stopped by hand. What it did stays; the next run goes on from there.")
CHANGED = gettext_noop("Somebody changed the same rows here at this very moment. Start it again.")
SLICE_SECONDS = 15.0
SHORTEST_PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants of a run. `approves`: the run whose over-limit changes a person has seen and wants."""

    is_deep: bool = False
    is_preview: bool = False
    origin: SyncRun.Origin = SyncRun.Origin.PERSON
    created_by: Any = None
    approves: SyncRun | None = None


def has_phonebook(account: Account) -> bool:
    return account.adapter.capabilities_for(account.options).phonebook


def request_sync(*, account: Account, request: Request) -> SyncRun:
    """A run that the next worker takes; raises SyncBusy while another is at work."""
    return _begin(account, request)


def sync_phonebook(*, account: Account, request: Request) -> SyncRun:
    """A whole run in this process; the run says how it ended. Raises SyncBusy while another is at work."""
    run = _begin(account, request, holder=this_process())
    run_stretch(run, seconds=None)
    return run


def _begin(account: Account, request: Request, **fields: Any) -> SyncRun:
    return begin_run(
        account=account,
        is_deep=request.is_deep,
        is_preview=request.is_preview,
        origin=request.origin,
        created_by=request.created_by,
        approves=request.approves,
        **fields,
    )


def run_stretch(run: SyncRun, *, seconds: float | None = SLICE_SECONDS) -> bool:
    """Work on a run that this process holds; True where it has to be gone on with."""
    try:
        return _work(run, seconds)
    except StopAsked:
        _end(run, State.STOPPED, STOPPED)
    except LeaseLost:
        run.refresh_from_db()
    except RateLimited as error:
        if not pause_run(run, max(error.retry_after, SHORTEST_PAUSE)):
            _end(run, State.FAILED, explain(error))
    except ProviderError as error:
        _end(run, State.FAILED, explain(error))
    except IntegrityError:
        _end(run, State.FAILED, CHANGED)
    except BrokenList as error:
        _end(run, State.FAILED, str(error))
    except BaseException:
        _end(run, State.INTERRUPTED, KILLED)
        raise
    return False


def _work(run: SyncRun, seconds: float | None) -> bool:
    with asking(run.account) as provider:
        line = Line(run, provider, seconds)
        is_over = _go_on(line)
        line.hang_up()
    if is_over:
        return False
    hand_back(run)
    return True


def _go_on(line: Line) -> bool:
    """False where the stretch's time is over before the run is."""
    run = line.run
    if run.state == State.READING:
        if not _read_and_plan(line):
            return False
        if run.is_preview:
            return _end(run, State.PREVIEW)
    if not There(line).carry_out():
        return False
    leave_here(run, line.breathe)
    settle_followed(run)
    return _end(run, State.DONE)


def _read_and_plan(line: Line) -> bool:
    """False where the stretch's time is over first."""
    while read_book(line):
        plan = compare_books(read_both(line.run))
        if not _must_read_twice(line.run, plan):
            _plan(line, plan)
            return True
        # Two plans of a large phone book would take twice the room.
        del plan
        read_entries_again(line.run)
    return False


def _must_read_twice(run: SyncRun, plan: Plan) -> bool:
    """Nothing is known yet, so that an entry the list left out would be added a second time: look twice."""
    if run.cursor.get("is_second") or run.is_preview:
        return False
    adds = any(action.kind in ADDITIONS_THERE for action in plan.actions)
    return adds and not PhonebookLink.objects.filter(account=run.account).exists()


def _plan(line: Line, plan: Plan) -> None:
    """Write the plan down and carry out our side of it."""
    run = line.run
    store_conflicts(run=run, plan=plan)
    store_notes(account=run.account, plan=plan)
    if run.is_preview:
        store_actions(run=run, plan=plan, names={})
        return
    here = Here(run, line.breathe)
    line.breathe()
    with transaction.atomic():
        names = here.note_groups(plan.group_links)
        store_actions(run=run, plan=plan, names=names)
        here.rename_groups()
        here.add_groups()
    here.carry_out(plan)
    run.actions.filter(state=SyncAction.State.PLANNED, contact_id__in=here.moved_contacts()).update(
        state=SyncAction.State.MOVED
    )
    advance_run(run, State.APPLYING)


def _end(run: SyncRun, state: SyncRun.State, error: str = "") -> bool:
    return finish_run(run, state, error, **_totals(run))


def _totals(run: SyncRun) -> dict[str, Any]:
    counts = list(run.actions.values_list("kind", "state").annotate(Count("pk")))
    done = {kind: count for kind, state, count in counts if state == SyncAction.State.DONE}
    return {"done": done, "troubles": sum(count for _kind, state, count in counts if state in SyncAction.TROUBLES)}
