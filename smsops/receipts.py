"""Reading and applying what stands in a `CallbackReceipt`: at once, again by beat, or by a person's hand."""

from __future__ import annotations

import logging

from django.db import DatabaseError, connection, transaction
from django.db.models import F

from providers.base import CallbackRequest, Provider
from providers.cleaning import clip
from providers.errors import ProviderError
from providers.formats import CALLBACK_UNREAD, ENTRIES_UNREAD
from providers.models import Account, CallbackReceipt
from providers.reading import UNREADABLE, PartialList, why_unreadable
from providers.types import DeliveryReport, InboundText
from smsops.inbox.services import store_inbound
from smsops.messaging.delivery import apply_callback, apply_reports
from smsops.messaging.models import MessageEvent

logger = logging.getLogger(__name__)

State = CallbackReceipt.State
MOST_ATTEMPTS = 20
BATCH = 200


def store_and_apply(receipt: CallbackReceipt) -> None:
    """Store a new receipt and, unless it is foreign, apply it."""
    if apply_at_once(receipt):
        return
    with transaction.atomic():
        receipt.save()
        if receipt.state != State.FOREIGN:
            apply_receipt(receipt)


def apply_at_once(receipt: CallbackReceipt) -> bool:
    """Whether the receipt was one plain delivery report, and is stored and applied; if not, nothing is written."""
    is_foreign = receipt.state != State.APPLIED
    if is_foreign or connection.vendor != "postgresql" or receipt.kind != CallbackReceipt.Kind.REPORTS:
        return False
    try:
        match _read(receipt.account, receipt):
            case PartialList():
                return False
            case [DeliveryReport() as report]:
                return apply_callback(receipt, report)
    except DatabaseError:
        logger.warning("a callback takes the long way", exc_info=True)
    except Exception:
        # It is read again once it is stored, and its fault is kept with it.
        return False
    return False


def apply_receipt(receipt: CallbackReceipt) -> str:
    """Apply one stored receipt; its state afterwards. What cannot be read stays, with its error."""
    try:
        found = _read(receipt.account, receipt)
    except (*UNREADABLE, ProviderError) as error:
        return _close(receipt, State.UNREADABLE, clip(_why_unread(error), 500))
    except Exception as error:
        return _put_off(receipt, error)
    try:
        with transaction.atomic():
            state = _apply(receipt.account, receipt, found)
            return _close_partial(receipt, found) if isinstance(found, PartialList) else _close(receipt, state)
    except Exception as error:
        return _put_off(receipt, error)


def _why_unread(error: Exception) -> str:
    if isinstance(error, ProviderError):
        return error.message
    return CALLBACK_UNREAD % {"reason": why_unreadable(error)}


def _put_off(receipt: CallbackReceipt, error: Exception) -> str:
    """Beat takes it up again: a fault of ours must not lose what the provider told us. In the end a person has to."""
    logger.exception("a receipt could not be applied", extra={"receipt": receipt.pk})
    is_last = receipt.attempts + 1 >= MOST_ATTEMPTS
    return _close(receipt, State.STUCK if is_last else State.WAITING, type(error).__name__)


def _close_partial(receipt: CallbackReceipt, found: PartialList) -> str:
    """Whatever waits for its message is matched later all the same; what nobody could read must stay in sight."""
    values = {"unread": found.unread, "total": len(found) + found.unread, "reason": found.reason}
    return _close(receipt, State.PARTIAL, ENTRIES_UNREAD % values)


def _read(account: Account, receipt: CallbackReceipt) -> list[DeliveryReport] | list[InboundText]:
    provider: Provider = account.open_provider()
    if receipt.source == CallbackReceipt.Source.POLL:
        return provider.read_inbox(bytes(receipt.body))
    request: CallbackRequest = receipt.request()
    if receipt.kind == CallbackReceipt.Kind.INBOX:
        return provider.parse_inbound(request)
    return provider.parse_reports(request)


def _apply(account: Account, receipt: CallbackReceipt, found: list) -> State:
    if receipt.kind == CallbackReceipt.Kind.INBOX:
        store_inbound(account=account, texts=found)
        return State.APPLIED
    source = MessageEvent.Source.CALLBACK
    applied = apply_reports(account=account, reports=found, source=source, receipt_id=receipt.pk)
    return State.UNMATCHED if applied.waiting else State.APPLIED


def _close(receipt: CallbackReceipt, state: State, error: str = "") -> str:
    if (receipt.state, receipt.error) != (state, error) or state == State.WAITING:
        mine = CallbackReceipt.objects.filter(pk=receipt.pk)
        mine.update(state=state, error=error, attempts=F("attempts") + 1)
    receipt.state, receipt.error = state, error
    return state


def apply_waiting() -> int:
    """Take up again what was stored and not applied, oldest first; returns how many were."""
    waiting = CallbackReceipt.objects.filter(state=State.WAITING).order_by("id")
    done = 0
    for receipt in waiting.select_related("account")[:BATCH]:
        done += apply_receipt(receipt) not in (State.WAITING, State.STUCK)
    return done
