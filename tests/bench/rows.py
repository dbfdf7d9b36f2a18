"""What the benchmarks send: accounts at the fast server, and messages that wait."""

import uuid

from django.db import connection

THREADS = 8
CREDENTIALS = {
    "nusasms": {"username": "demo", "password": "demo-secret"},
    "rajasms": {"apikey": "demo-apikey-0001"},
}


def empty_queue():
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE messaging_message, messaging_messageevent, messaging_pendingreport CASCADE")
        cursor.execute("VACUUM ANALYZE")


def make_account(provider, base_url):
    from providers.models import Account

    return Account.objects.create(
        name=f"{provider} {uuid.uuid4()}",
        provider=provider,
        base_url=base_url,
        credentials=CREDENTIALS[provider],
        max_connections=THREADS,
    )


def queue_messages(account, count, **fields):
    """`count` messages to different numbers, due now."""
    from smsops.messaging.models import Message

    fields.setdefault("channel", "whatsapp" if account.provider == "nusasms" else "sms")
    for start in range(0, count, 10_000):
        numbers = range(start, min(count, start + 10_000))
        rows = [Message(account=account, recipient=f"+62812{n:08d}", text="Halo", **fields) for n in numbers]
        Message.objects.bulk_create(rows)


def sent_count(account):
    from smsops.messaging.models import Message

    return Message.objects.filter(account=account, status="sent").count()
