"""`manage.py sandbox`: run the five simulated providers until a signal ends it."""

from __future__ import annotations

import json
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from providers.sandbox import Sandbox
from providers.sandbox.accounts import AccountUrls


class Command(BaseCommand):
    help = "Run the five providers simulated over real HTTP on 127.0.0.1, with a page that shows the phones."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8090, help="port on 127.0.0.1 (0: any free one)")
        parser.add_argument("--delay", type=float, default=2, help="seconds until a message is delivered")
        parser.add_argument("--json", action="store_true", help="print the address as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        urls = AccountUrls()
        sandbox = Sandbox(port=options["port"], delay=options["delay"], callback_lookup=urls)
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        self._open(sandbox)
        urls.port = sandbox.port
        self._announce(sandbox, as_json=options["json"])
        ended.wait()
        sandbox.stop()

    def _open(self, sandbox: Sandbox) -> None:
        try:
            sandbox.start()
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            text = _("The sandbox cannot open port %(port)s: %(reason)s")
            raise CommandError(text % {"port": sandbox.port, "reason": reason}) from None

    def _announce(self, sandbox: Sandbox, *, as_json: bool) -> None:
        address = {"url": sandbox.base_url, "port": sandbox.port}
        text = _("The sandbox listens at %(url)s") % {"url": sandbox.base_url}
        self.stdout.write(json.dumps(address) if as_json else text)
        self.stdout.flush()
