"""What the pages of the sync show: runs in figures and sentences, changes and conflicts side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.comparing.limits import MOST_ADDITIONS
from contacts.comparing.types import (
    ADDRESS,
    BIRTH,
    DESCRIPTION,
    ENTRY,
    GROUP,
    NAME,
    NUMBER,
    Kind,
)
from contacts.models import Contact
from contacts.syncing.models import PhonebookLink, SyncAction, SyncConflict, SyncRun
from contacts.syncing.storing import deletion_limit
from providers.models import Account

State = SyncAction.State
LABELS: dict[str, Any] = {
    NAME: gettext_lazy("Name"),
    NUMBER: gettext_lazy("Number"),
    GROUP: gettext_lazy("Group"),
    ADDRESS: gettext_lazy("Address"),
    BIRTH: gettext_lazy("Birth date"),
    DESCRIPTION: gettext_lazy("Description"),
    ENTRY: gettext_lazy("The whole entry"),
}
# How a run's state looks: the classes of the house's state badges.
LOOKS = {
    SyncRun.State.READING: "busy",
    SyncRun.State.APPLYING: "busy",
    SyncRun.State.PREVIEW: "",
    SyncRun.State.DONE: "good",
    SyncRun.State.STOPPED: "warning",
    SyncRun.State.FAILED: "bad",
    SyncRun.State.INTERRUPTED: "bad",
}
POLL_SECONDS = 2


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many changes of one kind a run planned, and what became of them; `ends`: contacts here that go with it."""

    kind: str
    label: Any
    planned: int
    done: int
    waiting: int
    ends: int


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a change or a conflict."""

    label: Any
    ours: str
    theirs: str
    agreed: str = ""


def count_kinds(run: SyncRun) -> list[KindCount]:
    """In the order in which a run works; one query over the run's own index."""
    going = Count("id", filter=Q(goes=True, kind=Kind.LEAVE_HERE))
    found = run.actions.order_by().values_list("kind", "state").annotate(count=Count("id"), going=going)
    counts: dict[str, dict[str, int]] = {}
    ends: Counter[str] = Counter()
    for kind, state, count, gone in found:
        counts.setdefault(kind, {})[state] = count
        ends[kind] += gone
    labels = dict(SyncAction.KINDS)
    return [
        KindCount(
            kind.value,
            labels[kind.value],
            sum(counts[kind].values()),
            counts[kind].get(State.DONE, 0),
            counts[kind].get(State.WAITING, 0),
            ends[kind],
        )
        for kind in Kind
        if kind in counts
    ]


def progress_of(run: SyncRun) -> dict[str, Any]:
    """For the page that watches."""
    total = done = 0
    if run.state == SyncRun.State.APPLYING:
        kinds = run.actions.order_by().exclude(state=State.WAITING).values_list("state").annotate(Count("id"))
        states = dict(kinds)
        total = sum(states.values())
        done = total - states.get(State.PLANNED, 0)
    return {
        "state": run.state,
        "total": total,
        "done": done,
        "summary": _summary(run, done, total),
        "poll_seconds": POLL_SECONDS if run.is_active else 0,
    }


def _summary(run: SyncRun, done: int, total: int) -> str:
    if run.is_active and run.wait_until is not None and run.wait_until > timezone.now():
        at = date_format(timezone.localtime(run.wait_until), "H:i:s")
        return _("The provider asked for a pause. It goes on by itself at %s.") % at
    if run.state == SyncRun.State.APPLYING:
        return _("%(done)s of %(total)s changes looked at.") % {
            "done": number_format(done),
            "total": number_format(total),
        }
    if run.is_active and not run.holder and not run.calls:
        return _("Waits for a worker.")
    words = ngettext("%(count)s entry read so far.", "%(count)s entries read so far.", run.read)
    return words % {"count": number_format(run.read)}


