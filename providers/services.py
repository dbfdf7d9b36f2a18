"""Everything that changes an account: each function is one transaction, and leaves an `AccountEvent`."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_noop

from providers.calls import store_calls
from providers.errors import ProviderError
from providers.formats import ADDRESS_REVOKED, NEW_ADDRESS, REASON_AND_CODE, REFUSED_AT
from providers.models import Account, AccountEvent, BalanceReading, RetiredToken, new_callback_token
from providers.types import AccountConfig, Balance

# Nobody: the system itself.
Actor = AbstractBaseUser | AnonymousUser | None
Kind = AccountEvent.Kind

# What apps above do, in the same transaction, when an account speaks with somebody else from now on: each tells how
# many messages can no longer be repeated safely.
COUNTERPART_CHANGED: list[Callable[[Account], int]] = []


def record_event(*, account_id: int, kind: AccountEvent.Kind, text: str = "", actor: Actor = None) -> AccountEvent:
    actor_id = actor.pk if actor is not None else None
    return AccountEvent.objects.create(account_id=account_id, kind=kind, text=text, actor_id=actor_id)


# --- what people write -----------------------------------------------------------------------------------------------


@transaction.atomic
def create_account(*, account: Account, actor: Actor) -> Account:
    account.save(force_insert=True)
    record_event(account_id=account.pk, kind=Kind.CHANGED, text=gettext_noop("Created."), actor=actor)
    return account


@transaction.atomic
def update_account(*, account: Account, changed: Mapping[str, Any], labels: list[str], actor: Actor) -> int:
    """Write the columns of `changed` only; `labels` name for the audit what a person changed, never its value.

    Returns how many messages became uncertain, since their provider is another one from now on.
    """
    if not changed:
        return 0
    before = Account.objects.select_for_update(no_key=True).get(pk=account.pk).counterpart()
    for name, value in changed.items():
        setattr(account, name, value)
    account.save(update_fields=list(changed))
    record_event(account_id=account.pk, kind=Kind.CHANGED, text=", ".join(labels), actor=actor)
    return _note_counterpart(account) if account.counterpart() != before else 0


def _note_counterpart(account: Account) -> int:
    Account.objects.filter(pk=account.pk).update(counterpart_changed_at=Now())
    return sum(told(account) for told in COUNTERPART_CHANGED)


# --- stop and go -----------------------------------------------------------------------------------------------------


def pause_account(*, account: Account, actor: Actor, reason: str) -> bool:
    """Stop sending until somebody resumes; returns whether it was running."""
    return _stop(account_id=account.pk, reason=reason, kind=Kind.PAUSED, actor=actor)


def suspend_account(*, account_id: int, reason: str) -> bool:
    """Stop sending because the provider refuses the account; the event names the machine that was refused."""
    told = REFUSED_AT % {"reason": reason, "machine": socket.gethostname()}
    return _stop(account_id=account_id, reason=told, kind=Kind.SUSPENDED, actor=None)


@transaction.atomic
def _stop(*, account_id: int, reason: str, kind: AccountEvent.Kind, actor: Actor) -> bool:
    running = Account.objects.filter(pk=account_id, suspended_reason="")
    stopped = running.update(suspended_reason=reason, suspended_at=Now())
    if stopped:
        record_event(account_id=account_id, kind=kind, text=reason, actor=actor)
    return bool(stopped)


@transaction.atomic
def resume_account(*, account: Account, actor: Actor) -> bool:
    """Let an account send again; returns whether it was stopped."""
    stopped = Account.objects.filter(pk=account.pk).exclude(suspended_reason="")
    resumed = stopped.update(suspended_reason="", suspended_at=None)
    if resumed:
        record_event(account_id=account.pk, kind=Kind.RESUMED, actor=actor)
    return bool(resumed)


# --- asking the provider ---------------------------------------------------------------------------------------------


def check_account(*, account: Account, actor: Actor = None) -> Balance | None:
    """Make the provider's cheapest harmless call and keep the balance; raises `ProviderError` with its sentence."""
    balance = check_config(account=account, config=account.config())
    if balance is not None:
        record_balance(account=account, balance=balance)
    record_event(account_id=account.pk, kind=Kind.CHECKED, text=gettext_noop("The provider answered."), actor=actor)
    return balance


def check_config(*, account: Account, config: AccountConfig) -> Balance | None:
    """The same call under another password; only the call log is written."""
    provider = account.adapter(config)
    is_plain = False
    try:
        balance = provider.check()
        is_plain = True
        return balance
    finally:
        store_calls(account_id=account.pk, records=provider.transport.records, is_plain=is_plain)
        provider.close()


@transaction.atomic
def record_balance(*, account: Account, balance: Balance) -> BalanceReading:
    """Keep one reading; an amount that the provider did not tell stays unknown."""
    account.balance, account.balance_bonus = balance.amount, balance.bonus
    account.balance_expires_on, account.balance_checked_at = balance.expires_on, timezone.now()
    account.save(update_fields=["balance", "balance_bonus", "balance_expires_on", "balance_checked_at"])
    return BalanceReading.objects.create(
        account=account, amount=balance.amount, bonus=balance.bonus, expires_on=balance.expires_on
    )


def explain(error: ProviderError) -> str:
    """A provider's refusal, with its code; `told` shows it in the reader's language."""
    if not error.code or error.code in error.message:
        return error.message
    return REASON_AND_CODE % {"reason": error.message, "code": error.code}


# --- callback addresses ----------------------------------------------------------------------------------------------


@transaction.atomic
def rotate_token(*, account: Account, actor: Actor) -> RetiredToken | None:
    """Give the account a new callback address; the old one works until it is revoked. None: somebody was faster."""
    old = account.callback_token
    new = new_callback_token()
    if not Account.objects.filter(pk=account.pk, callback_token=old).update(callback_token=new):
        return None
    account.callback_token = new
    text = NEW_ADDRESS % {"end": old[-4:]}
    record_event(account_id=account.pk, kind=Kind.TOKEN, text=text, actor=actor)
    return RetiredToken.objects.create(account=account, token=old)


@transaction.atomic
def revoke_token(*, token: RetiredToken, actor: Actor) -> None:
    """From now on callbacks to the old address are refused."""
    text = ADDRESS_REVOKED % {"end": token.token[-4:]}
    record_event(account_id=token.account_id, kind=Kind.TOKEN, text=text, actor=actor)
    token.delete()
