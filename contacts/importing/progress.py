"""How far an import is, in words and as a bar."""

from __future__ import annotations

from typing import Any

from django.utils.translation import ngettext

from contacts.importing.models import ContactImport
from providers.pages import progress_told

State = ContactImport.State


def read_progress(found: ContactImport) -> dict[str, Any]:
    is_applying = found.state in (State.APPLYING, State.DONE)
    done = found.applied if is_applying else max(0, found.rows_read - found.blank_rows - found.has_header)
    total = to_apply(found) if is_applying else found.rows_expected
    words = ngettext("%(count)s row was read.", "%(count)s rows were read.", done)
    if is_applying:
        words = ngettext("%(count)s row was imported.", "%(count)s rows were imported.", done)
    return progress_told(found.state, words, done, total=total, is_busy=found.state in (State.READING, State.APPLYING))


def to_apply(found: ContactImport) -> int:
    return found.new + found.changed + found.accepted
