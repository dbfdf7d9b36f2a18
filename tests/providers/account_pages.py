"""The account's pages, as a test opens and saves them."""

from providers.models import AccountEvent
from tests.people import form_values


def page_of(account):
    return f"/admin/providers/account/{account.pk}/change/"


def save(client, account, **changes):
    values = form_values(client.get(page_of(account))) | changes
    return client.post(page_of(account), {name: value for name, value in values.items() if value is not None})


def errors_of(response):
    return response.context["adminform"].form.errors


def events_of(account, kind=None):
    events = AccountEvent.objects.filter(account=account).order_by("pk")
    return list((events.filter(kind=kind) if kind else events).values_list("text", flat=True))
