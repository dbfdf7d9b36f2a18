"""System checks: what an operator has set up wrongly, and what to do about it.

`smsops.E…` always; `smsops.W00…` with `check --deploy`; what needs the database with `check --database default`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.utils.translation import gettext as _

from providers.models import Account
from smsops.celery import AMQP, FOLDER, REDIS, broker_scheme
from smsops.middleware import parse_network

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@register
def check_proxies(**given: Any) -> list[CheckMessage]:
    bad = [word for word in settings.TRUSTED_PROXIES if parse_network(word) is None]
    text = _("TRUSTED_PROXIES: %(words)s: not an address or a network.") % {"words": ", ".join(bad)}
    hint = _("Write them like 10.0.0.5 or 10.0.0.0/24, separated by commas. Until then nobody's headers count.")
    return [Error(text, hint=hint, id="smsops.E001")] if bad else []


@register
def check_broker(**given: Any) -> list[CheckMessage]:
    scheme = broker_scheme(settings.CELERY_BROKER_URL)
    text = _("CELERY_BROKER_URL begins with “%(scheme)s://”, which is no queue engine known here.") % {"scheme": scheme}
    hint = _("Use filesystem:// (one machine), redis://host:6379/0 or amqp://user:password@host:5672//.")
    return [] if scheme in FOLDER | REDIS | AMQP else [Error(text, hint=hint, id="smsops.E002")]


@register
def check_folder(**given: Any) -> list[CheckMessage]:
    var = settings.SMSOPS_VAR
    text = _("SMSOPS_VAR: the folder %(path)s cannot be written to.") % {"path": var}
    hint = _("Give it to the user that runs SMSOps (chown), or set SMSOPS_VAR to another folder.")
    return [] if var.is_dir() and os.access(var, os.W_OK | os.X_OK) else [Error(text, hint=hint, id="smsops.E003")]


@register
def check_public_url(**given: Any) -> list[CheckMessage]:
    parts = urlsplit(settings.PUBLIC_URL)
    text = _("PUBLIC_URL is %(url)s: not an address of a site.") % {"url": settings.PUBLIC_URL}
    hint = _("Write where browsers and providers reach this site, like https://sms.example.co.id.")
    is_site = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
    return [] if is_site else [Error(text, hint=hint, id="smsops.E004")]


@register
def check_hosts(**given: Any) -> list[CheckMessage]:
    bad = [str(host) for host in settings.ALLOWED_HOSTS if host is None or "/" in host or " " in host]
    text = _("ALLOWED_HOSTS: %(words)s: not a host name.") % {"words": ", ".join(bad)}
    hint = _("Write names only, without https:// and without a path, separated by commas.")
    return [Error(text, hint=hint, id="smsops.E005")] if bad else []


@register(Tags.security, deploy=True)
def check_keys(**given: Any) -> Iterator[CheckMessage]:
    if not settings.SECRET_KEY_GIVEN:
        text = _("SECRET_KEY is not set: the one made up in %(path)s is used.") % {"path": settings.SMSOPS_VAR}
        hint = _("Set SECRET_KEY in the environment to 50 random characters and keep it apart from the database.")
        yield Warning(text, hint=hint, id="smsops.W001")
    if settings.SECRET_KEY in settings.SALT_KEYS:
        text = _("SALT_KEY is not set (or the same as SECRET_KEY): credentials are encrypted with SECRET_KEY.")
        hint = _("Set SALT_KEY to random characters of its own; put the old SECRET_KEY second: SALT_KEY=new,old.")
        yield Warning(text, hint=hint, id="smsops.W002")


@register(Tags.security, deploy=True)
def check_reachable(**given: Any) -> Iterator[CheckMessage]:
    parts = urlsplit(settings.PUBLIC_URL)
    if parts.scheme != "https" or parts.hostname in LOOPBACK:
        text = _("PUBLIC_URL is %(url)s: no provider can report to it safely.") % {"url": settings.PUBLIC_URL}
        hint = _("Set PUBLIC_URL to the https address under which the internet reaches this site.")
        yield Warning(text, hint=hint, id="smsops.W003")
    if "*" in settings.ALLOWED_HOSTS:
        text = _("ALLOWED_HOSTS allows any host name.")
        hint = _("List the site's names. The one in PUBLIC_URL is allowed by itself.")
        yield Warning(text, hint=hint, id="smsops.W006")


@register(Tags.security, deploy=True)
def check_engines(**given: Any) -> Iterator[CheckMessage]:
    if broker_scheme(settings.CELERY_BROKER_URL) in FOLDER:
        text = _("CELERY_BROKER_URL is filesystem://, which serves one machine only.")
        hint = _("Run Redis or RabbitMQ and set CELERY_BROKER_URL=redis://… or amqp://….")
        yield Warning(text, hint=hint, id="smsops.W004")
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        text = _("The database is SQLite, which serves one machine and one writer at a time.")
        hint = _("Set DATABASE_URL=postgres://user:password@host:5432/smsops.")
        yield Warning(text, hint=hint, id="smsops.W005")


@register(Tags.database)
def check_commits(databases: Sequence[str] | None = None, **given: Any) -> list[CheckMessage]:
    """A lost mark is a second send: a commit must be on the disk before the request is on the wire."""
    if "default" not in (databases or ()):
        return []
    question = {"postgresql": "SHOW synchronous_commit", "sqlite": "PRAGMA synchronous"}
    with connections["default"].cursor() as cursor:
        cursor.execute(question[connections["default"].vendor])
        answer = str(cursor.fetchone()[0])
    text = _("The database does not wait for the disk (synchronous is %(answer)s): a power cut sends messages twice.")
    hint = _("Set synchronous_commit=on for this role and database (on SQLite, PRAGMA synchronous=FULL).")
    is_safe = answer not in ("off", "0", "1")
    return [] if is_safe else [Error(text % {"answer": answer}, hint=hint, id="smsops.E006")]


@register(Tags.database)
def check_certificates(databases: Sequence[str] | None = None, **given: Any) -> list[CheckMessage]:
    if "default" not in (databases or ()):
        return []
    if Account._meta.db_table not in connections["default"].introspection.table_names():
        return []
    names = Account.objects.filter(options__tls_verify=False, is_active=True).values_list("name", flat=True)
    text = _("The account %(name)s does not look at the server's certificate: its password may go to a stranger.")
    hint = _("Ask the provider for a valid certificate and switch tls_verify on again.")
    return [Warning(text % {"name": name}, hint=hint, id="smsops.W007") for name in names]
