"""Opt-outs: who wants no more messages, and what follows of it.

The gate keeps such numbers out of what is written from now on, dispatch out of what it claims, and what waits already
is ended here, as soon as the opt-out is committed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from providers.bulk import insert_rows
from providers.cleaning import clip
from providers.numbers import to_e164
from smsops.inbox.models import Suppression, SuppressionEvent, SuppressionReason
from smsops.messaging.bulk import in_chunks
from smsops.messaging.checking.drafts import Draft
from smsops.messaging.opt_outs import exempt_kinds, suppress_messages
from smsops.messaging.sending.hotpath import run_among

Kind = SuppressionEvent.Kind
LONGEST_TEXT, LONGEST_NOTE = 2000, 300
ROW = ("number", "reason", "source_text", "note", "created_by_id", "only_from_id")
EVENT = ("number", "kind", "reason", "source_text", "note", "since", "actor_id")


@transaction.atomic
def add_suppression(
    *, number: str, reason: SuppressionReason, source_text: str = "", note: str = "", actor: Any = None
) -> bool:
    """Send nothing more to a number, in any spelling; returns whether that is new. Raises ValueError for no number."""
    e164 = to_e164(number)
    if e164 is None:
        raise ValueError(number)
    told = {"reason": reason, "source_text": clip(source_text, LONGEST_TEXT), "note": clip(note, LONGEST_NOTE)}
    # Locked: what is being lifted at this moment is no opt-out any more, and is made anew.
    rows = Suppression.objects.select_for_update(of=("self",))
    suppression, is_new = rows.get_or_create(number=e164, defaults=told | {"created_by": actor})
    if is_new or suppression.only_from_id is not None:
        SuppressionEvent.objects.create(number=suppression.number, kind=Kind.ADDED, actor=actor, **told)
        keep_for_good(numbers=[e164])
    # After the commit, so that no worker can claim in between what this has looked at already.
    transaction.on_commit(partial(suppress_messages, numbers=[e164], actor=actor))
    return is_new


def keep_for_good(*, numbers: Collection[str]) -> None:
    """Somebody else says the same of these numbers (E.164): taking a list back no longer lifts them."""
    rows = Suppression.objects.filter(number__in=numbers, only_from__isnull=False).order_by("pk")
    found = [row.pk for row in rows.select_for_update(of=("self",)).only("pk")]
    Suppression.objects.filter(pk__in=found).update(only_from=None)


@transaction.atomic
def add_suppressions(
    *, numbers: Collection[str], reason: SuppressionReason, note: str, actor: Any = None, only_from: int | None = None
) -> int:
    """Send nothing more to many numbers (E.164, each once), for the sake of the import with the id `only_from`; returns
    how many of them are new. Raises IntegrityError where somebody opts one of them out at this moment: once more,
    then."""
    keep_for_good(numbers=numbers)
    known = opted_out(numbers)
    new = [number for number in numbers if number not in known]
    told, by = (reason.value, "", clip(note, LONGEST_NOTE)), getattr(actor, "pk", None)
    insert_rows(Suppression, ROW, [(number, *told, by, only_from) for number in new])
    insert_rows(SuppressionEvent, EVENT, [(number, Kind.ADDED.value, *told, None, by) for number in new])
    transaction.on_commit(partial(suppress_messages, numbers=new, actor=actor))
    return len(new)


@transaction.atomic
def lift_suppression(*, number: str, note: str = "", actor: Any = None) -> bool:
    """Let a number (E.164) have messages again; returns whether it was opted out. What was stopped stays stopped."""
    return _lift(Suppression.objects.filter(number=number), note=note, actor=actor)


@transaction.atomic
def lift_own_stop(*, number: str, source_text: str) -> bool:
    """The person wants messages again: lifts what he said himself, and nothing that staff entered, a file brought or
    a provider told."""
    own = Suppression.objects.filter(number=number, reason=SuppressionReason.STOP)
    return _lift(own, note=" ".join(source_text.split()), actor=None)


@transaction.atomic
def lift_suppressions_of(*, import_id: int, most: int, note: str, actor: Any = None) -> int:
    """Lift some of the opt-outs that stand for an import's sake alone; returns how many."""
    rows = Suppression.objects.filter(only_from=import_id).order_by("pk").select_for_update(of=("self",))
    found = list(rows[:most])
    by, why = getattr(actor, "pk", None), clip(note, LONGEST_NOTE)
    told = [(row.number, Kind.LIFTED.value, row.reason, row.source_text, why, row.created_at, by) for row in found]
    insert_rows(SuppressionEvent, EVENT, told)
    Suppression.objects.filter(pk__in=[row.pk for row in found]).delete()
    return len(found)


def _lift(which: QuerySet[Suppression], *, note: str, actor: Any) -> bool:
    found = which.select_for_update(of=("self",)).first()
    if found is None:
        return False
    SuppressionEvent.objects.create(
        number=found.number,
        kind=Kind.LIFTED,
        reason=found.reason,
        source_text=found.source_text,
        note=clip(note, LONGEST_NOTE),
        since=found.created_at,
        actor=actor,
    )
    found.delete()
    return True


def opted_out(numbers: Collection[str]) -> set[str]:
    """Which of these numbers (E.164) want no more messages. Every claim asks: as one parameter where that can be."""
    if connection.vendor == "postgresql":
        found = run_among("SELECT number FROM inbox_suppression WHERE number", numbers)
        return {number for (number,) in found}
    return {
        number
        for chunk in in_chunks(numbers)
        for number in Suppression.objects.filter(number__in=chunk).values_list("number", flat=True)
    }


def refuse_opted_out(draft: Draft, numbers: Sequence[str]) -> Mapping[str, str]:
    """The gate's question; an account may exempt kinds of messages."""
    if draft.answers_opt_out or draft.kind.value in exempt_kinds(draft.account.options):
        return {}
    return dict.fromkeys(opted_out(numbers), _("has opted out of messages"))
