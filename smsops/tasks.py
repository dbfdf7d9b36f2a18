"""Tasks of the wiring: receipts and the inbox, which span apps."""

from __future__ import annotations

import logging

from celery import shared_task

from providers.errors import ProviderError
from providers.models import Account
from smsops.inbox import polling
from smsops.publishing import publish
from smsops.receipts import apply_receipt, apply_waiting

logger = logging.getLogger(__name__)


@shared_task(expires=30)
def apply_receipts() -> None:
    """Take up again what a callback could not apply at once."""
    apply_waiting()


@shared_task(expires=60)
def poll_inboxes() -> None:
    for account in polling.accounts_with_inbox(on_timetable=True):
        publish(poll_account_inbox, account.pk)


@shared_task(expires=60)
def poll_account_inbox(account_id: int) -> None:
    account = Account.objects.sending().filter(pk=account_id).first()
    if account is None:
        return
    try:
        polling.poll_inbox(account=account, apply=apply_receipt)
    except ProviderError as error:
        logger.warning("asking the inbox of %s failed: %s", account.name, error.message)
