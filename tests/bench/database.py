"""A PostgreSQL database of the benchmark's own, created and dropped by it."""

import os
import tempfile
import uuid
from contextlib import contextmanager

import django
import psycopg
from psycopg import sql

DEFAULT = "postgres://postgres@127.0.0.1:5432/postgres"


def server_url():
    """Where PostgreSQL is: `DATABASE_URL`, unless that is SQLite."""
    url = os.environ.get("DATABASE_URL", "")
    return url if url.startswith("postgres") else DEFAULT


@contextmanager
def made_database():
    """The address of an empty database; it is dropped afterwards."""
    url, name = server_url(), f"smsops_bench_{uuid.uuid4().hex[:8]}"
    run(url, "CREATE DATABASE {}", name)
    try:
        yield f"{url.rsplit('/', 1)[0]}/{name}"
    finally:
        run(url, "DROP DATABASE {} WITH (FORCE)", name)


def run(url, statement, name):
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL(statement).format(sql.Identifier(name)))


@contextmanager
def own_database():
    """Make a database, tell Django and all processes started from here, migrate it; drop it afterwards."""
    with made_database() as url, tempfile.TemporaryDirectory(prefix="smsops-bench-") as folder:
        set_up_django(url, folder)
        yield


def set_up_django(url, folder):
    """Settings as in production, but for a folder of our own and no HTTPS."""
    os.environ |= {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "smsops.settings",
        "SMSOPS_VAR": folder,
        "SECRET_KEY": uuid.uuid4().hex * 2,
        "SALT_KEY": uuid.uuid4().hex,
        "DEBUG": "0",
        "HTTPS_ONLY": "0",
    }
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
