"""No page of the product offers a person a link that is shut to him."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from contacts.models import Contact
from contacts.models import Group as ContactGroup
from providers.models import CallbackReceipt, CallLog
from smsops.console.roles import ROLES
from smsops.inbox.models import Conversation, InboundMessage
from smsops.messaging.models import Campaign, Message, MessageEvent
from tests.people import client_of, make_person

LINK = re.compile(r"""href="(/admin/[^"?#]*)""")
OTHERS = ["reports:month", "admin:index", "messaging:outbox", "messaging:compose", "inbox:conversations"]


@pytest.fixture
def linked(make_account):
    """Rows that lead to each other in every way."""
    account, author = make_account("smsmasking"), make_person("Administrator", username="the-author")
    contact = Contact.objects.create(mobile="+6281200000000", name="Budi")
    contact.groups.add(ContactGroup.objects.create(name="Walk"))
    campaign = Campaign.objects.create(name="Walk", account=account, created_by=author)
    shared = {"account": account, "recipient": contact.mobile, "text": "Halo", "contact": contact}
    first = Message.objects.create(**shared, campaign=campaign, created_by=author)
    again = Message.objects.create(**shared, campaign=campaign, created_by=author, resend_of=first)
    MessageEvent.objects.create(message=again, status="queued", source="staff", actor=author)
    CallbackReceipt.objects.create(account=account, kind="reports", body=b"{}")
    CallLog.objects.create(account=account, started_at=timezone.now(), name="send", method="GET", url="http://x")
    InboundMessage.objects.create(account=account, sender=contact.mobile, text="Hi", fingerprint="1", contact=contact)
    Conversation.objects.create(account=account, number=contact.mobile, last_inbound_at=timezone.now(), unread=1)
    return reverse("messaging:progress", args=[campaign.pk])


def pages(extra):
    """Every list, the newest row's page of every model, and the pages of our own."""
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        rows = User.objects.filter(username="the-author") if model is User else model._default_manager.order_by("-pk")
        try:
            yield from [reverse(f"{name}_change", args=[row.pk]) for row in rows[:1]]
        except NoReverseMatch:
            continue
    yield from (reverse(name) for name in OTHERS)
    yield from (reverse("inbox:conversation", args=[row.pk]) for row in Conversation.objects.all())
    yield extra


def opened(client, extra):
    """Address → the addresses of ours that its page links to."""
    answers = {page: client.get(page) for page in pages(extra)}
    return {page: set(LINK.findall(answer.content.decode())) for page, answer in answers.items()
            if answer.status_code == 200}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_every_link_leads_somewhere_that_the_role_may_go(linked, role):
    client = client_of(make_person(role))
    found = opened(client, linked)
    links = set().union(*found.values())
    shut = {link for link in links if client.get(link).status_code in (403, 404)}
    assert {page: sorted(links & shut) for page, links in found.items() if links & shut} == {}


def test_who_may_see_users_is_led_from_a_message_to_its_author(linked):
    author, message = User.objects.get(username="the-author"), Message.objects.latest("pk")
    page = f"/admin/messaging/message/{message.pk}/change/"
    link = f"/admin/auth/user/{author.pk}/change/"
    assert link in client_of(make_person("Administrator")).get(page).content.decode()
    shown = client_of(make_person("Operator")).get(page).content.decode()
    assert link not in shown
    assert "the-author" in shown
