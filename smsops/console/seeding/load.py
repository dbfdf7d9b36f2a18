"""Fills a database with the messages of some months, to measure and to look around with. Never for a real one.

Everything belongs to accounts of its own (`load-…`), whose server is a port of this machine where nobody answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from contacts.models import Contact
from providers.models import Account, BalanceReading, ProviderSlug
from smsops.console.seeding import rows
from smsops.console.seeding.inbox import write_inbox
from smsops.console.seeding.indexes import indexes_afterwards
from smsops.inbox.models import Conversation, InboundMessage, Suppression, SuppressionReason
from smsops.messaging.bulk import in_chunks, insert_rows, refresh_statistics
from smsops.messaging.models import Campaign, Message, MessageEvent

NOWHERE = "http://127.0.0.1:9"
PREFIX = "load-"
CHUNK = 20_000
DAYS_A_MONTH = 30
READINGS_A_DAY = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of what; `waiting` of the messages are for tomorrow."""

    messages: int
    waiting: int = 1000
    accounts: int = 5
    months: int = 12
    campaign_size: int = 10_000
    with_events: bool = True


def holds_real_messages() -> bool:
    """Whether there are messages of accounts that are not this module's own."""
    real = Account.objects.exclude(name__startswith=PREFIX, base_url=NOWHERE).values_list("pk", flat=True)
    return any(Message.objects.filter(account=pk).order_by().exists() for pk in real)


def seed_load(*, wanted: Wanted, tell: Callable[[int], None] = lambda done: None) -> rows.Plan:
    """Write it all, some thousand messages a transaction; `tell` hears how many messages are there."""
    plan = prepare_load(wanted=wanted)
    with indexes_afterwards(Message):
        for places in in_chunks(range(wanted.messages), CHUNK):
            _write_messages(plan, places, wanted.with_events)
            tell(places[-1] + 1)
    for model in (Message, MessageEvent, InboundMessage, Conversation, Contact, Campaign):
        refresh_statistics(model)
    return plan


@transaction.atomic
def prepare_load(*, wanted: Wanted) -> rows.Plan:
    """Everything but the messages: accounts with balances, people, campaigns, what people wrote to us."""
    accounts = [_account(number) for number in range(wanted.accounts)]
    plan = _plan(wanted, accounts)
    _write_contacts(plan)
    found = Contact.objects.filter(mobile__startswith="+628", description=PREFIX).values_list("mobile", "pk")
    plan = replace(plan, contacts=dict(found), campaigns=_campaigns(plan))
    _write_balances(accounts, plan)
    write_inbox(plan)
    _write_opt_outs(plan)
    return plan


def _plan(wanted: Wanted, accounts: list[Account]) -> rows.Plan:
    now = timezone.now()
    size = max(1, min(wanted.campaign_size, wanted.messages))
    return rows.Plan(
        messages=wanted.messages,
        waiting=min(wanted.waiting, wanted.messages),
        people=rows.number_of_people(wanted.messages, size),
        campaign_size=size,
        first_id=_take_ids(wanted.messages),
        starts=now - timedelta(days=DAYS_A_MONTH * wanted.months),
        ends=now,
        campaigns=(),
        accounts=[(account.pk, channel_of(account)) for account in accounts],
        writers=[_writer(number).pk for number in range(4)],
        contacts={},
        operators=rows.operators(),
    )


def channel_of(account: Account) -> str:
    return "whatsapp" if account.provider == ProviderSlug.NUSASMS else "sms"


def _take_ids(count: int) -> int:
    """The first of so many ids that nobody else gets."""
    first = (Message.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            sequence = "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)"
            cursor.execute(sequence, [Message._meta.db_table, first + count])
    return first


def _account(number: int) -> Account:
    slug = ProviderSlug.values[number % len(ProviderSlug.values)]
    fields = {
        "provider": slug, "base_url": NOWHERE, "price_per_segment": rows.PRICE, "sender_id": "SMSOPS",
        "balance": Decimal(5_000_000), "balance_checked_at": timezone.now(),
    }  # fmt: skip
    return Account.objects.get_or_create(name=f"{PREFIX}{slug}-{number + 1}", defaults=fields)[0]


def _writer(number: int) -> User:
    """Somebody who wrote them; nobody can log in as him."""
    return User.objects.get_or_create(username=f"{PREFIX}staff-{number + 1}", defaults={"is_active": False})[0]


def _write_contacts(plan: rows.Plan) -> None:
    """Every second person is a contact, unless the number is somebody's already."""
    for people in in_chunks(range(0, plan.people, 2)):
        numbers = {rows.number_of(person): person for person in people}
        taken = set(Contact.objects.filter(mobile__in=numbers).values_list("mobile", flat=True))
        new = (
            (rows.name_of(person), number, plan.operators[number[:6]])
            for number, person in numbers.items()
            if number not in taken
        )
        insert_rows(Contact, {"description": PREFIX}, ("name", "mobile", "operator"), new)


def _campaigns(plan: rows.Plan) -> list[int]:
    made = []
    for first in range(0, plan.messages, plan.campaign_size):
        at = plan.moment(first)
        size = min(plan.campaign_size, plan.messages - first)
        campaign = Campaign(
            name=f"Promo {at:%Y-%m-%d %H:%M}", account_id=plan.account(first)[0], channel=plan.account(first)[1],
            status=Campaign.Status.FINISHED, total=size * 7 // 10, text=rows.text_of(True, 0, first),
            launched_at=at, started_at=at, finished_at=plan.moment(first + size),
        )  # fmt: skip
        made.append(campaign)
    return [campaign.pk for campaign in Campaign.objects.bulk_create(made, batch_size=1000)]


def _write_balances(accounts: list[Account], plan: rows.Plan) -> None:
    """Falling, with a top-up every ten days; the last 60 days."""
    step = timedelta(days=1) / READINGS_A_DAY
    made = [
        BalanceReading(account=account, at=plan.ends - step * ago, amount=Decimal(5_000_000 + 50_000 * (ago % 40)))
        for account in accounts
        for ago in range(60 * READINGS_A_DAY, -1, -1)
    ]
    BalanceReading.objects.bulk_create(made, batch_size=2000)


def _write_opt_outs(plan: rows.Plan) -> None:
    """One person of a hundred."""
    for people in in_chunks(range(1, plan.people, 100)):
        numbers = (rows.number_of(person) for person in people)
        made = [Suppression(number=number, reason=SuppressionReason.STOP, note=PREFIX) for number in numbers]
        Suppression.objects.bulk_create(made, ignore_conflicts=True)


@transaction.atomic
def _write_messages(plan: rows.Plan, places: list[int], with_events: bool) -> None:
    made = [rows.message_row(plan, place) for place in places]
    insert_rows(Message, {}, rows.MESSAGE_COLUMNS, made)
    if with_events:
        insert_rows(MessageEvent, {}, rows.EVENT_COLUMNS, rows.event_rows(made))
