"""Asks for pages of one database: `DATABASE_URL=… python -m tests.bench.visitor MESSAGES` fills it with so many more,
prints the pages as JSON, and answers each address it reads with how long that page took and its number of queries."""

import json
import sys
import time

SEED = {"accounts": 5, "months": 12}
MESSAGES = "/admin/messaging/message/"
LOOK_UP = "/admin/desk/look-up/"
# Nobody has collected static files for a measurement.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def pages():
    """Section → addresses of what there is, looked up, not guessed."""
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


def visit(client, address):
    """`{"seconds", "queries"}` of one page."""
    from django.db import connection

    queries = []

    def note(execute, sql, *rest):
        queries.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        began = time.perf_counter()
        response = client.get(address)
        seconds = time.perf_counter() - began
    if response.status_code != 200:
        raise RuntimeError(f"{address}: {response.status_code}")
    return {"seconds": seconds, "queries": len(queries)}


def seed(messages):
    from django.db import connection

    from smsops.console.seeding.load import Wanted, seed_load

    seed_load(wanted=Wanted(messages=messages, waiting=min(1000, messages // 10), **SEED))
    count_figures()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def count_figures():
    """What a worker does meanwhile."""
    from smsops.reports.balances.runway_following import follow_balances
    from smsops.reports.rollup_following import catch_up

    while catch_up(seconds=60):
        pass
    while follow_balances(seconds=60):
        pass


def main(messages):
    import django
    from django.core.management import call_command
    from django.test import override_settings

    django.setup()
    call_command("migrate", verbosity=0)
    if messages:
        seed(messages)
    with override_settings(STORAGES=STORAGES):
        client = open_client()
        print(json.dumps(pages()), flush=True)
        for address in iter(lambda: sys.stdin.readline().strip(), ""):
            print(json.dumps(visit(client, address)), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
