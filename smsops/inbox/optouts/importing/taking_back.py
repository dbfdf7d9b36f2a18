"""Taking an import of opt-outs back: what stands for its sake alone is lifted, some thousand at a time."""

from __future__ import annotations

import time
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from providers.cleaning import clip
from smsops.inbox.models import Suppression
from smsops.inbox.optouts.importing.models import SuppressionImport
from smsops.inbox.suppressions import LONGEST_NOTE, lift_suppressions_of

State = SuppressionImport.State
CHUNK = 2000


def count_to_take_back(found: SuppressionImport) -> int:
    """How many opt-outs would be lifted."""
    return Suppression.objects.filter(only_from=found).count()


def start_taking_back(*, found: SuppressionImport, why: str, actor: Any) -> bool:
    """What a person confirms; False where somebody has already, or there is nothing to take back."""
    told = {"taken_back_by": actor, "taken_back_why": clip(why, LONGEST_NOTE), "taken_back_at": Now()}
    done = SuppressionImport.objects.filter(pk=found.pk, state=State.DONE)
    return bool(done.update(state=State.TAKING_BACK, touched_at=Now(), **told))


def take_back_step(*, import_id: int, seconds: float) -> bool:
    """Lift for so long; True while there are more."""
    until = time.monotonic() + seconds
    while take_numbers_back(import_id=import_id):
        if time.monotonic() >= until:
            return True
    return False


@transaction.atomic
def take_numbers_back(*, import_id: int) -> bool:
    """The next some thousand; False at the end. Whoever comes second waits here, and goes on behind the first."""
    rows = SuppressionImport.objects.select_for_update(of=("self",)).select_related("taken_back_by")
    found = rows.filter(pk=import_id, state=State.TAKING_BACK).first()
    if found is None:
        return False
    lifted = lift_suppressions_of(import_id=found.pk, most=CHUNK, note=found.taken_back_why, actor=found.taken_back_by)
    state = State.TAKING_BACK if lifted else State.TAKEN_BACK
    SuppressionImport.objects.filter(pk=found.pk).update(
        state=state, taken_back=F("taken_back") + lifted, touched_at=Now()
    )
    return bool(lifted)
