"""Changing the password at a provider, in one step that never leaves us with a password that we do not know.

The new one is stored as `pending_password` before the call. The provider's answer confirms it or rolls it back; when no
readable answer comes, both are kept, and `settle_password` finds out by trying them.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from providers.calls import store_calls
from providers.errors import AccountRefused, ProviderError, Uncertain
from providers.formats import NOT_CHANGED
from providers.models import Account, AccountEvent
from providers.services import Actor, check_config, explain, record_event
from providers.types import AccountConfig, AccountTrouble

PENDING = "pending_password"


class PasswordOutcome(StrEnum):
    """Which password holds now."""

    CHANGED = "changed"
    KEPT = "kept"
    UNCLEAR = "unclear"


class PasswordPending(Exception):
    """An earlier change is not settled yet."""


def has_pending_password(account: Account) -> bool:
    return PENDING in account.credentials


def change_password(*, account: Account, new: str, actor: Actor) -> tuple[PasswordOutcome, str]:
    """Change it at the provider and here; returns which password holds, and the provider's sentence if any.

    Raises PasswordPending while an earlier change waits to be settled.
    """
    _store_pending(account=account, new=new, actor=actor)
    try:
        _call(account, new)
    except Uncertain as error:
        _tell(account, gettext_noop("No clear answer: both passwords are kept until one has been tried."), actor)
        return PasswordOutcome.UNCLEAR, explain(error)
    except ProviderError as error:
        _drop_pending(account=account, new=new, actor=actor, text=NOT_CHANGED % {"reason": explain(error)})
        return PasswordOutcome.KEPT, explain(error)
    _confirm_pending(account=account, new=new, actor=actor)
    return PasswordOutcome.CHANGED, ""


def settle_password(*, account: Account, actor: Actor) -> tuple[PasswordOutcome, str]:
    """Try the new password, then the old one, by a harmless call; whichever the provider takes is kept."""
    new = str(account.credentials[PENDING])
    old = account.config()
    # The other password goes along unused: what the provider echoes of either is masked.
    config = replace(old, credentials={**old.credentials, PENDING: new})
    with_new = replace(old, credentials={**old.credentials, "password": new, PENDING: old.credentials["password"]})
    try:
        if _is_taken(account, with_new):
            _confirm_pending(account=account, new=new, actor=actor)
            return PasswordOutcome.CHANGED, ""
        if _is_taken(account, config):
            _drop_pending(
                account=account, new=new, actor=actor, text=gettext_noop("Not changed: the old password works.")
            )
            return PasswordOutcome.KEPT, ""
    except ProviderError as error:
        return PasswordOutcome.UNCLEAR, explain(error)
    return PasswordOutcome.UNCLEAR, _("The provider takes neither the new nor the old password.")


def _call(account: Account, new: str) -> None:
    provider = account.open_provider()
    try:
        provider.change_password(new)
    finally:
        store_calls(account_id=account.pk, records=provider.transport.records, is_plain=False)
        provider.close()


def _is_taken(account: Account, config: AccountConfig) -> bool:
    """Whether the provider takes these credentials; raises ProviderError when it says nothing about them."""
    try:
        check_config(account=account, config=config)
    except AccountRefused as error:
        if error.trouble is AccountTrouble.CREDENTIALS:
            return False
        raise
    return True


@transaction.atomic
def _store_pending(*, account: Account, new: str, actor: Actor) -> None:
    locked = _lock(account)
    if has_pending_password(locked):
        raise PasswordPending
    _write(account, {**locked.credentials, PENDING: new})
    _tell(account, gettext_noop("Asked the provider for a new password."), actor)


@transaction.atomic
def _confirm_pending(*, account: Account, new: str, actor: Actor) -> None:
    credentials = _lock(account).credentials
    if credentials.get(PENDING) == new:
        kept = {name: value for name, value in credentials.items() if name != PENDING}
        _write(account, {**kept, "password": new})
        _tell(account, gettext_noop("Changed."), actor)


@transaction.atomic
def _drop_pending(*, account: Account, new: str, actor: Actor, text: str) -> None:
    credentials = _lock(account).credentials
    if credentials.get(PENDING) == new:
        _write(account, {name: value for name, value in credentials.items() if name != PENDING})
        _tell(account, text, actor)


def _lock(account: Account) -> Account:
    return Account.objects.select_for_update(no_key=True).get(pk=account.pk)


def _write(account: Account, credentials: dict[str, str]) -> None:
    account.credentials = credentials
    account.save(update_fields=["credentials"])


def _tell(account: Account, text: str, actor: Actor) -> None:
    record_event(account_id=account.pk, kind=AccountEvent.Kind.PASSWORD, text=text, actor=actor)
