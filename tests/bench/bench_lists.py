"""The look-up, the lists of messages, the dashboard and the month's report, where there are few messages and where
there are millions.

`python -m tests.bench --only lists`. Pages are asked through Django's own client: what grows with the table is what
they ask of the database.
"""

import time

FEW, MANY = 50_000, 5_000_000
SEED = {"accounts": 5, "months": 12}
MESSAGES = "/admin/messaging/message/"
LOOK_UP = "/admin/desk/look-up/"
# Nobody has collected static files for a measurement.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def pages():
    """Section → addresses; `{}` of today's rows are looked up, not guessed."""
    from providers.models import Account
    from smsops.messaging.models import Message

    newest = Message.objects.exclude(provider_message_id="").exclude(contact=None).latest("pk")
    terms = (newest.recipient, newest.recipient[-4:], newest.recipient[-6:], newest.provider_message_id,
             newest.reference, newest.contact.name)  # fmt: skip
    account = Account.objects.earliest("pk").pk
    campaign = Message.objects.exclude(campaign=None).latest("pk").campaign_id
    statuses = ("queued", "sent", "delivered", "undelivered", "failed", "uncertain", "cancelled")
    filters = [f"status__exact={status}" for status in statuses]
    filters += [f"account__id__exact={account}", "channel__exact=whatsapp", f"campaign__id__exact={campaign}"]
    return {
        "look-up": [f"{LOOK_UP}?q={term}" for term in terms],
        "lists": [MESSAGES, *(f"{MESSAGES}?{query}" for query in filters)],
        "outbox": ["/admin/messages/outbox/"],
        "dashboard": ["/admin/", "/admin/desk/dashboard/"],
        "month": ["/admin/reports/month/"],
    }


def open_client():
    from django.contrib.auth.models import User
    from django.test import Client

    person = User.objects.filter(username="bench").first() or User.objects.create_superuser("bench")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def ask(client, address):
    response = client.get(address)
    if response.status_code != 200:
        raise RuntimeError(f"{address}: {response.status_code}")


def time_of(client, address, passes):
    """Seconds of the fastest of some passes: the others were disturbed."""
    found = []
    for _pass in range(passes):
        began = time.perf_counter()
        ask(client, address)
        found.append(time.perf_counter() - began)
    return min(found)


def queries_of(client, address):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        ask(client, address)
    return len(captured)


def measure(passes):
    """Section → (address, seconds, queries) of each page."""
    from django.test import override_settings

    with override_settings(STORAGES=STORAGES):
        client = open_client()
        return {
            section: [(address, time_of(client, address, passes), queries_of(client, address)) for address in addresses]
            for section, addresses in pages().items()
        }


def seed(messages):
    from smsops.console.seeding.load import Wanted, seed_load

    seed_load(wanted=Wanted(messages=messages, waiting=min(1000, messages // 10), **SEED))
    count_figures()


def count_figures():
    """What a worker does meanwhile."""
    from smsops.reports.balances.runway_following import follow_balances
    from smsops.reports.rollup_following import catch_up

    while catch_up(seconds=60):
        pass
    while follow_balances(seconds=60):
        pass


def main(few=FEW, many=MANY, passes=9):
    """Section → (seconds with few messages, seconds with many, queries with few, queries with many)."""
    from tests.bench.rows import empty_queue

    empty_queue()
    seed(few)
    before = measure(passes)
    seed(many - few)
    after = measure(passes)
    return {section: _together(rows, after[section]) for section, rows in before.items()}


def _together(before, after):
    return (*(sum(row[place] for row in rows) for place in (1, 2) for rows in (before, after)),)