def result_of(run: SyncRun) -> str:
    """A run's end in one sentence for the list of runs."""
    done, planned = sum(run.done.values()), sum(run.planned.values())
    if not planned and run.state in (SyncRun.State.DONE, SyncRun.State.PREVIEW):
        return _("Nothing to do")
    if run.state == SyncRun.State.PREVIEW:
        words = ngettext("%(count)s change planned", "%(count)s changes planned", planned)
        return words % {"count": number_format(planned)}
    return ngettext("%(count)s change", "%(count)s changes", done) % {"count": number_format(done)}


def limit_told(account: Account) -> str:
    """How much a run does without a person's word."""
    words = _("The limit: deletions of more than %(percent)s%% of a side, or more than %(additions)s additions there.")
    percent = number_format(f"{deletion_limit(account):g}")
    return words % {"percent": percent, "additions": number_format(MOST_ADDITIONS)}


def lines_of_action(action: SyncAction) -> list[Line]:
    """Field by field: `ours` is before, `theirs` after."""
    return list(_lines(action.before, action.after))


def lines_of_conflict(conflict: SyncConflict) -> list[Line]:
    ours, theirs = conflict.ours or {}, conflict.theirs or {}
    return [
        Line(each.label, each.ours, each.theirs, str(conflict.agreed.get(name, "")))
        for name, each in _named(ours, theirs, conflict.agreed)
    ]


def _named(*sides: Mapping[str, Any]) -> Iterator[tuple[str, Line]]:
    for name, label in LABELS.items():
        texts = [str(side.get(name, "")) for side in sides]
        if any(texts):
            yield name, Line(label, texts[0], texts[1])


def _lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Line]:
    yield from (line for _name, line in _named(before, after))


def choices_of(conflict: SyncConflict) -> tuple[Any, Any]:
    """What the two decisions mean here: ours, theirs."""
    if conflict.ours is None:
        return _("Delete it there, too"), _("Bring it back here")
    if conflict.theirs is None:
        return _("Add it there again"), _("Let it go here, too")
    return _("Ours"), _("Theirs")


def holders_of_numbers(conflicts: Iterable[SyncConflict]) -> dict[str, Contact]:
    """Number → the contact here that has it, of entries whose number was changed there."""
    numbers = [each.theirs[NUMBER] for each in conflicts if each.field == NUMBER and each.theirs]
    return {contact.mobile: contact for contact in Contact.objects.filter(mobile__in=numbers)}


def merged_away(conflicts: Iterable[SyncConflict]) -> set[tuple[int, str]]:
    """(account, id there) of the entries among these whose contact was merged into another one here."""
    ids = [each.remote_id for each in conflicts if each.field == ENTRY and each.ours is None]
    return set(PhonebookLink.objects.filter(remote_id__in=ids, asks_first=True).values_list("account_id", "remote_id"))


def headline_of(conflict: SyncConflict, holder: Contact | None = None, *, is_merged: bool = False) -> str:
    """The question in one sentence; `holder` is the contact here that has their number already."""
    if is_merged:
        return _(
            "Its contact was merged into another one here. The entry stays there until you decide: “Ours” deletes it "
            "there, “Theirs” makes it a contact of its own again."
        )
    if holder is not None:
        return _(
            "There this entry got the number of another contact here, and one number is one contact. "
            "“Theirs” waits until the two are merged."
        )
    if conflict.subject == "group" and conflict.field == ENTRY:
        if conflict.ours is None:
            return _("The group was deleted here, and has members or another name there.")
        return _("The group was deleted there, and has members or another name here.")
    if conflict.subject == "group":
        return _(
            "The two sides name this group differently. A name that another group has already waits until that one "
            "is renamed or deleted."
        )
    if conflict.ours is None:
        return _("Deleted here, changed there (or there twice).")
    if conflict.theirs is None:
        return _("Deleted there, changed here.")
    return _("Both sides differ.")


def accounts_with_phonebook() -> Iterable[Account]:
    for account in Account.objects.order_by("name"):
        if account.adapter.capabilities_for(account.options).phonebook:
            yield account
