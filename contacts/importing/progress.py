"""How far an import is, in words and as a bar."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import ngettext

from contacts.importing.models import ContactImport

POLL_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """`total` is 0 where nobody knows it yet; `poll_seconds` is 0 once nothing moves any more."""

    state: str
    done: int
    total: int
    summary: str
    poll_seconds: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def read_progress(found: ContactImport) -> Progress:
    states = ContactImport.State
    is_applying = found.state in (states.APPLYING, states.DONE)
    done = found.applied if is_applying else found.rows_read
    total = to_apply(found) if is_applying else found.rows_expected
    words = ngettext("%(count)s row was read.", "%(count)s rows were read.", done)
    if is_applying:
        words = ngettext("%(count)s row was imported.", "%(count)s rows were imported.", done)
    at_work = found.state in (states.READING, states.APPLYING)
    shown = {"count": number_format(done, force_grouping=True)}
    return Progress(found.state, min(done, total) if total else done, total, words % shown, POLL_SECONDS * at_work)


def to_apply(found: ContactImport) -> int:
    return found.new + found.changed + found.accepted
