"""Thin Celery tasks: ids only, safe to run twice, short, and begun again by beat where they were lost."""

from __future__ import annotations

import logging
from collections.abc import Callable

from celery import shared_task
from celery.signals import worker_ready, worker_shutting_down

from providers.errors import ProviderError
from providers.models import Account
from smsops.messaging import dispatch
from smsops.messaging.campaigns.holding import hold_for_the_night
from smsops.messaging.delivery import rematch_recent
from smsops.messaging.models import Message
from smsops.messaging.outbox import beat_outbox
from smsops.messaging.sending.queue import lapse_messages
from smsops.messaging.sending.recovery import recover_claims
from smsops.messaging.tracking import polling
from smsops.publishing import publish

logger = logging.getLogger(__name__)

RUN_SECONDS = 15


@worker_shutting_down.connect
def _stop_dispatch(**_: object) -> None:
    """SIGTERM: settle what is on the wire, give the rest back."""
    dispatch.stopping.set()


@worker_ready.connect
def _read_balances(**_: object) -> None:
    """A worker that has just started knows no balance yet."""
    publish(poll_balances)


@shared_task
def dispatch_account(account_id: int) -> None:
    """Send what is due for one account, and come back while there is more."""
    settled = dispatch.dispatch_account(account_id=account_id, seconds=RUN_SECONDS)
    if settled and not dispatch.stopping.is_set() and Message.objects.due().filter(account=account_id).exists():
        publish(dispatch_account, account_id)


@shared_task(expires=10)
def tick() -> None:
    """Every few seconds: beat the heart, recover dead claims, lapse what is too old, wake accounts with work."""
    if not beat_outbox():
        return
    recover_claims()
    lapse_messages()
    hold_for_the_night()
    for account_id in accounts_with_work():
        publish(dispatch_account, account_id)


def accounts_with_work() -> list[int]:
    """Accounts that may send and have something due; one index probe each."""
    sending = Account.objects.sending().values_list("pk", flat=True)
    return [pk for pk in sending if Message.objects.due().filter(account=pk).exists()]


@shared_task(expires=30)
def rematch_reports() -> None:
    rematch_recent()


@shared_task(expires=60)
def poll_reports() -> None:
    for account in polling.pollable_accounts():
        publish(poll_account_reports, account.pk)


@shared_task(expires=60)
def poll_account_reports(account_id: int) -> None:
    _ask(account_id, polling.poll_reports)


@shared_task(expires=600)
def poll_balances() -> None:
    for account in polling.accounts_with_balance():
        publish(poll_account_balance, account.pk)


@shared_task(expires=600)
def poll_account_balance(account_id: int) -> None:
    _ask(account_id, polling.poll_balance)


def _ask(account_id: int, question: Callable[..., object]) -> None:
    """A provider that does not answer is no fault of the task: the call log has it, and beat asks again."""
    account = Account.objects.sending().filter(pk=account_id).first()
    if account is None:
        return
    try:
        question(account=account)
    except ProviderError as error:
        logger.warning("asking %s failed: %s", account.name, error.message)
