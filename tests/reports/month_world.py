"""Months with each status, channel and operator, edges of the zone, and a price that changes; and the same counted by
plain SQL, which knows nothing of the product's way."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
from django.contrib.auth.models import User
from django.db import connection

from providers.models import BalanceReading
from smsops.inbox.models import InboundMessage, SuppressionEvent
from smsops.messaging.models import Campaign, Message, Price
from smsops.messaging.status import Status

WIB = ZoneInfo("Asia/Jakarta")
OPERATORS = ["Telkomsel", "Indosat Ooredoo", "XL", ""]
NEVER_LEFT = (Status.CANCELLED, Status.SUPPRESSED, Status.LAPSED)
TAKEN = (Status.SENT, Status.DELIVERED, Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED)


def wib(text):
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


def stamps(status, at):
    """The columns that say when, as dispatch leaves them."""
    if status in TAKEN:
        return {"attempted_at": at, "sent_at": at, "finished_at": None if status == Status.SENT else at + timedelta(1)}
    if status == Status.FAILED:
        return {"attempted_at": at - timedelta(seconds=1), "finished_at": at}
    if status == Status.UNCERTAIN:
        return {"attempted_at": at}
    return {"finished_at": at} if status in NEVER_LEFT else {}


def add_message(account, status, at, **fields):
    number = Message.objects.count()
    shared = {"recipient": f"+62812{number:08d}", "text": "Halo", "operator": OPERATORS[number % 4], "segments": 1}
    return Message.objects.create(account=account, status=status, **shared | stamps(status, at) | fields)


def seed_month(make_account, year=2024, month=2):
    """Returns (first account, second account)."""
    first = make_account("smsmasking", name="Satu", price_per_segment=300)
    second = make_account("nusasms", name="Dua", currency="USD")
    author = User.objects.create_user("budi", first_name="Budi", last_name="=SUM(1)")
    campaigns = [Campaign.objects.create(name=name, account=first) for name in ("Promo", "<r>=1+1</r>")]
    # 100 a segment; from the 15th on 150; Telkomsel 120 all along.
    for operator, day, price in (("", 1, 100), ("", 15, 150), ("Telkomsel", 1, 120)):
        Price.objects.create(account=first, operator=operator, valid_from=f"{year}-{month:02}-{day:02}", price=price)
    last = (wib(f"{year}-{month:02}-01") + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    days = [wib(f"{year}-{month:02}-01T00:00:00"), wib(f"{year}-{month:02}-14T12:00:00"),
            wib(f"{year}-{month:02}-15T07:30:00"), last.replace(hour=23, minute=59, second=59)]  # fmt: skip
    for status in Status:
        for place, at in enumerate(days):
            for account in (first, second):
                code = f"E{place % 2}" if status != Status.SENT else ""
                add_message(
                    account, status, at, segments=place + 1, error_code=code,
                    channel="whatsapp" if account == second else "sms", kind=["promotional", "otp"][place % 2],
                    campaign=campaigns[place % 2] if account == first else None,
                    created_by=author if place % 2 else None, price="77.5" if place == 1 else None,
                )  # fmt: skip
    around(first, last, days[0])
    return first, second


def around(account, last, first_day):
    """What is next to the month and not in it, and what the provider's own clock moves in and out of it."""
    before, after = first_day - timedelta(seconds=1), last.replace(hour=23, minute=59, second=59) + timedelta(seconds=1)
    for at in (before, after):
        for status in (Status.SENT, Status.DELIVERED, Status.FAILED, Status.UNCERTAIN, Status.CANCELLED):
            add_message(account, status, at)
    add_message(account, Status.SENT, before, provider_scheduled_for=first_day)
    add_message(account, Status.DELIVERED, last, provider_scheduled_for=after)
    for amount, hours in ((1000, -1), (900, 2), (5000, 5), (4000, 30)):
        reading = BalanceReading.objects.create(account=account, amount=amount)
        BalanceReading.objects.filter(pk=reading.pk).update(at=first_day + timedelta(hours=hours))
    for number, at in enumerate((before, first_day, after - timedelta(seconds=1), after)):
        InboundMessage.objects.create(account=account, sender="+62812", fingerprint=str(number), received_at=at)
        event = SuppressionEvent.objects.create(number=f"+6281{number}", kind="added", reason="stop")
        SuppressionEvent.objects.filter(pk=event.pk).update(at=at)


MOMENT = """CASE WHEN provider_scheduled_for IS NOT NULL THEN provider_scheduled_for
                 WHEN sent_at IS NOT NULL THEN sent_at WHEN finished_at IS NOT NULL THEN finished_at
                 ELSE attempted_at END"""


def moments(*given):
    """As the database writes them."""
    if connection.vendor == "postgresql":
        return list(given)
    return [f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for moment in given]


def counted_by_sql(start, end, column, where="1=1"):
    """{value of the column: {status: (messages, segments)}} of what counts in the time, by SQL alone."""
    sql = f"""SELECT {column}, status, count(*), sum(segments) FROM messaging_message
              WHERE status NOT IN ('queued', 'sending') AND {MOMENT} >= %s AND {MOMENT} < %s AND {where}
              GROUP BY 1, 2"""
    with connection.cursor() as cursor:
        cursor.execute(sql, moments(start, end))
        found = {}
        for value, status, messages, segments in cursor.fetchall():
            found.setdefault(value, {})[status] = (messages, int(segments))
    return found


def cost_by_sql(start, end, account):
    """The told price, else the list's line for the operator and the day, else its general line, else the account's."""
    day = "date(%s)" if connection.vendor == "postgresql" else "date(datetime(%s, '+7 hours'))"
    moment = f"({MOMENT}) AT TIME ZONE 'Asia/Jakarta'" if connection.vendor == "postgresql" else f"({MOMENT})"
    local = day % moment
    line = f"""(SELECT p.price FROM messaging_price p WHERE p.account_id = m.account_id AND p.channel = m.channel
                AND p.operator = {{}} AND p.valid_from <= {local} ORDER BY p.valid_from DESC LIMIT 1)"""
    sql = f"""SELECT sum(COALESCE(price, segments * COALESCE({line.format("m.operator")}, {line.format("''")},
                (SELECT price_per_segment FROM providers_account a WHERE a.id = m.account_id))))
              FROM messaging_message m
              WHERE status IN ('sent', 'delivered', 'undelivered', 'expired', 'rejected') AND account_id = %s
              AND {MOMENT} >= %s AND {MOMENT} < %s"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [account.pk, *moments(start, end)])
        return float(cursor.fetchone()[0] or 0)


def opened(path):
    return openpyxl.load_workbook(path, data_only=True)


def table_of(book, title):
    """{first cell: {header: value}} of a sheet."""
    header, *rows = [list(row) for row in book[title].values]
    return {row[0]: dict(zip(header, row, strict=True)) for row in rows if row[0] is not None}
