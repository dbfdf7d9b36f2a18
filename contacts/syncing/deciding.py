"""A person's word on what the sync may not guess."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from contacts.comparing.types import Side
from contacts.syncing.models import SyncConflict


def seen_as(conflict: SyncConflict) -> str:
    """Tells whether a conflict still stands as a page showed it."""
    shown = json.dumps([conflict.ours, conflict.theirs, conflict.agreed], sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def decide_conflict(*, conflict: SyncConflict, side: Side | None, seen: str, actor: Any) -> bool:
    """Keep a decision, or take it back (None); False where the question is another one by now."""
    with transaction.atomic():
        locked = SyncConflict.objects.select_for_update(no_key=True).filter(pk=conflict.pk)
        now = locked.filter(state=SyncConflict.State.OPEN).first()
        if now is None or seen_as(now) != seen:
            return False
        locked.update(**_decision(side, actor))
    return True


def alike(conflict: SyncConflict) -> QuerySet[SyncConflict]:
    """Open conflicts of the same kind: this account, this field, gone on the same side."""
    same = SyncConflict.objects.filter(
        account=conflict.account, state=SyncConflict.State.OPEN, subject=conflict.subject, field=conflict.field
    )
    return same.filter(ours__isnull=conflict.ours is None, theirs__isnull=conflict.theirs is None)


def decide_alike(*, conflict: SyncConflict, side: Side, until: int, actor: Any) -> int:
    """The same decision for all conflicts like this one, up to the last (`until`) that the person was told of."""
    return alike(conflict).filter(pk__lte=until).update(**_decision(side, actor))


def _decision(side: Side | None, actor: Any) -> dict[str, Any]:
    if side is None:
        return {"decision": "", "decided_by": None, "decided_at": None, "followed_by": None}
    return {"decision": side.value, "decided_by": actor, "decided_at": Now(), "followed_by": None}
