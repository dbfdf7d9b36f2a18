"""Freezing an audience against a bare `bulk_create` of the same rows: seconds of each, and their ratio.

Run in a database that may be filled: `DATABASE_URL=… python -m tests.bench.bench_freeze`. It leaves nothing behind.
"""

import os
import time
import uuid

import django
from django.db import transaction

RECIPIENTS = 100_000
TEXT = "Your order has left our warehouse today. Questions? Call 021-500-123."
PREFIXES = ("62811", "62812", "62813", "62817", "62818", "62856", "62881", "62896")


class _Undo(Exception):
    """Takes the measured rows back."""


def numbers(count):
    """Different mobile numbers of several operators, in no order of operators."""
    return [f"+{PREFIXES[i % len(PREFIXES)]}{i * 7919 % 10_000_000:07d}" for i in range(count)]


def measure(work):
    """Seconds that `work` takes, its commit left out on both sides alike."""
    try:
        with transaction.atomic():
            started = time.perf_counter()
            work()
            seconds = time.perf_counter() - started
            raise _Undo
    except _Undo:
        return seconds


def plain_rows(verdict, recipients):
    from providers.numbers import operator_of
    from smsops.messaging.compose import _shared_values
    from smsops.messaging.models import Campaign, Message

    campaign = Campaign.objects.create(name="plain", account=verdict.draft.account)
    shared = _shared_values(verdict, campaign)
    return [Message(**shared, recipient=number, operator=operator_of(number)) for number in recipients]


def main(count=RECIPIENTS, rounds=2):
    """The best of some rounds: `{"recipients", "freeze_seconds", "bulk_create_seconds", "ratio"}`."""
    from providers.models import Account
    from smsops.messaging.checking.drafts import Draft
    from smsops.messaging.compose import freeze_campaign
    from smsops.messaging.gate import examine
    from smsops.messaging.models import Message

    recipients = numbers(count)
    frozen, plain = [], []
    with transaction.atomic():
        account = Account.objects.create(name=f"bench {uuid.uuid4()}", provider="smsmasking", base_url="http://[::1]")
        verdict = examine(Draft(account=account, recipients=recipients[:1], text=TEXT))
        for _round in range(rounds):
            rows = []
            frozen.append(
                measure(lambda: freeze_campaign(key=uuid.uuid4(), name="bench", verdict=verdict, audience=recipients))
            )

            def create(rows=rows):
                rows.extend(plain_rows(verdict, recipients))
                started = time.perf_counter()
                Message.objects.bulk_create(rows)
                plain.append(time.perf_counter() - started)

            measure(create)
        transaction.set_rollback(True)
    return {
        "recipients": count,
        "freeze_seconds": round(min(frozen), 2),
        "bulk_create_seconds": round(min(plain), 2),
        "ratio": round(min(plain) / min(frozen), 2),
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsops.settings")
    django.setup()
    print(main())
