"""`manage.py demo`: accounts at the sandbox, a person of each role, and contacts, to look around with."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from smsops.console.demo import ROLES, demo_password, make_demo


class Command(BaseCommand):
    help = "Make demo accounts at the sandbox, a demo user of each role, and demo contacts. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sandbox-port", type=int, default=8090, help="where `manage.py sandbox` listens")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(_("Demo users have a known password: this is for DEBUG=1 only."))
        make_demo(sandbox_url=f"http://127.0.0.1:{options['sandbox_port']}", password=demo_password())
        names = ", ".join(role.lower() for role in ROLES)
        text = _("Demo users %(names)s; their password is in %(path)s")
        self.stdout.write(text % {"names": names, "path": settings.SMSOPS_VAR / "demo_password"})
