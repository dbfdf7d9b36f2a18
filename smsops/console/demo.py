"""What `make run` shows a newcomer: accounts at the sandbox, people of each role, contacts in groups.

Safe to run again: what is there stays as it is, except that accounts follow the sandbox's port and the people's
password is the one that is printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import User
from django.db import transaction

from contacts.models import Contact, Group
from providers.models import Account, ProviderSlug
from providers.numbers import operator_of
from smsops.environment import kept_secret

# What the sandbox asks for; it keeps no secret worth hiding.
CREDENTIALS: dict[str, dict[str, Any]] = {
    "smsmasking": {"username": "demo", "password": "demo-secret"},
    "rajasms": {"apikey": "demo-apikey-0001"},
    "tcast": {"account": "demo", "password": "demo-secret"},
    "unified": {"username": "demo", "password": "demo-secret"},
    "nusasms": {"username": "demo", "password": "demo-secret"},
}
ROLES = ("Administrator", "Operator", "Approver", "Support")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class DemoContact:
    name: str
    mobile: str
    groups: tuple[str, ...]
    time_zone: str = "WIB"
    birth_date: date | None = None


# The sandbox's TCAST reports "sent" only once a message has been delivered.
OPTIONS = {"tcast": {"zero_means_delivered": True, "has_inbox": True}}
SENDERS = {"tcast": "SMSOPS", "unified": "SMSOPS"}

CONTACTS = (
    DemoContact("Siti Rahmawati", "+6281234567001", ("Customers", "Jakarta"), "WIB", date(1990, 4, 21)),
    DemoContact("Budi Santoso", "+6285712345002", ("Customers", "Jakarta")),
    DemoContact("I Made Wirawan", "+6287812345003", ("Customers", "Bali"), "WITA", date(1985, 11, 3)),
    DemoContact("Ni Luh Ayu Lestari", "+6281934567004", ("Customers", "Bali"), "WITA"),
    DemoContact("Yohanes Wambrauw", "+6282112345005", ("Customers",), "WIT"),
    DemoContact("Dewi Anggraini", "+6289612345006", ("Staff", "Jakarta")),
    DemoContact("Agus Prasetyo", "+6281312345007", ("Staff",)),
    DemoContact("Nur Aisyah", "+6285212345008", ()),
)


@transaction.atomic
def make_demo(*, sandbox_url: str, password: str) -> None:
    """Accounts, people and contacts, where they are not there yet; `sandbox_url` is scheme://host:port."""
    for slug in ProviderSlug.values:
        make_account(slug=slug, sandbox_url=sandbox_url)
    for role in ROLES:
        make_person(role=role, password=password)
    for contact in CONTACTS:
        make_contact(demo=contact)


def make_account(*, slug: str, sandbox_url: str) -> None:
    """`demo-<provider>`; one that somebody has pointed elsewhere than to this machine is left alone."""
    fields = {
        "provider": slug,
        "base_url": sandbox_url,
        "credentials": CREDENTIALS[slug],
        "price_per_segment": 350,
        "options": OPTIONS.get(slug, {}),
        "sender_id": SENDERS.get(slug, ""),
    }
    account, _ = Account.objects.get_or_create(name=f"demo-{slug}", defaults=fields)
    if urlsplit(account.base_url).hostname in LOOPBACK:
        Account.objects.filter(pk=account.pk).exclude(base_url=sandbox_url).update(base_url=sandbox_url)


def make_person(*, role: str, password: str) -> None:
    user, _ = User.objects.get_or_create(username=role.lower(), defaults={"is_staff": True, "first_name": role})
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    user.groups.add(*Role.objects.filter(name=role))


def make_contact(*, demo: DemoContact) -> None:
    fields = {
        "name": demo.name,
        "operator": operator_of(demo.mobile),
        "time_zone": demo.time_zone,
        "birth_date": demo.birth_date,
    }
    contact, is_new = Contact.objects.get_or_create(mobile=demo.mobile, defaults=fields)
    if is_new:
        contact.groups.set(Group.objects.get_or_create(name=name)[0] for name in demo.groups)


def demo_password() -> str:
    """Made once, kept in `var/demo_password`."""
    return kept_secret(settings.SMSOPS_VAR / "demo_password", 9)
