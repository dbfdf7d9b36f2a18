"""`manage.py serve_demo`, what `make run` runs: everything on this machine, with demo data, until Ctrl-C."""

from __future__ import annotations

import fcntl
import socket
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils.translation import gettext as _

from smsops.console import processes
from smsops.console.demo import ROLES, demo_password


class Command(BaseCommand):
    help = "Migrate, make demo data, and run web, worker, beat and sandbox on 127.0.0.1 until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--sandbox-port", type=int, default=8090)

    def handle(self, *args: Any, **options: Any) -> None:
        port, sandbox_port = options["port"], options["sandbox_port"]
        lock = self._lock()
        self._check_ports(PORT=port, SANDBOX_PORT=sandbox_port)
        call_command("migrate", interactive=False, verbosity=0)
        call_command("demo", sandbox_port=sandbox_port, stdout=self.stdout)
        connections.close_all()
        code = processes.run(processes.commands(port, sandbox_port), lambda: self._announce(port, sandbox_port))
        lock.close()
        if code:
            raise CommandError(_("One of the processes ended by itself; its last lines above say why."))

    def _lock(self) -> Any:
        """Two at a time over one folder would take the demo accounts away from each other."""
        lock = (settings.SMSOPS_VAR / "serve_demo.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            text = _("It is running already, on the same folder %(var)s: end that one first.")
            raise CommandError(text % {"var": settings.SMSOPS_VAR}) from None
        return lock

    def _check_ports(self, **ports: int) -> None:
        if len(set(ports.values())) < len(ports):
            raise CommandError(_("PORT and SANDBOX_PORT must differ."))
        for name, port in ports.items():
            self._check_port(name, port)

    def _check_port(self, name: str, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError) as error:
                reason = getattr(error, "strerror", None) or str(error)
                text = _("Port %(port)s cannot be used (%(reason)s). Choose another one: make run %(name)s=…")
                raise CommandError(text % {"port": port, "reason": reason, "name": name}) from None

    def _announce(self, port: int, sandbox_port: int) -> None:
        processes.wait_until_all_answer(port, sandbox_port, self._name_missing)
        first, *others = [role.lower() for role in ROLES]
        lines = [
            _("SMSOps answers at   %(url)s") % {"url": f"http://127.0.0.1:{port}/"},
            _("user                %(name)s   (also: %(others)s)") % {"name": first, "others": ", ".join(others)},
            _("password            %(password)s") % {"password": demo_password()},
            _("the sandbox phones  %(url)s") % {"url": f"http://127.0.0.1:{sandbox_port}/"},
            _("Ctrl-C ends all of it."),
        ]
        self.stdout.write("\n  " + "\n  ".join(lines) + "\n\n")
        self.stdout.flush()

    def _name_missing(self, names: list[str]) -> None:
        self.stdout.write(_("Still waiting for: %(names)s") % {"names": ", ".join(names)})
        self.stdout.flush()
