"""Every address of the product, as a stranger, as staff without rights, and as each role.

New addresses are found by themselves. A model's admin pages must follow the model's permissions; a view of its own may
carry `permission` (see `account_view`), which must then decide; whatever else is new must be shut to strangers and to
staff without rights, or be named in `OPEN` with its reason.
"""

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from contacts.models import Contact, ContactExport, ContactImport, StoredFile, SyncConflict, SyncRun
from contacts.models import Group as ContactGroup
from providers.models import Account, CallbackReceipt, CallLog, RetiredToken
from smsops.console.models import DownloadLog, ForgottenNumber, LookupLog, RetentionRun
from smsops.console.roles import ROLES
from smsops.inbox.models import (
    Conversation,
    InboundMessage,
    QuickReply,
    Suppression,
    SuppressionEvent,
    SuppressionImport,
)
from smsops.messaging.models import Campaign, Message, Price, Template
from smsops.reports.models import MonthReport, Statement
from tests.people import client_of, make_person

# Open to strangers: the login, its words and scripts, the language, and the doors for machines.
STRANGERS = {"admin:login", "admin:logout", "admin:jsi18n", "set_language", "callback", "healthz", "redirect"}
# Open to all staff: their own session, and pages that show each person only what he may see.
STAFF = {"admin:index", "admin:logout", "admin:password_change", "admin:password_change_done", "admin:search"}
STAFF |= {"console:dashboard", "admin:app_list", "admin:autocomplete", "admin:view_on_site", "catch-all"}
PUBLIC = STRANGERS | STAFF
ACTIONS = {"changelist": ("view", "change"), "add": ("add",), "change": ("view", "change"), "delete": ("delete",)}
ACTIONS |= {"history": ("view", "change")}


def every_pattern(patterns=None, namespace="", route=""):
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from every_pattern(pattern.url_patterns, inner, here)
        elif isinstance(pattern, URLPattern):
            yield namespace + (pattern.name or ""), here, pattern


def name_of(name, route):
    if name and not name.endswith(":"):
        return name
    if "healthz" in route:
        return "healthz"
    return "catch-all" if "(?P<url>" in route else "redirect"


@pytest.fixture
def world(make_account):
    """One row of everything; returns the ids by which addresses name them."""
    account = make_account("smsmasking", name="walked")
    token = RetiredToken.objects.create(account=account, token="x" * 32)
    campaign = Campaign.objects.create(name="Walk", account=account)
    message = Message.objects.create(account=account, recipient="+6281200000000", text="Halo", campaign=campaign)
    SyncRun.objects.create(pk=account.pk, account=account, state="done")
    SyncConflict.objects.create(pk=account.pk, account=account, subject="entry", remote_id="1", field="name")
    CallbackReceipt.objects.create(account=account, kind="reports", body=b"{}")
    CallLog.objects.create(account=account, started_at=timezone.now(), name="send", method="GET", url="http://x")
    InboundMessage.objects.create(account=account, sender="+6281200000000", text="Halo", fingerprint="1")
    Conversation.objects.create(
        pk=account.pk, account=account, number="+6281200000000", last_inbound_at=timezone.now(), unread=1
    )
    AccessAttempt.objects.create(username="x", ip_address="127.0.0.1", failures_since_start=1)
    Contact.objects.create(mobile="+6281200000000")
    ContactGroup.objects.create(name="Walk")
    Suppression.objects.create(number="+6281200000000")
    SuppressionEvent.objects.create(number="+6281200000000", kind="added", reason="staff")
    file = StoredFile.objects.create(name="a.csv")
    ContactImport.objects.create(pk=account.pk, file=file, file_name="a.csv", kind="csv", state="ready")
    QuickReply.objects.create(name="Walk", text="Halo", is_shared=True)
    SuppressionImport.objects.create(pk=account.pk, file_name="a.csv", kind="csv", state="ready", note="x")
    ContactExport.objects.create(pk=account.pk, kind="csv", language="en")
    workbook = StoredFile.objects.create(name="a.xlsx")
    MonthReport.objects.create(pk=account.pk, month="2026-09-01", language="en", state="done", file=workbook)
    Statement.objects.create(pk=account.pk, account=account, month="2026-09-01", file_name="a.csv", kind="csv")
    Template.objects.create(name="Walk", text="Halo")
    Price.objects.create(account=account, price=350)
    Group.objects.create(name="Nothing")
    RetentionRun.objects.create(deleted={"calls": 1})
    LookupLog.objects.create(kind="name", term="Walk")
    DownloadLog.objects.create(file_name="a.csv", page="/")
    ForgottenNumber.objects.create(number="+62812*****00")
    User.objects.create_user("nobody")
    return {"account": account, "token_id": token.pk, "message": message, "campaign": campaign}


