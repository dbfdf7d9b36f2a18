"""Which claimed rows go into one call (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from providers.types import Capabilities, OutboundMessage
from smsops.messaging.sending.queue import QueuedRow

Pair = tuple[QueuedRow, OutboundMessage]


def make_batches(pairs: Iterable[Pair], *, capabilities: Capabilities, most: int) -> Iterator[list[Pair]]:
    """Chunk rows by the provider's `max_batch` (and `most`): never one number twice in a call, the same text
    together where the provider wants that, and a row that was refused in company by itself."""
    size = max(1, min(capabilities.max_batch, most))
    open_batches: dict[tuple, list[Pair]] = {}
    numbers: dict[tuple, set[str]] = {}
    for pair in pairs:
        if size == 1 or pair[0].send_alone:
            yield [pair]
            continue
        key = _company(pair[1], capabilities)
        if pair[1].recipient in numbers.setdefault(key, set()):
            yield open_batches.pop(key)
            numbers[key] = set()
        batch = open_batches.setdefault(key, [])
        batch.append(pair)
        numbers[key].add(pair[1].recipient)
        if len(batch) >= size:
            yield open_batches.pop(key)
            numbers[key] = set()
    yield from open_batches.values()


def _company(message: OutboundMessage, capabilities: Capabilities) -> tuple:
    """What the messages of one call must have in common."""
    common = (message.channel, message.is_resubmission)
    if not capabilities.batch_shares_text:
        return common
    return (
        *common,
        message.text,
        message.sender_id,
        message.encoding,
        message.is_flash,
        message.wap_url,
        message.scheduled_for,
    )
