"""What the apps above have to say on an account's page, below the project's layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from providers.models import Account


class Note(NamedTuple):
    """A sentence, and the address that it leads to."""

    text: str
    url: str


# Called with an account and who looks at it; None where there is nothing to say.
ACCOUNT_NOTES: list[Callable[[Account, Any], Note | None]] = []


def notes_of(account: Account, person: Any) -> list[Note]:
    return [note for say in ACCOUNT_NOTES if (note := say(account, person)) is not None]