def target_of(model):
    """The row that a page is asked for: one that holds no rights, where it is a user or a role."""
    rows = {User: User.objects.filter(username="nobody"), Group: Group.objects.filter(name="Nothing")}
    return rows.get(model, model._default_manager.order_by("pk")).first()


def url_of(route, world, model):
    """The route with its arguments filled in."""
    row = target_of(model) if model is not None else world["account"]
    filled = route.replace("<path:object_id>", str(row.pk)).replace("<int:object_id>", str(row.pk))
    filled = filled.replace("<int:token_id>", str(world["token_id"])).replace("<id>", str(row.pk))
    for part in filled.split("<")[1:]:
        argument = part.split(">")[0]
        name = argument.split(":")[-1]
        value = {"uuid": world["campaign"].key}.get(argument.split(":")[0], world["account"].pk)
        value = "tcast" if name == "provider" else value
        value = world["message"].pk if name == "message_id" else value
        value = "x" if name in ("token", "kind", "url") else value
        filled = filled.replace(f"<{argument}>", str(value))
    return "/" + filled.replace("^", "").replace("$", "").replace("\\Z", "")


def model_page(name):
    """(model, action) of a model's own admin page, else (None, "")."""
    for model in admin.site._registry:
        prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        if name.startswith(prefix):
            return model, name.removeprefix(prefix)
    return None, ""


def walk():
    """(name, route, pattern, model, action) of every address, those that are no page of ours left out."""
    for given, route, pattern in every_pattern():
        name = name_of(given, route)
        model, action = model_page(name)
        if name == "admin:auth_user_password_change":
            model, action = User, "password"
        if "(?P<" in route or (action == "" and route.endswith("<path:object_id>/")):
            continue
        yield name, route, pattern, model, action


def status_of(client, url):
    return client.get(url).status_code


def test_a_stranger_gets_nothing_but_the_login_and_the_doors_for_machines(world):
    leaks = []
    for name, route, _pattern, model, _action in walk():
        response = Client().get(url_of(route, world, model))
        is_shut = response.status_code in (403, 404, 405) or "/admin/login/" in response.headers.get("Location", "")
        if name not in STRANGERS and not is_shut:
            leaks.append((name, route, response.status_code))
    assert leaks == []


def test_staff_without_any_right_see_only_what_is_for_all_staff(world):
    client = client_of(make_person())
    leaks = []
    for name, route, _pattern, model, _action in walk():
        status = status_of(client, url_of(route, world, model))
        if name not in PUBLIC and status not in (403, 404, 405):
            leaks.append((name, route, status))
    assert leaks == []


@pytest.mark.parametrize("role", [*ROLES, "superuser"])
def test_each_role_gets_exactly_what_its_permissions_allow(world, role):
    user = make_person(None if role == "superuser" else role, is_superuser=role == "superuser")
    client = client_of(user)
    wrong = []
    for name, route, pattern, model, action in walk():
        response = client.get(url_of(route, world, model))
        expected = may_open(user, model, action, pattern)
        is_open = response.status_code not in (403, 404)
        if response.status_code >= 500 or (expected is not None and is_open is not expected):
            wrong.append((name, route, response.status_code, expected))
    assert wrong == []


def may_open(user, model, action, pattern):
    """Whether the rules let a person in; None where there is no rule to be derived."""
    permission = getattr(pattern.callback, "permission", None)
    if permission is not None:
        return user.has_perm(permission)
    if model is None or action not in ACTIONS:
        return None
    # Records are never written by hand.
    site = admin.site._registry[model]
    request = type("Request", (), {"user": user, "method": "GET", "GET": {}})()
    if action == "add":
        return site.has_add_permission(request)
    if action == "delete":
        return site.has_delete_permission(request, target_of(model))
    names = [f"{model._meta.app_label}.{verb}_{model._meta.model_name}" for verb in ACTIONS[action]]
    return any(user.has_perm(name) for name in names)


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_leads_only_where_the_role_may_go(world, role):
    client = client_of(make_person(role))
    groups = client.get("/admin/").context["sidebar_navigation"]
    links = [str(item["link"]) for group in groups for item in group["items"]]
    assert links
    assert {link: status_of(client, link) for link in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize("role", ROLES)
def test_the_search_over_everything_finds_only_what_the_role_may_see(world, role):
    cache.clear()  # the theme keeps what a user's number found, and numbers start anew with each test
    user = make_person(role)
    found = client_of(user).get("/admin/search/?s=a&extended=1").content.decode()
    assert ("/admin/providers/account/" in found) is user.has_perm("providers.view_account")
    assert ("/admin/providers/calllog/" in found) is user.has_perm("providers.view_calllog")


def test_an_account_that_is_gone_is_not_found(world):
    client = client_of(make_person(is_superuser=True))
    assert status_of(client, "/admin/providers/account/0/pause/") == 404
    assert Account.objects.count() == 1
