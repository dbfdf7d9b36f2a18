"""Fetching received messages; each is handed out once only, so the raw reply is stored before it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from providers.asking import asking, keep_calls
from providers.models import Account, CallbackReceipt

MOST_CALLS = 200


def accounts_with_inbox(*, on_timetable: bool) -> Iterator[Account]:
    """Accounts whose inbox may be asked; the timetable asks only those with option `has_inbox`."""
    for account in Account.objects.sending():
        asked = not on_timetable or account.options.get("has_inbox")
        if asked and account.adapter.capabilities_for(account.options).inbox_poll:
            yield account


def poll_inbox(*, account: Account, apply: Callable[[CallbackReceipt], str]) -> int:
    """Ask until there is no more; `apply` reads one stored reply. Returns how many messages came.

    Raises one of `providers.errors`; what was handed out before is stored and applied.
    """
    stored: list[CallbackReceipt] = []
    total = 0
    try:
        with asking(account) as provider:
            provider.transport.keep = lambda name, body: stored.append(store_reply(account=account, body=body))
            for _ in range(MOST_CALLS):
                texts = provider.fetch_inbox()
                keep_calls(account, provider, is_plain=True)
                total += len(texts)
                if not texts:
                    # It said that there is no more: one such reply every minute is not worth keeping.
                    stored.pop().delete()
                    break
    finally:
        for receipt in stored:
            apply(receipt)
    return total


def store_reply(*, account: Account, body: bytes) -> CallbackReceipt:
    """Keep a once-only reply as it came."""
    return CallbackReceipt.objects.create(
        account=account,
        kind=CallbackReceipt.Kind.INBOX,
        source=CallbackReceipt.Source.POLL,
        method="GET",
        body=body,
    )
