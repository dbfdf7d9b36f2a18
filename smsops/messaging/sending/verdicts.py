"""From a provider's answer to what becomes of each row (pure)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from providers.base import Provider
from providers.cleaning import clip, clip_price
from providers.errors import ProviderError, Uncertain, UnsupportedFeature
from providers.types import OutboundMessage, Outcome, SubmitResult
from smsops.messaging.sending.hotpath import Settlement
from smsops.messaging.sending.lanes import Answer
from smsops.messaging.sending.queue import QueuedRow
from smsops.messaging.status import Status

# A message that alone stops its account a second time is the trouble itself.
MOST_ACCOUNT_REFUSALS = 2
FIRST_RESUBMISSION = 30
LONGEST_RESUBMISSION = 600
LONGEST_BACK_OFF = 300
DEFAULT_TRXID_HOURS = 24
CANNOT_REPEAT = gettext_noop("It may have gone out, and the provider no longer tells a repeat apart.")


def settle_answer(answer: Answer, *, provider: Provider, suspends: bool) -> list[Settlement]:
    """One settlement per row of the batch. `suspends`: this answer is the one that stops the account."""
    if answer.was_dropped:
        return [Settlement(row.id, Status.QUEUED, has_event=False) for row, _ in answer.batch]
    results = answer.results if answer.error is None else [_result_of(answer.error)] * len(answer.batch)
    alone = suspends and len(answer.batch) == 1
    return [
        _settle(row, message, result, provider, is_poison=alone, was_read=answer.error is None)
        for (row, message), result in zip(answer.batch, results, strict=True)
    ]


def _result_of(error: ProviderError) -> SubmitResult:
    if isinstance(error, UnsupportedFeature):
        return SubmitResult(Outcome.REFUSED, code=error.code, text=error.message)
    outcome = Outcome.UNCERTAIN if isinstance(error, Uncertain) else Outcome.NOT_PROCESSED
    return SubmitResult(outcome, code=error.code, text=error.message)


def _settle(
    row: QueuedRow,
    message: OutboundMessage,
    result: SubmitResult,
    provider: Provider,
    *,
    is_poison: bool,
    was_read: bool,
) -> Settlement:
    if result.outcome is Outcome.ACCEPTED:
        return _accepted(row, result)
    if result.outcome is Outcome.REFUSED:
        return _ended(row, Status.FAILED, result)
    if result.outcome is Outcome.UNCERTAIN:
        # Read but not accepted, on a repeat: that may be the refusal of the duplicate, and so proves nothing.
        final = message.is_resubmission and was_read
        if not final and provider.keeps_duplicates_out(message):
            return _again(row, result, is_doubtful=True, delay=resubmission_delay(row.attempts))
        return _ended(row, Status.UNCERTAIN, result)
    return _not_processed(row, result, is_poison=is_poison)


def _accepted(row: QueuedRow, result: SubmitResult) -> Settlement:
    return Settlement(
        row.id,
        Status.SENT,
        provider_message_id=clip(result.provider_message_id, 100),
        code=clip(result.code, 50),
        text=clip(result.text, 1000),
        price=clip_price(result.price),
        report_asked=result.report_asked,
    )


def _ended(row: QueuedRow, status: Status, result: SubmitResult) -> Settlement:
    return Settlement(
        row.id,
        status,
        provider_message_id=clip(result.provider_message_id, 100),
        code=clip(result.code, 50),
        text=clip(result.text, 1000),
        never_resend=result.never_resend,
    )


def _not_processed(row: QueuedRow, result: SubmitResult, *, is_poison: bool) -> Settlement:
    refused_before = row.account_refusals + 1 >= MOST_ACCOUNT_REFUSALS
    said_before = result.retry_once and row.error_code == result.code
    if row.doubtful_since is None and ((is_poison and refused_before) or said_before):
        return _ended(row, Status.FAILED, result)
    # Behind the others, so that a message that stops its account does not stand first again.
    delay = float(min(2**row.attempts, LONGEST_BACK_OFF))
    return _again(row, result, account_refusal=is_poison, send_alone=result.send_alone, delay=delay)


def _again(
    row: QueuedRow,
    result: SubmitResult,
    *,
    delay: float,
    is_doubtful: bool = False,
    account_refusal: bool = False,
    send_alone: bool = False,
) -> Settlement:
    return Settlement(
        row.id,
        Status.QUEUED,
        code=clip(result.code, 50),
        text=clip(result.text, 1000),
        delay=delay,
        is_doubtful=is_doubtful,
        account_refusal=account_refusal,
        send_alone=send_alone,
    )


def resubmission_delay(attempts: int) -> float:
    """Seconds until an unclear message is submitted again under its reference."""
    return float(min(FIRST_RESUBMISSION * 2 ** min(attempts, 10), LONGEST_RESUBMISSION))


def why_not_again(row: QueuedRow, message: OutboundMessage, provider: Provider, now: datetime) -> str:
    """Why a doubtful row may not be submitted again; "" when it may."""
    if row.doubtful_since is None:
        return ""
    hours = float(provider.config.options.get("trxid_hours") or DEFAULT_TRXID_HOURS)
    if now - row.doubtful_since > timedelta(hours=hours) or not provider.keeps_duplicates_out(message):
        return CANNOT_REPEAT
    return ""


def is_unclear(answer: Answer) -> bool:
    """Whether this answer counts towards the silence of the provider."""
    if answer.error is not None:
        return isinstance(answer.error, Uncertain)
    return bool(answer.results) and all(result.outcome is Outcome.UNCERTAIN for result in answer.results)


def is_plain(answer: Answer) -> bool:
    """Whether the call log may forget this call: everything was accepted."""
    return answer.error is None and all(result.outcome is Outcome.ACCEPTED for result in answer.results)
